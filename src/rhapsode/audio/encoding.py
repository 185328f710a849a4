"""The encodings that sound is stored in, and the qualities that choose one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

SAMPLE_RATE_HZ = 44_100
"""Every format that projects are stored in has this rate, so that one alignment is true for all of them."""

FRAME_SAMPLES = 1152
"""Samples of one MPEG-1 Layer III frame: the grid on which segments are joined, in every encoding of projects."""

SAMPLE_BYTES = 2
"""Bytes of one 16-bit mono sample."""

LAME_QUALITY = 5
"""LAME's algorithm quality, 0 (best) to 9 (fastest), as measured on speech (docs/decisions/0029)."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the sound of a segment is stored. Always mono.

    name: as the wire spells output formats; part of every segment key.
    extension, media_type: of the files made of such segments.
    bitrate_kbps: constant bit rate of MP3, and what others aim at; None for PCM (16-bit little-endian, the data of a
      WAV file).
    frame_samples: of one frame, at the encoding's own rate.
    packets: the encoder, where frames don't say how long they are and a container must (`rhapsode.audio.packets`).
    """

    name: str
    extension: Literal["mp3", "wav", "m4b", "opus"]
    media_type: str
    bitrate_kbps: int | None
    sample_rate_hz: int = SAMPLE_RATE_HZ
    frame_samples: int = FRAME_SAMPLES
    packets: Literal["aac", "opus"] | None = None

    @property
    def end_cut_bytes(self) -> int:
        """Bytes, all zero, that a file leaves out at the end of its last piece.

        A file of K frames lasts (K - 1) * 1152 samples. MP3 decoders take the rest away because the Info
        frame says so; of PCM, the last 1152 samples are not sent. They are padding: every piece ends with
        at least as many zeros (see `rhapsode.audio.grid`), so the cut needs no reading of the piece.
        """
        return FRAME_SAMPLES * SAMPLE_BYTES if self.bitrate_kbps is None else 0


MP3_128 = Encoding("mp3_44100_128", "mp3", "audio/mpeg", 128)
MP3_192 = Encoding("mp3_44100_192", "mp3", "audio/mpeg", 192)
PCM = Encoding("pcm_44100", "wav", "audio/wav", None)

AAC_64 = Encoding("aac_44100_64", "m4b", "audio/mp4", 64, frame_samples=1024, packets="aac")
OPUS_48 = Encoding("opus_48000_48", "opus", "audio/ogg", 48, 48_000, frame_samples=960, packets="opus")

ENCODINGS: Mapping[str, Encoding] = MappingProxyType({e.name: e for e in (MP3_128, MP3_192, PCM)})
"""Every encoding of projects, by its name: all of one rate and one frame."""

SEGMENT_ENCODINGS: Mapping[str, Encoding] = MappingProxyType(
    {**ENCODINGS, AAC_64.name: AAC_64, OPUS_48.name: OPUS_48}
)
"""Every encoding that there may be segments of: those of projects, and those that only exports have."""

QUALITY_ENCODINGS: Mapping[str, Encoding] = MappingProxyType(
    {"standard": MP3_128, "high": MP3_192, "ultra": MP3_192, "ultra_lossless": PCM}
)
"""What each of the wire's quality presets is stored in."""
