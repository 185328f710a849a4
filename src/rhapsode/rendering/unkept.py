"""Speech of which nothing is kept: all its bytes at once, with the alignment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rhapsode.audio.encoding import FRAME_SAMPLES
from rhapsode.audio.output_formats import get_output_format
from rhapsode.audio.stream_encoders import stream_head
from rhapsode.rendering.render_jobs import StreamPart, UnkeptStream
from rhapsode.rendering.script import ScriptPart
from rhapsode.storage.alignments import original_boundaries
from rhapsode.storage.packs import SpeechMeta
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.alignment import AlignedText
from rhapsode.studio.errors import DataDamaged


@dataclass(frozen=True, slots=True)
class UnkeptSpeech:
    """A file that exists only here: `head`, then `parts`, one for each piece of the alignment.

    alignment: joined, the texts are the text that was spoken.
    """

    head: bytes
    parts: tuple[bytes, ...]
    alignment: tuple[AlignedText, ...]


def assemble_unkept(
    output_format: str,
    script: Sequence[ScriptPart],
    stream: UnkeptStream,
    spoken: Mapping[bytes, StoredSegment],
) -> UnkeptSpeech:
    """Put a head before a stream. spoken: the speech that isn't new, by its key. Raises: DataDamaged."""
    frame_count = sum(part.frame_count for part in stream.parts)
    contents = tuple(part.content for part in stream.parts)
    head = stream_head(
        get_output_format(output_format), frame_count=frame_count, stream_bytes=sum(map(len, contents))
    )
    speech = {key: _meta(segment) for key, segment in spoken.items()} | dict(stream.speech)
    alignment = tuple(_aligned(script, stream.parts, speech))
    return UnkeptSpeech(head, contents, alignment)


def _meta(segment: StoredSegment) -> SpeechMeta:
    if segment.sample_rate_hz is None or segment.sample_count is None or segment.alignment is None:
        msg = f"The record of speech {segment.key.hex()} says too little."
        raise DataDamaged(msg)
    return SpeechMeta(segment.sample_rate_hz, segment.sample_count, segment.alignment)


def _aligned(
    script: Sequence[ScriptPart], parts: Sequence[StreamPart], speech: Mapping[bytes, SpeechMeta]
) -> Iterator[AlignedText]:
    start_sample = 0
    for written, part in zip(script, parts, strict=True):
        meta = speech[written.speech_key]
        boundaries = original_boundaries(
            written.text, written.spans, meta.alignment, sample_rate_hz=meta.sample_rate_hz
        )
        yield AlignedText(written.text, tuple(start_sample + boundary for boundary in boundaries))
        start_sample += part.frame_count * FRAME_SAMPLES
