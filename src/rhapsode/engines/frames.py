"""What processes that speak and those that ask them send each other: frames of bytes.

A frame is 4 bytes length (unsigned, little-endian), then as many bytes. What is in it is up to the two ends.
"""

import os
import struct
import sys
from typing import IO

MAX_FRAME_BYTES = 2**28
"""No frame is longer: 2,000 characters at the slowest rate are under 64 MiB of samples."""

_LENGTH = struct.Struct("<I")


class EndOfStreamError(Exception):
    """The other side is gone, or sends what is no frame."""


def write_frame(stream: IO[bytes], body: bytes) -> None:
    """Write one frame and flush. Raises: OSError when the reader is gone."""
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes:
    """Read one frame's body. Raises: EndOfStreamError."""
    length = _LENGTH.unpack(_read_exactly(stream, _LENGTH.size))[0]
    if length > MAX_FRAME_BYTES:
        raise EndOfStreamError
    return _read_exactly(stream, length)


def _read_exactly(stream: IO[bytes], count: int) -> bytes:
    content = stream.read(count)
    if len(content) < count:
        raise EndOfStreamError
    return content


def private_stdout() -> IO[bytes]:
    """Keep this process's stdout for answers alone: what a library prints goes where stderr goes."""
    private = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(private, "wb")
