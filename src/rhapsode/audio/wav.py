"""The head of a WAV file, RF64 when the file exceeds 4 GiB, and the checksum of its shortened end.

Source: Microsoft "Multimedia Programming Interface and Data Specifications 1.0"; EBU Tech 3306 (RF64).
"""

import struct

from rhapsode.audio.encoding import PCM, SAMPLE_BYTES, SAMPLE_RATE_HZ
from rhapsode.audio.tags import Tags

_PCM_FORMAT = 1
_CHANNELS = 1
_MAX_U32 = 2**32 - 1
_SEE_DS64 = _MAX_U32


def wav_header(tags: Tags | None, *, data_bytes: int, sample_rate_hz: int = SAMPLE_RATE_HZ) -> bytes:
    """Everything before `data_bytes` (even) bytes of 16-bit mono samples."""
    chunks = _format_chunk(sample_rate_hz) + (b"" if tags is None else _info_chunk(tags))
    riff_bytes = len(b"WAVE") + len(chunks) + 8 + data_bytes
    if riff_bytes <= _MAX_U32:
        return _chunk_header(b"RIFF", riff_bytes) + b"WAVE" + chunks + _chunk_header(b"data", data_bytes)
    sizes = _sizes_chunk(riff_bytes, data_bytes)
    return _chunk_header(b"RF64", _SEE_DS64) + b"WAVE" + sizes + chunks + _chunk_header(b"data", _SEE_DS64)


def endless_wav_header(sample_rate_hz: int = SAMPLE_RATE_HZ) -> bytes:
    """Everything before 16-bit mono samples whose number nobody knows yet: they end where the stream ends.

    Both sizes are the largest there are, which players and FFmpeg, whose own streams begin so, take for unknown.
    """
    chunks = _format_chunk(sample_rate_hz)
    return _chunk_header(b"RIFF", _MAX_U32) + b"WAVE" + chunks + _chunk_header(b"data", _MAX_U32)


def crc32_of_cut_end(crc32: int) -> int:
    """The CRC-32 of a PCM piece without its last `PCM.end_cut_bytes` zeros, from the CRC-32 of the piece.

    So a file's checksum comes from records alone: appending a zero bit to what a CRC covers can be undone.
    """
    register = crc32 ^ 0xFFFFFFFF
    for _ in range(8 * PCM.end_cut_bytes):
        if register & 0x80000000:
            register = (register ^ 0xEDB88320) << 1 | 1
        else:
            register <<= 1
    return register ^ 0xFFFFFFFF


def _format_chunk(sample_rate_hz: int) -> bytes:
    return _chunk_header(b"fmt ", 16) + struct.pack(
        "<HHIIHH",
        _PCM_FORMAT,
        _CHANNELS,
        sample_rate_hz,
        sample_rate_hz * SAMPLE_BYTES,
        SAMPLE_BYTES,
        8 * SAMPLE_BYTES,
    )


def _info_chunk(tags: Tags) -> bytes:
    texts = {b"INAM": tags.title, b"IPRD": tags.book, b"IART": tags.author}
    body = b"INFO" + b"".join(_info_text(name, text) for name, text in texts.items() if text)
    return _chunk_header(b"LIST", len(body)) + body


def _info_text(name: bytes, text: str) -> bytes:
    content = text.replace("\0", "").encode("utf-8", errors="replace") + b"\0"
    # Chunks begin at even bytes; the padding isn't part of the size.
    return _chunk_header(name, len(content)) + content + bytes(len(content) % 2)


def _sizes_chunk(riff_bytes: int, data_bytes: int) -> bytes:
    """The `ds64` chunk; it makes the file that much larger itself."""
    size_bytes = 28
    return _chunk_header(b"ds64", size_bytes) + struct.pack(
        "<QQQI", riff_bytes + 8 + size_bytes, data_bytes, data_bytes // SAMPLE_BYTES, 0
    )


def _chunk_header(name: bytes, size_bytes: int) -> bytes:
    return name + size_bytes.to_bytes(4, "little")
