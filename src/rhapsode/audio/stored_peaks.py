"""The peaks of audio that was encoded before any were kept: of its samples, decoded.

They are those of what was encoded, but for what the codec adds and takes: at 128 kbps one or two of 255.
"""

import io

import numpy as np
import soundfile

from rhapsode.audio.encode import Samples, to_samples
from rhapsode.audio.encoding import FRAME_SAMPLES, Encoding
from rhapsode.audio.levels import ENCODER_SCALES
from rhapsode.audio.peaks import Peaks, peaks_of, stretch_peaks
from rhapsode.studio.errors import DataDamaged

_DELAY_SAMPLES = 1_105
"""How much later what LAME was given is heard, where nothing says so: its own 576 and a decoder's 529."""

_FULL_SCALE = 32_768


def stored_peaks(content: bytes, encoding: Encoding, frame_count: int) -> Peaks:
    """The peaks of a segment's bytes, `frame_count` frames of an encoding of projects. Raises: DataDamaged."""
    samples = np.frombuffer(content, "<i2") if encoding.bitrate_kbps is None else _of_mp3(content, encoding)
    sound = samples[: frame_count * FRAME_SAMPLES]
    return peaks_of(stretch_peaks(sound), frame_count)


def _of_mp3(content: bytes, encoding: Encoding) -> Samples:
    """What LAME was given, at its own loudness and place."""
    try:
        decoded, _rate_hz = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        msg = "The stored audio can't be decoded."
        raise DataDamaged(msg) from error
    if decoded.shape[0] <= _DELAY_SAMPLES:
        msg = "The stored audio is shorter than it says."
        raise DataDamaged(msg)
    return to_samples(decoded[_DELAY_SAMPLES:, 0] * (_FULL_SCALE / ENCODER_SCALES[encoding.name]))
