"""A project of chapters of blocks of nodes, as its owner edits it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rhapsode.studio.document import BlockKind, Matter
from rhapsode.studio.ids import BlockId, ChapterId, NodeId, ProjectId, TakeId, VoiceId
from rhapsode.studio.pronunciation import DictionaryLocator, Pronunciation
from rhapsode.studio.voice import VoiceSettings


class QualityPreset(StrEnum):
    """The wire's quality presets."""

    STANDARD = "standard"
    HIGH = "high"
    ULTRA = "ultra"
    ULTRA_LOSSLESS = "ultra_lossless"


@dataclass(frozen=True, slots=True)
class ProjectDetails:
    """What a project says of itself, beside its text, that nothing is looked up by.

    original_publication_date: YYYY or YYYY-MM-DD.    fiction: "fiction" or "non-fiction".
    default_model_id: the name of the model a client asked for (studio.models).
    apply_text_normalization: `auto`, `on`, `off` or `apply_english`.
    volume_normalization: whether its audio is mastered to the levels that audiobook shops ask for.
    voice_settings: of voices that are not read at their defaults.
    voice_gains: by how many decibels voices are turned up, or down.
    pronunciation_dictionary_locators: in their order; the first rule that fits wins.
    callback_url: told of the end of each conversion.
    readers: who has read the project for premade voices, by `voices.catalogue.reader_key`: voices that are installed
      later don't take over in the middle of a book.
    Source: operation create_project; None is what nobody said.
    """

    genres: tuple[str, ...] = ()
    target_audience: str | None = None
    content_type: str | None = None
    original_publication_date: str | None = None
    mature_content: bool | None = None
    fiction: str | None = None
    source_type: str | None = None
    default_model_id: str | None = None
    apply_text_normalization: str = "auto"
    volume_normalization: bool = False
    voice_settings: Mapping[VoiceId, VoiceSettings] = field(default_factory=dict)
    voice_gains: Mapping[VoiceId, float] = field(default_factory=dict)
    pronunciation_dictionary_locators: tuple[DictionaryLocator, ...] = ()
    callback_url: str | None = None
    readers: Mapping[str, VoiceId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """A project without its chapters.

    origin: where the command line found the book, so that a second run meets the same project.
    cover_key: the segment that holds the cover image.    created_at_ms: Unix milliseconds.
    document_key: the segment that holds the file it was made of, where that is kept.
    Source: schema ProjectResponseModel.
    """

    project_id: ProjectId
    name: str
    created_at_ms: int
    title: str | None = None
    author: str | None = None
    description: str | None = None
    language: str = "en"
    isbn_number: str | None = None
    quality_preset: QualityPreset = QualityPreset.STANDARD
    default_title_voice_id: VoiceId = VoiceId("")
    default_paragraph_voice_id: VoiceId = VoiceId("")
    cover_key: bytes | None = None
    origin: str | None = None
    details: ProjectDetails = ProjectDetails()
    document_key: bytes | None = None

    def settings_of(self, voice_id: VoiceId) -> VoiceSettings:
        """How a voice reads this project."""
        return self.details.voice_settings.get(voice_id, VoiceSettings())

    def gain_of(self, voice_id: VoiceId) -> float:
        """By how many decibels a voice is turned up in this project, whatever else is done to it."""
        return self.details.voice_gains.get(voice_id, 0.0)

    def voice_of(self, kind: BlockKind, voice_id: VoiceId | None) -> VoiceId:
        """Who reads a node: its own voice, or the default for titles or for paragraphs."""
        is_title = kind is BlockKind.HEADING
        return voice_id or (self.default_title_voice_id if is_title else self.default_paragraph_voice_id)


@dataclass(frozen=True, slots=True)
class TakePart:
    """One segment of a take: which code points of its node's text it speaks, and its speech.

    spans: how what was spoken differs from that text, as SpanMap.to_list has it. They belong to the speech:
      what is prepared in another way later must not shift the times of what was spoken before.
    spoken_text, pronunciations: what was spoken; None where that is the text itself, made speakable.
    pause_ms: of the silence behind it, where it ends a sentence and another part follows.
    """

    start: int
    end: int
    speech_key: bytes
    spans: tuple[int, ...] = ()
    spoken_text: str | None = None
    pronunciations: tuple[Pronunciation, ...] = ()
    pause_ms: int = 0


@dataclass(frozen=True, slots=True)
class TakeSource:
    """What a take was made of: all that its node's owner could see and hear change, and who spoke it.

    settings: those that the engine heeds, by name.    rules: of dictionaries that fit in the text, as in source keys.
    normalization: None where numbers are read in the text's own language.
    engine, engine_version: an update of either makes nothing stale, but is worth telling.
    """

    text: str
    voice_id: VoiceId
    language: str
    settings: Mapping[str, Any]
    rules: tuple[str, ...]
    normalization: str | None
    engine: str
    engine_version: str


@dataclass(frozen=True, slots=True)
class Take:
    """One rendering of a node. `source_key` is the digest of all that its owner could see and hear change.

    source: what that was; None of takes that an earlier version made.
    """

    take_id: TakeId
    source_key: bytes
    parts: tuple[TakePart, ...]
    source: TakeSource | None = None

    def says(self, text: str) -> bool:
        """Whether its times are those of a text; of an earlier version's take, as far as the length tells."""
        if self.source is not None:
            return self.source.text == text
        return self.parts[-1].end == len(text) if self.parts else not text


@dataclass(frozen=True, slots=True)
class Node:
    """A stretch of a block in one voice; `voice_id` None means the project's default."""

    node_id: NodeId
    text: str
    voice_id: VoiceId | None = None
    take: Take | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or the like. `narrated` False keeps the text and leaves it out of the sound.

    locked: its audio stays what it is, whatever changes around it, and its text can't be changed.
    """

    block_id: BlockId
    kind: BlockKind
    sub_type: str
    nodes: tuple[Node, ...]
    language: str | None = None
    narrated: bool = True
    locked: bool = False

    @property
    def text(self) -> str:
        """The text of all nodes."""
        return "".join(node.text for node in self.nodes)

    @property
    def is_spoken(self) -> bool:
        """Whether the block is heard."""
        is_text = self.kind is not BlockKind.SCENE_BREAK and bool(self.text.strip())
        return self.narrated and is_text


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter. `revision` rises by one with each edit, so that two editors notice each other.

    muted: narrated, but left out of the project's audio and archive.
    """

    chapter_id: ChapterId
    name: str
    blocks: tuple[Block, ...]
    matter: Matter = Matter.BODY
    role: str = "chapter"
    narrated: bool = True
    revision: int = 1
    muted: bool = False

    @property
    def is_spoken(self) -> bool:
        """Whether the chapter can be converted: a project's audio has all that can be and aren't muted."""
        return self.narrated and any(block.is_spoken for block in self.blocks)
