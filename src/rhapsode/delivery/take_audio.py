"""A take as a WAV file, made of its stored speech while it is sent; its size is known before.

It is as loud as it was spoken, whatever the project's audio is mastered to. Where that isn't mastered, it is what its
chapter has, sample for sample.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rhapsode.audio.encode import (
    encode_pause,
    encode_segment,
    from_flac,
    library_versions,
    resampled_length,
    to_44100,
)
from rhapsode.audio.encoding import PCM, SAMPLE_BYTES, SAMPLE_RATE_HZ
from rhapsode.audio.grid import pause_frames, segment_frames, stream_samples
from rhapsode.audio.wav import wav_header
from rhapsode.delivery.blocks import cut
from rhapsode.delivery.download import Download
from rhapsode.storage import segments
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.keys import digest
from rhapsode.storage.packs import read_segment
from rhapsode.storage.records import Transaction
from rhapsode.storage.segments import StoredSegment
from rhapsode.studio.errors import DataDamaged, TakeUnavailable
from rhapsode.studio.ids import TakeId
from rhapsode.studio.project import Take


@dataclass(frozen=True, slots=True)
class TakeAudio:
    """The speech of a take, in its order; at least one part. rests: frames of silence behind each of them."""

    speech: tuple[StoredSegment, ...]
    rests: tuple[int, ...]

    @property
    def sample_count(self) -> int:
        """Samples of the file, at 44.1 kHz."""
        return stream_samples(sum(map(_frames, self.speech)) + sum(self.rests))

    @property
    def header(self) -> bytes:
        """What the file begins with."""
        return wav_header(None, data_bytes=self.sample_count * SAMPLE_BYTES)

    @property
    def size_bytes(self) -> int:
        """Bytes of the file."""
        return len(self.header) + self.sample_count * SAMPLE_BYTES


def find_audio(tx: Transaction, takes: Sequence[Take]) -> Mapping[TakeId, TakeAudio]:
    """The audio of those takes whose speech is all there, or was dropped, and that have any."""
    stored = segments.find_known_segments(tx, (part.speech_key for take in takes for part in take.parts))
    return {
        take.take_id: TakeAudio(
            tuple(stored[part.speech_key] for part in take.parts),
            tuple(pause_frames(part.pause_ms) for part in take.parts),
        )
        for take in takes
        if take.parts and all(part.speech_key in stored for part in take.parts)
    }


def get_audio(tx: Transaction, take: Take) -> TakeAudio:
    """The audio of one take, whose speech may have been dropped. Raises: TakeUnavailable."""
    found = find_audio(tx, [take]).get(take.take_id)
    if found is None:
        msg = "The speech of this take is gone."
        raise TakeUnavailable(msg)
    return found


def iterate_take_audio(blobs: Blobs, audio: TakeAudio) -> Iterator[bytes]:
    """The bytes of the file, one part of the take after the other. Raises: BlobMissing; DataDamaged."""
    yield audio.header
    last = len(audio.speech) - 1
    for ordinal, (speech, rest) in enumerate(zip(audio.speech, audio.rests, strict=True)):
        content = encode_segment(to_44100(*from_flac(read_segment(blobs, speech.location))), PCM)
        if rest:
            content += encode_pause(rest, PCM)
        yield content[: -PCM.end_cut_bytes] if ordinal == last else content


def open_take(blobs: Blobs, take_id: TakeId, audio: TakeAudio, *, made_at_ms: int) -> Download:
    """A take as a file. Reading a stretch of it makes what comes before too: a take is a paragraph at most."""
    return Download(
        filename=f"{take_id}.{PCM.extension}",
        media_type=PCM.media_type,
        size_bytes=audio.size_bytes,
        digest=digest("take-audio/2", library_versions(), *_named(audio)),
        modified_at_ms=made_at_ms,
        read=lambda start, end: cut(iterate_take_audio(blobs, audio), start, end),
    )


def _named(audio: TakeAudio) -> Iterator[bytes | int]:
    for speech, rest in zip(audio.speech, audio.rests, strict=True):
        yield speech.key
        yield rest


def _frames(speech: StoredSegment) -> int:
    """How many frames of the grid a part takes: what its record says decides the size that clients are told."""
    if speech.sample_count is None or speech.sample_rate_hz is None:
        msg = f"The record of speech {speech.key.hex()} says too little."
        raise DataDamaged(msg)
    length = resampled_length(speech.sample_count, from_hz=speech.sample_rate_hz, to_hz=SAMPLE_RATE_HZ)
    return segment_frames(length)
