"""The encodings that sound is stored in, and the qualities that choose one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

SAMPLE_RATE_HZ = 44_100
"""Every stored format has this rate, so that one alignment is true for all of them."""

FRAME_SAMPLES = 1152
"""Samples of one MPEG-1 Layer III frame: the grid on which segments are joined, in every encoding."""

SAMPLE_BYTES = 2
"""Bytes of one 16-bit mono sample."""

LAME_QUALITY = 5
"""LAME's algorithm quality, 0 (best) to 9 (fastest), as measured on speech (docs/decisions/0029)."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the sound of a segment is stored. Always mono.

    name: as the wire spells output formats; part of every segment key.
    extension, media_type: of the files made of such segments.
    bitrate_kbps: constant bit rate of MP3; None for PCM (16-bit little-endian, the data of a WAV file).
    """

    name: str
    extension: Literal["mp3", "wav"]
    media_type: str
    bitrate_kbps: int | None
    sample_rate_hz: int = SAMPLE_RATE_HZ

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

ENCODINGS: Mapping[str, Encoding] = MappingProxyType({e.name: e for e in (MP3_128, MP3_192, PCM)})
"""Every encoding by its name."""

QUALITY_ENCODINGS: Mapping[str, Encoding] = MappingProxyType(
    {"standard": MP3_128, "high": MP3_192, "ultra": MP3_192, "ultra_lossless": PCM}
)
"""What each of the wire's quality presets is stored in."""
