"""The MP3 of a lossless file, made while it is sent: the one thing that is encoded on delivery."""

from collections.abc import Iterator, Sequence

import numpy as np

from rhapsode.audio.grid import stream_samples
from rhapsode.audio.mp3_kind import mp3_kind
from rhapsode.audio.mp3_size import mp3_stream_bytes
from rhapsode.audio.output_formats import OUTPUT_FORMATS
from rhapsode.audio.stream_encoders import open_encoder, stream_head
from rhapsode.delivery.files import FilePiece, iterate_file
from rhapsode.storage.blobs import Blobs

MP3_COPY = OUTPUT_FORMATS["mp3_44100_128"]


def mp3_copy_bytes(frame_count: int) -> int:
    """How many bytes the MP3 of a file of so many frames of the grid will have."""
    return len(_head(frame_count)) + _stream_bytes(frame_count)


def iterate_mp3_copy(blobs: Blobs, pieces: Sequence[FilePiece], frame_count: int) -> Iterator[bytes]:
    """The MP3 of a WAV file: of the same length to the sample. pieces: of the WAV file, its head first.

    Raises: DataDamaged; EncodingFailed, when LAME gives another stream than it always does.
    """
    encoder = open_encoder(MP3_COPY)
    samples = iterate_file(blobs, pieces[1:])
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
