"""The output formats of the wire: every one that a text can be spoken in.

Source: `output_format` of operation text_to_speech_full, whose names are codec_rate or codec_rate_bitrate.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from rhapsode.studio.errors import UnknownOutputFormat

Codec = Literal["mp3", "pcm", "wav", "ulaw", "alaw", "opus"]


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """How sound is sent. Always mono.

    name: as the wire spells it.
    bitrate_kbps: constant for MP3, aimed at for Opus; None where the rate decides it.
    extension: of files, without a dot.
    """

    name: str
    codec: Codec
    sample_rate_hz: int
    bitrate_kbps: int | None
    extension: str
    media_type: str


# RFC 7845 gives Ogg Opus the extension `opus`: players take `ogg` for Vorbis. G.711 without a head is found
# by its name alone, and `ul` and `al` are what FFmpeg, SoX and Asterisk all know it by. Nothing opens bare
# PCM by its name, so it has the one the wire uses.
_FILES: Mapping[Codec, tuple[str, str]] = {
    "mp3": ("mp3", "audio/mpeg"),
    "pcm": ("pcm", "audio/pcm"),
    "wav": ("wav", "audio/wav"),
    "ulaw": ("ul", "audio/basic"),
    "alaw": ("al", "audio/basic"),
    "opus": ("opus", "audio/ogg"),
}
_PCM_RATES_HZ = (8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_MP3_RATES = (
    (22_050, 32),
    (24_000, 48),
    (44_100, 32),
    (44_100, 64),
    (44_100, 96),
    (44_100, 128),
    (44_100, 192),
)
_OPUS_BITRATES_KBPS = (32, 64, 96, 128, 192)
_TELEPHONE_RATE_HZ = 8000


def get_output_format(name: str) -> OutputFormat:
    """The output format of this name.

    Raises: UnknownOutputFormat.
    """
    try:
        return OUTPUT_FORMATS[name]
    except KeyError:
        msg = f"output_format must be one of: {', '.join(OUTPUT_FORMATS)}"
        raise UnknownOutputFormat(msg) from None


def _iterate_formats() -> Iterator[OutputFormat]:
    for sample_rate_hz, bitrate_kbps in _MP3_RATES:
        yield _output_format("mp3", sample_rate_hz, bitrate_kbps)
    for bitrate_kbps in _OPUS_BITRATES_KBPS:
        yield _output_format("opus", 48_000, bitrate_kbps)
    for sample_rate_hz in _PCM_RATES_HZ:
        yield _output_format("pcm", sample_rate_hz)
        yield _output_format("wav", sample_rate_hz)
    yield _output_format("ulaw", _TELEPHONE_RATE_HZ)
    yield _output_format("alaw", _TELEPHONE_RATE_HZ)


def _output_format(codec: Codec, sample_rate_hz: int, bitrate_kbps: int | None = None) -> OutputFormat:
    name = f"{codec}_{sample_rate_hz}" + (f"_{bitrate_kbps}" if bitrate_kbps else "")
    extension, media_type = _FILES[codec]
    return OutputFormat(name, codec, sample_rate_hz, bitrate_kbps, extension, media_type)


OUTPUT_FORMATS: Mapping[str, OutputFormat] = MappingProxyType({f.name: f for f in _iterate_formats()})
"""Every output format by its name."""
