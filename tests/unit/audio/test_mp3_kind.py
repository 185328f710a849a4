import pytest

from rhapsode.audio.encoding import MP3_128
from rhapsode.audio.mp3_kind import MPEG_1, MPEG_2, Mp3Kind, MpegVersion, mp3_kind


@pytest.mark.parametrize(
    ("kind", "version", "header", "frame_bytes"),
    [
        (Mp3Kind(128, 44_100), MPEG_1, "fffb90c4", 417),
        (Mp3Kind(32, 44_100), MPEG_1, "fffb10c4", 104),
        (Mp3Kind(32, 22_050), MPEG_2, "fff340c4", 104),
        (Mp3Kind(48, 24_000), MPEG_2, "fff364c4", 144),
    ],
)
def test_rates_make_the_header(kind: Mp3Kind, version: MpegVersion, header: str, frame_bytes: int) -> None:
    """The headers are those LAME writes, and frames have the size the standard gives them."""

    assert kind.version is version
    assert kind.header.hex() == header
    assert kind.frame_bytes == frame_bytes


def test_the_next_bit_rate_with_room_is_chosen() -> None:
    """A frame with room for so many bytes has the stream's bit rate, or the lowest that is enough."""

    assert Mp3Kind(128, 44_100).with_room_for(417) == Mp3Kind(128, 44_100)
    assert Mp3Kind(32, 44_100).with_room_for(177) == Mp3Kind(56, 44_100)
    assert Mp3Kind(48, 24_000).with_room_for(169) == Mp3Kind(64, 24_000)


def test_an_encoding_has_a_kind() -> None:
    """What has rates has the kind of these rates."""

    assert mp3_kind(MP3_128) == Mp3Kind(128, 44_100)
