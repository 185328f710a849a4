"""What all frames of one MP3 stream have in common: mono, a constant bit rate, and what its rates imply.

Source: ISO/IEC 11172-3 (MPEG-1) and, for the lower sampling frequencies, ISO/IEC 13818-3 (MPEG-2).
"""

from dataclasses import dataclass
from typing import Protocol

HEADER_BYTES = 4
_MODE_MONO_ORIGINAL = 0xC4


@dataclass(frozen=True, slots=True)
class MpegVersion:
    """One version of Layer III: `second_byte` of a header without CRC, and the tables its indices mean."""

    second_byte: int
    frame_samples: int
    mono_side_information_bytes: int
    sample_rates_hz: tuple[int, int, int]
    bitrates_kbps: tuple[int, ...]


MPEG_1 = MpegVersion(
    0xFB,
    1152,
    17,
    (44_100, 48_000, 32_000),
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)
MPEG_2 = MpegVersion(
    0xF3,
    576,
    9,
    (22_050, 24_000, 16_000),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)


class Mp3Rates(Protocol):
    """What an MP3 stream is told by: an `Encoding` or an `OutputFormat` that has a bit rate."""

    @property
    def bitrate_kbps(self) -> int | None:
        """Constant; None for what is no MP3."""

    @property
    def sample_rate_hz(self) -> int:
        """One of the rates of MPEG-1 or MPEG-2."""


@dataclass(frozen=True, slots=True)
class Mp3Kind:
    """A mono stream at one of the rates of MPEG-1 or MPEG-2."""

    bitrate_kbps: int
    sample_rate_hz: int

    @property
    def version(self) -> MpegVersion:
        """The one that has this sample rate."""
        return MPEG_1 if self.sample_rate_hz in MPEG_1.sample_rates_hz else MPEG_2

    @property
    def frame_bytes(self) -> int:
        """Bytes of a frame without the padding byte."""
        return self.version.frame_samples // 8 * 1000 * self.bitrate_kbps // self.sample_rate_hz

    @property
    def header(self) -> bytes:
        """The header of a frame without CRC and padding byte."""
        version = self.version
        rates = version.bitrates_kbps.index(self.bitrate_kbps) << 4
        rates |= version.sample_rates_hz.index(self.sample_rate_hz) << 2
        return bytes((0xFF, version.second_byte, rates, _MODE_MONO_ORIGINAL))

    def with_room_for(self, size_bytes: int) -> "Mp3Kind":
        """This kind, or else the one of the next higher bit rate whose frames hold so many bytes."""
        kinds = (
            Mp3Kind(bitrate_kbps, self.sample_rate_hz)
            for bitrate_kbps in self.version.bitrates_kbps
            if bitrate_kbps >= self.bitrate_kbps
        )
        return next(kind for kind in kinds if kind.frame_bytes >= size_bytes)


def mp3_kind(rates: Mp3Rates) -> Mp3Kind:
    """The kind of a stream of these rates, of which the bit rate isn't None."""
    assert rates.bitrate_kbps is not None
    return Mp3Kind(rates.bitrate_kbps, rates.sample_rate_hz)
