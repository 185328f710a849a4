"""MPEG-1 Layer III frames: read from bytes, one header after another.

Source: ISO/IEC 11172-3, 2.4.1.3 (header) and 2.4.1.7 (side information).
"""

from dataclasses import dataclass

from rhapsode.audio.mp3_kind import HEADER_BYTES, MPEG_1, Mp3Kind

_CRC_BYTES = 2
_MODE_MONO = 3
_SAME_IN_ALL = 0b11111111111_11_11_1111_11_0_0_11_000000
"""Of a header: everything but the padding bit, and what says nothing of size and sound."""


class NotMp3Frames(ValueError):
    """The bytes are not complete MPEG-1 Layer III frames."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, its header included.

    reaches_back_bytes: how far before this frame its sound begins (the bit reservoir); a stream that can
      follow any other starts with a frame where this is 0.
    """

    start: int
    size_bytes: int
    bitrate_kbps: int
    sample_rate_hz: int
    mono: bool
    reaches_back_bytes: int


def count_frames(content: bytes, kind: Mp3Kind) -> int:
    """How many frames of one kind, mono and without a CRC, `content` is from its first byte to its last.

    Raises: NotMp3Frames.
    """
    expected, frame_bytes = int.from_bytes(kind.header, "big") & _SAME_IN_ALL, kind.frame_bytes
    start = count = 0
    while start < len(content):
        header = int.from_bytes(content[start : start + HEADER_BYTES], "big")
        if header & _SAME_IN_ALL != expected:
            raise NotMp3Frames(f"no such frame at byte {start}")
        start += frame_bytes + (header >> 9 & 1)
        count += 1
    if start > len(content):
        raise NotMp3Frames(f"the frame before byte {start} is cut short")
    return count


def frame_at(content: bytes, start: int) -> Frame:
    """The frame that starts at byte `start` and must be whole.

    Raises: NotMp3Frames.
    """
    header = int.from_bytes(content[start : start + HEADER_BYTES], "big")
    # Eleven sync bits, then version 11 (MPEG-1), layer 01 (III), and a bit that is 0 when a CRC follows.
    if header >> 17 != 0b11111111111_11_01:
        raise NotMp3Frames(f"no frame at byte {start}")
    bitrate_index, rate_index = header >> 12 & 0xF, header >> 10 & 0x3
    if bitrate_index in (0, 15) or rate_index == 3:
        raise NotMp3Frames(f"a frame of no fixed size at byte {start}")
    kind = Mp3Kind(MPEG_1.bitrates_kbps[bitrate_index], MPEG_1.sample_rates_hz[rate_index])
    size_bytes = kind.frame_bytes + (header >> 9 & 1)
    if start + size_bytes > len(content):
        raise NotMp3Frames(f"the frame at byte {start} is cut short")
    return Frame(
        start,
        size_bytes,
        kind.bitrate_kbps,
        kind.sample_rate_hz,
        header >> 6 & 0x3 == _MODE_MONO,
        _reaches_back_bytes(content, start + HEADER_BYTES + (0 if header >> 16 & 1 else _CRC_BYTES)),
    )


def _reaches_back_bytes(content: bytes, side_information: int) -> int:
    return content[side_information] << 1 | content[side_information + 1] >> 7
