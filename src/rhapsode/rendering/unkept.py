"""Speech of which nothing is kept: its bytes in a spool, with the alignment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.audio.output_formats import get_output_format
from rhapsode.audio.stream_encoders import stream_head
from rhapsode.rendering.render_jobs import UnkeptPart, UnkeptStream
from rhapsode.rendering.script import ScriptPart
from rhapsode.storage.alignments import original_boundaries, pause_boundaries
from rhapsode.storage.packs import SpeechMeta
from rhapsode.storage.segments import StoredSegment
from rhapsode.storage.spool import Spool
from rhapsode.studio.alignment import AlignedText
from rhapsode.studio.errors import DataDamaged
from rhapsode.text.spoken import spoken_text_of


@dataclass(frozen=True, slots=True)
class UnkeptSpeech:
    """A file that exists only here, and only until it is read: a head, then a part for each piece of the alignment.

    part_sizes: bytes of each part.    alignment: joined, the texts are the text that was sent.
    spoken_alignment: the same pieces, each with what was spoken for it, pauses included (text.pauses).
    """

    head: bytes
    part_sizes: tuple[int, ...]
    alignment: tuple[AlignedText, ...]
    spoken_alignment: tuple[AlignedText, ...]
    spool: Spool

    @property
    def size_bytes(self) -> int:
        """Bytes of the whole file."""
        return len(self.head) + sum(self.part_sizes)

    def iterate_audio(self) -> Iterator[bytes]:
        """All bytes, once; they are gone afterwards."""
        for blocks in self.iterate_parts():
            yield from blocks

    def iterate_parts(self) -> Iterator[Iterator[bytes]]:
        """The bytes of each part, once, each to be read before the next; the head is before the first part's own."""
        with self.spool:
            offset = 0
            for number, size_bytes in enumerate(self.part_sizes):
                yield self._part(b"" if number else self.head, offset, size_bytes)
                offset += size_bytes

    def _part(self, head: bytes, offset: int, size_bytes: int) -> Iterator[bytes]:
        if head:
            yield head
        yield from self.spool.iterate_blocks(offset, size_bytes)


def assemble_unkept(
    output_format: str,
    script: Sequence[ScriptPart],
    stream: UnkeptStream,
    spoken: Mapping[bytes, StoredSegment],
    spool: Spool,
) -> UnkeptSpeech:
    """Put a head before a stream. spoken: the speech that isn't new, by its key. Raises: DataDamaged."""
    frame_count = sum(part.frame_count for part in stream.parts)
    sizes = tuple(part.size_bytes for part in stream.parts)
    head = stream_head(get_output_format(output_format), frame_count=frame_count, stream_bytes=sum(sizes))
    speech = {key: _meta(segment) for key, segment in spoken.items()} | dict(stream.speech)
    alignment = tuple(_aligned(script, stream.parts, speech))
    spoken_alignment = tuple(_aligned(map(_as_spoken, script), stream.parts, speech))
    return UnkeptSpeech(head, sizes, alignment, spoken_alignment, spool)


def _as_spoken(part: ScriptPart) -> ScriptPart:
    if part.speech_key is None:
        return part
    return replace(part, text=spoken_text_of(part.text, part.spoken_text), spans=())


def _meta(segment: StoredSegment) -> SpeechMeta:
    if segment.sample_rate_hz is None or segment.sample_count is None or segment.alignment is None:
        msg = f"The record of speech {segment.key.hex()} says too little."
        raise DataDamaged(msg)
    return SpeechMeta(segment.sample_rate_hz, segment.sample_count, segment.alignment)


def _aligned(
    script: Iterable[ScriptPart], parts: Sequence[UnkeptPart], speech: Mapping[bytes, SpeechMeta]
) -> Iterator[AlignedText]:
    start_sample = 0
    for written, part in zip(script, parts, strict=True):
        if written.speech_key is None:
            boundaries = pause_boundaries(written.text, part.frame_count)
        else:
            meta = speech[written.speech_key]
            boundaries = original_boundaries(
                written.text, written.spans, meta.alignment, sample_rate_hz=meta.sample_rate_hz
            )
        yield AlignedText(written.text, tuple(start_sample + boundary for boundary in boundaries))
        start_sample += part.frame_count * FRAME_SAMPLES
