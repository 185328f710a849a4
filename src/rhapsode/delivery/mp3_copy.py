"""The MP3 of a lossless file, made while it is sent: the one thing that is encoded on delivery."""

from collections.abc import Iterator

import numpy as np

from rhapsode.audio.encoding import SAMPLE_BYTES
from rhapsode.audio.grid import stream_samples
from rhapsode.audio.mp3_kind import mp3_kind
from rhapsode.audio.mp3_size import mp3_stream_bytes
from rhapsode.audio.output_formats import OUTPUT_FORMATS
from rhapsode.audio.stream_encoders import open_encoder, stream_head
from rhapsode.delivery.blocks import cut
from rhapsode.delivery.download import Download

MP3_COPY = OUTPUT_FORMATS["mp3_44100_128"]


def mp3_copy_bytes(frame_count: int) -> int:
    """How many bytes the MP3 of a file of so many frames of the grid will have."""
    return len(_head(frame_count)) + _stream_bytes(frame_count)


def iterate_mp3_copy(wav: Download, frame_count: int, start: int, end: int) -> Iterator[bytes]:
    """The MP3 of a WAV file from byte `start` to before `end`: of the same length to the sample.

    An encoder has to hear all that comes before; what isn't wanted of it is dropped.
    Raises: DataDamaged; EncodingFailed, when LAME gives another stream than it always does.
    """
    content = _encoded(wav, frame_count)
    return content if (start, end) == (0, mp3_copy_bytes(frame_count)) else cut(content, start, end)


def _encoded(wav: Download, frame_count: int) -> Iterator[bytes]:
    encoder = open_encoder(MP3_COPY)
    data_bytes = stream_samples(frame_count) * SAMPLE_BYTES
    samples = wav.read(wav.size_bytes - data_bytes, wav.size_bytes)
    block = next(samples, b"")
    yield _head(frame_count)
    while block:
        yield encoder.encode(np.frombuffer(block, "<i2"))
        block = next(samples, b"")
    yield encoder.finish()


def _head(frame_count: int) -> bytes:
    return stream_head(MP3_COPY, frame_count=frame_count, stream_bytes=_stream_bytes(frame_count))


def _stream_bytes(frame_count: int) -> int:
    return mp3_stream_bytes(stream_samples(frame_count), mp3_kind(MP3_COPY))
