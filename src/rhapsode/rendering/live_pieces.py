"""The pieces that a text is sent in while it arrives: joined audio, and where its characters are heard in each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rhapsode.audio.joined_opus import OpusJoiner
from rhapsode.audio.output_formats import get_output_format
from rhapsode.audio.stream_encoders import open_stream_head
from rhapsode.rendering.live_worker import LiveSound
from rhapsode.rendering.script import ScriptPart
from rhapsode.storage.alignments import original_boundaries
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.alignment import AlignedText
from rhapsode.studio.errors import DataDamaged
from rhapsode.text.spoken import spoken_text_of


@dataclass(frozen=True, slots=True)
class LivePiece:
    """What is sent of a stretch at once. Joined, the audio of all pieces is one stream.

    alignment, spoken_alignment: of the text as it came and as it was spoken, from the beginning of this piece; the
      last character of each is heard to its end.
    """

    audio: bytes
    alignment: AlignedText
    spoken_alignment: AlignedText


class PieceJoiner:
    """Puts the sounds of one text behind each other, each as a piece. Not thread-safe."""

    def __init__(self, output_format: str) -> None:
        self._format = get_output_format(output_format)
        self._opus = OpusJoiner() if self._format.codec == "opus" else None
        self._head = open_stream_head(self._format)

    def join(self, part: ScriptPart, sound: LiveSound, spoken: Mapping[bytes, StoredSegment]) -> LivePiece:
        """The next piece. spoken: the speech that was there before, by its key.    Raises: DataDamaged."""
        content, lasts = sound.content, sound.sample_count
        if self._opus is not None:
            content, lasts = self._opus.join(content)
        head, self._head = self._head, b""
        packed, rate_hz = _alignment_of(part, sound, spoken)
        as_spoken = replace(part, text=spoken_text_of(part.text, part.spoken_text), spans=())
        return LivePiece(
            head + content,
            _aligned(part, packed, rate_hz, lasts),
            _aligned(as_spoken, packed, rate_hz, lasts),
        )


def _alignment_of(
    part: ScriptPart, sound: LiveSound, spoken: Mapping[bytes, StoredSegment]
) -> tuple[bytes, int]:
    """The alignment of what was spoken for a part, and its rate. Raises: DataDamaged."""
    if sound.speech is not None:
        return sound.speech.alignment, sound.speech.sample_rate_hz
    assert part.speech_key is not None
    stored = spoken[part.speech_key]
    if stored.alignment is None or stored.sample_rate_hz is None:
        msg = f"The record of speech {stored.key.hex()} says too little."
        raise DataDamaged(msg)
    return stored.alignment, stored.sample_rate_hz


def _aligned(part: ScriptPart, packed: bytes, rate_hz: int, lasts: int) -> AlignedText:
    """The silence behind a piece is its last character's, so that clients which add up durations stay in time."""
    boundaries = original_boundaries(part.text, part.spans, packed, sample_rate_hz=rate_hz)
    return AlignedText(part.text, (*boundaries[:-1], max(lasts, boundaries[-1])))
