"""A FLAC file without samples: what is kept of a text that makes no sound.

libsndfile neither writes nor reads one, though the format has a place for it.
Source: RFC 9639, sections 6 and 8.2.
"""

import struct

_MARKER_AND_LAST_BLOCK_IS_STREAM_INFO = b"fLaC\x80\x00\x00\x22"
_BLOCK_SAMPLES = 4096
_FILE = struct.Struct(">8sHH6xQ16x")


def empty_flac(sample_rate_hz: int) -> bytes:
    """The 42 bytes of a mono 16-bit file of no samples."""
    channels_less_1, bits_less_1, samples = 0, 15, 0
    properties = sample_rate_hz << 44 | channels_less_1 << 41 | bits_less_1 << 36 | samples
    return _FILE.pack(_MARKER_AND_LAST_BLOCK_IS_STREAM_INFO, _BLOCK_SAMPLES, _BLOCK_SAMPLES, properties)


def find_empty_flac_rate_hz(content: bytes) -> int | None:
    """The rate of a file that `empty_flac` made; None for any other bytes."""
    if len(content) != _FILE.size:
        return None
    sample_rate_hz = int(_FILE.unpack(content)[3]) >> 44
    return sample_rate_hz if content == empty_flac(sample_rate_hz) else None
