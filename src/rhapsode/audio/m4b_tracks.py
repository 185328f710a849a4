"""The tracks of an M4B file: one of AAC, and one of the chapters' names, as `trak` boxes.

Sources: ISO/IEC 14496-12 (boxes), 14496-14 (MP4), 14496-1 (descriptors); QuickTime File Format (text tracks).
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.encoding import AAC_64, SAMPLE_RATE_HZ
from rhapsode.audio.mp4_boxes import MAX_U32, box, full_box, timed_box
from rhapsode.audio.packet_grid import codec_grid, packets_last
from rhapsode.audio.tags import Mark, iso_639_2

CHUNK_PACKETS = 43
"""A second: players look up chunks, and read one at a time."""

AUDIO_TRACK, CHAPTER_TRACK = 1, 2
UNITY_MATRIX = struct.pack(">9I", 0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000)

_ENABLED, _IN_MOVIE, _IN_PREVIEW = 1, 2, 4
_SELF_CONTAINED = 1
_FULL_VOLUME = 0x100
_GRAPHICS_COPY_AND_GRAY = struct.pack(">4H", 0x40, 0x8000, 0x8000, 0x8000)
_UNKNOWN_LANGUAGE = "und"

# AAC-LC, 44.1 kHz, one channel; then a sign that there is no SBR, for which decoders would look in vain.
_DECODER_CONFIG = bytes.fromhex("120856e500")
_AAC, _AUDIO_STREAM = 0x40, 0x15


@dataclass(frozen=True, slots=True)
class Samples:
    """What a track plays, one after the other. Times are samples at 44.1 kHz.

    sizes: bytes of each.    durations: (how many in a row, how long each lasts).
    chunk_samples: how many of them lie one behind the other before the next offset.    offsets: of chunks, in bytes.
    """

    sizes: NDArray[np.integer]
    durations: Sequence[tuple[int, int]]
    chunk_samples: int
    offsets: NDArray[np.int64]


def audio_track(
    packet_sizes: NDArray[np.integer], first_byte: int, *, is_wide: bool, language: str | None
) -> bytes:
    """Packets of `AAC_64`, which lie one behind the other from `first_byte` of the file on.

    is_wide: whether the file is beyond 4 GiB.
    """
    count = len(packet_sizes)
    delay = codec_grid(AAC_64).delay_samples
    length = packets_last(count, AAC_64)
    ends = np.cumsum(packet_sizes, dtype=np.int64)
    offsets = first_byte + np.concatenate(
        [np.zeros(1, np.int64), ends[CHUNK_PACKETS - 1 : -1 : CHUNK_PACKETS]]
    )
    samples = Samples(packet_sizes, [(count, AAC_64.frame_samples)], CHUNK_PACKETS, offsets)
    # From the first sample that isn't the encoder's delay, for as long as the sound lasts, at its own speed.
    edit = timed_box("elst", "ITTHH", 1, length, delay, 1, 0)
    return box(
        "trak",
        _track_header(AUDIO_TRACK, _ENABLED | _IN_MOVIE | _IN_PREVIEW, length, volume=_FULL_VOLUME),
        box("edts", edit),
        box("tref", box("chap", struct.pack(">I", CHAPTER_TRACK))),
        _media(
            "soun",
            full_box("smhd", bytes(4)),
            _audio_entry(packet_sizes),
            samples,
            duration=count * AAC_64.frame_samples,
            is_wide=is_wide,
            language=language,
        ),
    )


def chapter_track(
    text_sizes: Sequence[int], marks: Sequence[Mark], first_byte: int, *, is_wide: bool, language: str | None
) -> bytes:
    """A text for each mark, shown for as long as that lasts; they lie from `first_byte` on."""
    # The table has 32 bits: a chapter of more than 27 hours is shown for 27.
    durations = [(1, min(mark.end_sample - mark.start_sample, MAX_U32)) for mark in marks]
    samples = Samples(np.array(text_sizes, np.int64), durations, len(marks), np.array([first_byte], np.int64))
    length = marks[-1].end_sample
    return box(
        "trak",
        # Not enabled: it is looked up, not shown.
        _track_header(CHAPTER_TRACK, _IN_MOVIE, length, volume=0),
        _media(
            "text",
            box("gmhd", full_box("gmin", _GRAPHICS_COPY_AND_GRAY, bytes(4)), _text_header()),
            _text_entry(),
            samples,
            duration=length,
            is_wide=is_wide,
            language=language,
        ),
    )


def _track_header(track_id: int, flags: int, length: int, *, volume: int) -> bytes:
    # Made and changed at no time: the same content gives the same bytes.
    rest = struct.pack(">12xH2x", volume) + UNITY_MATRIX + bytes(8)
    return timed_box("tkhd", "TTIIT", 0, 0, track_id, 0, length, rest=rest, flags=flags)


def _media(
    handler: str,
    media_header: bytes,
    entry: bytes,
    samples: Samples,
    *,
    duration: int,
    is_wide: bool,
    language: str | None,
) -> bytes:
    header = timed_box("mdhd", "TTITHH", 0, 0, SAMPLE_RATE_HZ, duration, _language_code(language), 0)
    itself = full_box("dref", struct.pack(">I", 1), full_box("url ", flags=_SELF_CONTAINED))
    return box(
        "mdia",
        header,
        full_box("hdlr", bytes(4), handler.encode(), bytes(12), b"\0"),
        box("minf", media_header, box("dinf", itself), _sample_tables(entry, samples, is_wide=is_wide)),
    )


def _language_code(language: str | None) -> int:
    """Three letters of five bits."""
    code = (language and iso_639_2(language)) or _UNKNOWN_LANGUAGE
    first, second, third = (ord(letter) - 0x60 for letter in code)
    return first << 10 | second << 5 | third


def _sample_tables(entry: bytes, samples: Samples, *, is_wide: bool) -> bytes:
    count = len(samples.sizes)
    durations = np.array(samples.durations, ">u4")
    return box(
        "stbl",
        full_box("stsd", struct.pack(">I", 1), entry),
        full_box("stts", struct.pack(">I", len(durations)), durations.tobytes()),
        _chunk_lengths(count, samples.chunk_samples),
        full_box("stsz", struct.pack(">II", 0, count), samples.sizes.astype(">u4").tobytes()),
        _chunk_offsets(samples.offsets, is_wide=is_wide),
    )


def _chunk_lengths(count: int, chunk_samples: int) -> bytes:
    """All chunks but perhaps the last are as long."""
    whole, rest = divmod(count, chunk_samples)
    entries = [(1, chunk_samples, 1)] if whole else []
    if rest:
        entries.append((whole + 1, rest, 1))
    return full_box("stsc", struct.pack(">I", len(entries)), np.array(entries, ">u4").tobytes())


def _chunk_offsets(offsets: NDArray[np.int64], *, is_wide: bool) -> bytes:
    name, kind = ("co64", ">u8") if is_wide else ("stco", ">u4")
    return full_box(name, struct.pack(">I", len(offsets)), offsets.astype(kind).tobytes())


def _audio_entry(packet_sizes: NDArray[np.integer]) -> bytes:
    largest = int(packet_sizes.max())
    seconds = len(packet_sizes) * AAC_64.frame_samples / SAMPLE_RATE_HZ
    mean_bps = round(8 * int(packet_sizes.sum(dtype=np.int64)) / seconds)
    most_bps = 8 * largest * SAMPLE_RATE_HZ // AAC_64.frame_samples
    rates = struct.pack(">BB3sII", _AAC, _AUDIO_STREAM, largest.to_bytes(3, "big"), most_bps, mean_bps)
    decoder = _descriptor(4, rates + _descriptor(5, _DECODER_CONFIG))
    stream = _descriptor(3, bytes(3) + decoder + _descriptor(6, b"\x02"))
    what = struct.pack(">6xH8xHHIHH", 1, 1, 16, 0, SAMPLE_RATE_HZ, 0)
    return box("mp4a", what, full_box("esds", stream))


def _descriptor(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


def _text_entry() -> bytes:
    """Black on nothing, at no place: it is looked up, not shown."""
    return box("text", struct.pack(">6xH", 1), bytes(44))


def _text_header() -> bytes:
    return box("text", UNITY_MATRIX)
