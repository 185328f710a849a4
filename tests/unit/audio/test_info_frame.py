import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mutagen.mp3 import MP3, BitrateMode
from numpy.typing import NDArray

from rhapsode.audio.encode import encode_segment
from rhapsode.audio.encoding import MP3_128, MP3_192, Encoding
from rhapsode.audio.frames import frame_at
from rhapsode.audio.grid import segment_frames
from rhapsode.audio.info_frame import info_frame
from rhapsode.audio.mp3_kind import Mp3Kind

_CRC_PLACE = 4 + 17 + 154  # header, side information, and the tag up to its last two bytes


def _mp3(content: bytes) -> Any:
    return MP3(io.BytesIO(content))  # type: ignore[no-untyped-call]


def _crc16_bit_by_bit(content: bytes) -> int:
    crc = 0
    for byte in content:
        for bit in range(8):
            carry = (crc ^ (byte >> bit)) & 1
            crc = crc >> 1 ^ (0xA001 if carry else 0)
    return crc


@pytest.mark.parametrize("encoding", [MP3_128, MP3_192])
def test_it_is_one_frame_of_the_streams_own_kind(encoding: Encoding) -> None:
    """Players that know no tags skip it as a frame; its rate must not contradict the stream's."""

    content = info_frame(encoding, frames=100, stream_bytes=41_800)
    frame = frame_at(content, 0)

    assert frame.size_bytes == len(content)
    assert (frame.bitrate_kbps, frame.sample_rate_hz, frame.mono) == (encoding.bitrate_kbps, 44_100, True)


def test_its_checksum_covers_all_before_it() -> None:
    """The tag's CRC-16 is over every byte from the frame's first to the one before the CRC."""

    content = info_frame(MP3_128, frames=38, stream_bytes=15_900)
    assert int.from_bytes(content[_CRC_PLACE : _CRC_PLACE + 2], "big") == _crc16_bit_by_bit(
        content[:_CRC_PLACE]
    )
    assert not any(content[_CRC_PLACE + 2 :])


def test_it_counts_frames_without_itself_and_bytes_with_itself() -> None:
    """The Xing part says how many frames follow, and how large the file is from this frame on."""

    content = info_frame(MP3_128, frames=1234, stream_bytes=515_000)
    assert content[21:29] == b"Info\0\0\0\x0f"
    assert int.from_bytes(content[29:33], "big") == 1234
    assert int.from_bytes(content[33:37], "big") == len(content) + 515_000


def test_its_table_points_into_the_file_in_even_steps() -> None:
    """At a constant bit rate, i percent of the time begin at i percent of the frames that follow."""

    table = info_frame(MP3_128, frames=10_000, stream_bytes=4_180_000)[37:137]
    assert list(table) == sorted(table)
    assert [table[percent] for percent in (0, 25, 50, 75, 99)] == [0, 64, 128, 192, 253]


def test_a_file_beyond_4_gib_says_the_most_it_can() -> None:
    """Sizes have 32 bits; beyond them the hint stays at their end and the frame remains whole."""

    content = info_frame(MP3_192, frames=7_000_000, stream_bytes=2**32 + 5)
    assert content[33:37] == b"\xff" * 4
    assert len(content) == frame_at(content, 0).size_bytes


@pytest.mark.parametrize(
    ("kind", "size_bytes", "side_information_bytes"),
    [(Mp3Kind(32, 44_100), 182, 17), (Mp3Kind(32, 22_050), 182, 9), (Mp3Kind(48, 24_000), 192, 9)],
)
def test_a_small_frame_makes_room(kind: Mp3Kind, size_bytes: int, side_information_bytes: int) -> None:
    """Where a frame of the stream is too small, it is one of a higher bit rate, and still names the stream's."""

    content = info_frame(kind, frames=100, stream_bytes=10_400, padding_samples=600)
    tag = content[4 + side_information_bytes :]

    assert content[:2] == kind.header[:2]
    assert len(content) == size_bytes
    assert tag[:4] == b"Info"
    assert tag[120 + 20] == kind.bitrate_kbps
    assert int.from_bytes(tag[120 + 21 : 120 + 24], "big") == 576 << 12 | 600
    assert int.from_bytes(tag[154:156], "big") == _crc16_bit_by_bit(
        content[: 4 + side_information_bytes + 154]
    )


@pytest.mark.parametrize("sample_count", [11_520, 11_521, 44_100, 100_001])
def test_decoders_trim_to_the_grid(
    decode: Callable[[bytes], NDArray[np.float64]],
    tone: Callable[[float, int], NDArray[np.int16]],
    sample_count: int,
) -> None:
    """FFmpeg decodes a file of K frames to (K - 1) * 1152 samples, and mutagen reads that length."""

    stream = encode_segment(tone(440, sample_count), MP3_128)
    frames = segment_frames(sample_count)
    content = info_frame(MP3_128, frames=frames, stream_bytes=len(stream)) + stream
    found = _mp3(content).info

    assert decode(content).size == (frames - 1) * 1152
    assert found.length == pytest.approx((frames - 1) * 1152 / 44_100, abs=1e-6)
    assert found.bitrate_mode == BitrateMode.CBR
    assert not found.sketchy
