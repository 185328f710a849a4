"""History: single generations, kept with their audio and alignment."""

from dataclasses import dataclass, field
from typing import Literal

from rhapsode.studio.ids import ChapterSnapshotId, HistoryItemId, VoiceId
from rhapsode.studio.snapshot import FileHead
from rhapsode.studio.voice import VoiceCategory, VoiceSettings

HistorySource = Literal["TTS", "Projects", "PD", "AN"]


@dataclass(frozen=True, slots=True)
class DialogueLine:
    """What one voice says in an item of several. Source: schema DialogueInputResponseModel."""

    text: str
    voice_id: VoiceId
    voice_name: str


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One generation.

    output_format: what its audio is stored as (audio.output_formats).
    character_count: code points that were paid for, were it not free.    created_at_ms: Unix milliseconds.
    dialogue: its lines, for an item of several voices; `text` has them joined, and `voice_id` is the first's.
    chapter_snapshot_id: the converted chapter whose file is the item's; None for an item with a file of its own.
    Source: schema SpeechHistoryItemResponseModel.
    """

    history_item_id: HistoryItemId
    request_id: str
    voice_id: VoiceId
    voice_name: str
    model_id: str
    language: str
    text: str
    output_format: str
    created_at_ms: int
    settings: VoiceSettings = field(default_factory=VoiceSettings)
    source: HistorySource = "TTS"
    voice_category: VoiceCategory = "premade"
    dialogue: tuple[DialogueLine, ...] = ()
    chapter_snapshot_id: ChapterSnapshotId | None = None

    @property
    def character_count(self) -> int:
        """Code points of its text, or of its lines."""
        return sum(len(line.text) for line in self.dialogue) or len(self.text)


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """The audio of an item in one format: a head, then its parts' bytes.

    frame_count: of all parts, on the grid of 1,152 samples at 44.1 kHz, whatever rate the format has; the sound
      lasts (frame_count - 1) * 1,152 of those samples.    size_bytes, crc32: of the whole file.
    """

    output_format: str
    frame_count: int
    size_bytes: int
    crc32: int
    head: FileHead
    created_at_ms: int
