"""One part of a text that is heard while it is spoken."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.rendering.script import ScriptPart
from rhapsode.storage.alignments import original_boundaries, pause_boundaries
from rhapsode.storage.packs import SpeechMeta
from rhapsode.storage.spool import Spool
from rhapsode.studio.alignment import AlignedText
from rhapsode.text.spoken import spoken_text_of


@dataclass(frozen=True, slots=True)
class StreamedPart:
    """A part that is made: its bytes in a spool, the frames where it is heard, and how its text is aligned.

    speech: None for a pause.    is_last: of its text, whose last character ends with its speech; that of any other
      part ends where the next part begins.
    """

    written: ScriptPart
    spool: Spool
    offset: int
    size_bytes: int
    start_frame: int
    frame_count: int
    speech: SpeechMeta | None
    is_last: bool

    def iterate_audio(self) -> Iterator[bytes]:
        """Its bytes, in blocks."""
        return self.spool.iterate_blocks(self.offset, self.size_bytes)

    @property
    def alignment(self) -> AlignedText:
        """Where its text is heard, in samples from the beginning of the whole."""
        return self._aligned(self.written)

    @property
    def spoken_alignment(self) -> AlignedText:
        """The same of what was spoken for it, pauses included (text.pauses)."""
        if self.speech is None:
            return self._aligned(self.written)
        spoken_text = spoken_text_of(self.written.text, self.written.spoken_text)
        return self._aligned(replace(self.written, text=spoken_text, spans=()))

    def _aligned(self, written: ScriptPart) -> AlignedText:
        start, end = (frame * FRAME_SAMPLES for frame in (self.start_frame, self.end_frame))
        boundaries = [start + boundary for boundary in self._boundaries(written)]
        if not self.is_last:
            boundaries[-1] = end
        return AlignedText(written.text, tuple(boundaries))

    def _boundaries(self, written: ScriptPart) -> tuple[int, ...]:
        if self.speech is None:
            return pause_boundaries(written.text, self.frame_count)
        rate_hz = self.speech.sample_rate_hz
        return original_boundaries(written.text, written.spans, self.speech.alignment, sample_rate_hz=rate_hz)

    @property
    def end_frame(self) -> int:
        """Where the next part begins."""
        return self.start_frame + self.frame_count


def are_same(part: StreamedPart, other: StreamedPart) -> bool:
    """Whether two attempts have made the same of a part."""
    if (part.size_bytes, part.frame_count) != (other.size_bytes, other.frame_count):
        return False
    blocks = zip(part.iterate_audio(), other.iterate_audio(), strict=True)
    return all(block == before for block, before in blocks)
