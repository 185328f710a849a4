from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from rhapsode.audio.encode import encode_segment
from rhapsode.audio.encoding import MP3_128, MP3_192
from rhapsode.audio.frames import Frame, NotMp3Frames, count_frames, frame_at
from rhapsode.audio.mp3_kind import mp3_kind

Tone = Callable[[float, int], NDArray[np.int16]]
KIND_128 = mp3_kind(MP3_128)


def iterate_frames(content: bytes) -> Iterator[Frame]:
    """Every frame of what must be frames from its first byte to its last."""
    start = 0
    while start < len(content):
        frame = frame_at(content, start)
        yield frame
        start += frame.size_bytes


def test_frames_follow_each_other_without_gap(tone: Tone) -> None:
    """Every byte of a stream belongs to exactly one frame, and all frames have the stream's rates."""

    content = encode_segment(tone(440, 20_000), MP3_192)
    frames = list(iterate_frames(content))

    ends = [frame.start + frame.size_bytes for frame in frames]
    assert [frame.start for frame in frames] == [0, *ends[:-1]]
    assert ends[-1] == len(content)
    assert {(frame.bitrate_kbps, frame.sample_rate_hz, frame.mono) for frame in frames} == {
        (192, 44_100, True)
    }


def test_the_bit_rate_is_kept_on_average(tone: Tone) -> None:
    """Frames of 128 kbit/s differ by the padding byte, so that their mean size is the exact one."""

    sizes = [frame.size_bytes for frame in iterate_frames(encode_segment(tone(440, 441_000), MP3_128))]
    assert set(sizes) == {417, 418}
    assert np.mean(sizes) == pytest.approx(128_000 / 8 * 1152 / 44_100, abs=0.01)


def test_later_frames_use_the_reservoir_and_the_first_does_not(tone: Tone) -> None:
    """A stream's first frame begins its own sound; later ones may begin theirs in earlier bytes."""

    frames = list(iterate_frames(encode_segment(tone(440, 100_000), MP3_128)))
    assert frames[0].reaches_back_bytes == 0
    assert any(frame.reaches_back_bytes > 0 for frame in frames)


def test_a_frame_with_a_checksum_is_read_behind_it() -> None:
    """Where a header announces a CRC, the side information starts two bytes later."""

    plain = bytes((0xFF, 0xFB, 0x90, 0xC4, 0x01, 0x80)).ljust(417, b"\0")
    protected = bytes((0xFF, 0xFA, 0x90, 0xC4, 0xAA, 0xAA, 0x01, 0x80)).ljust(417, b"\0")
    assert frame_at(plain, 0).reaches_back_bytes == frame_at(protected, 0).reaches_back_bytes == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"RIFF" + bytes(500), "no frame at byte 0"),
        (b"\xff\xfb\x90\xc4" + bytes(100), "cut short"),
        (b"\xff\xfb\x90\xc4" + bytes(413) + b"x" * 417, "no frame at byte 417"),
        (b"\xff\xfb\x00\xc4" + bytes(500), "no fixed size"),
        (b"\xff\xfb\xf0\xc4" + bytes(500), "no fixed size"),
        (b"\xff\xfb\x9c\xc4" + bytes(500), "no fixed size"),
        (b"\xff\xf3\x90\xc4" + bytes(500), "no frame at byte 0"),
    ],
)
def test_what_is_no_frame_is_refused(content: bytes, reason: str) -> None:
    """Other bytes, a frame cut short, a free or reserved rate and MPEG-2 are told apart from frames."""

    with pytest.raises(NotMp3Frames, match=reason):
        list(iterate_frames(content))


def test_frames_of_a_kind_are_counted(tone: Tone) -> None:
    """As many as there are, with and without the padding byte."""

    content = encode_segment(tone(440, 100_000), MP3_128)
    assert count_frames(content, KIND_128) == len(list(iterate_frames(content)))
    assert count_frames(b"", KIND_128) == 0


@pytest.mark.parametrize("header", ["fffba0c4", "fffb94c4", "fffb9004", "fff390c4", "fffa90c4", "00000000"])
def test_frames_of_another_kind_are_refused(tone: Tone, header: str) -> None:
    """Another bit rate, sample rate, mode or version, a CRC, or no frame at all, wherever it is."""

    content = bytearray(encode_segment(tone(440, 100_000), MP3_128))
    start = list(iterate_frames(bytes(content)))[7].start
    content[start : start + 4] = bytes.fromhex(header)
    with pytest.raises(NotMp3Frames, match=f"no such frame at byte {start}"):
        count_frames(bytes(content), KIND_128)


def test_frames_cut_short_are_refused(tone: Tone) -> None:
    """A single byte less is enough."""

    with pytest.raises(NotMp3Frames, match="cut short"):
        count_frames(encode_segment(tone(440, 100_000), MP3_128)[:-1], KIND_128)
