"""Samples to stored bytes and back. The same samples give the same bytes, in any process."""

import io

import lameenc
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from rhapsode.audio.empty_flac import empty_flac, find_empty_flac_rate_hz
from rhapsode.audio.encoding import FRAME_SAMPLES, LAME_QUALITY, SAMPLE_RATE_HZ, Encoding
from rhapsode.audio.frames import Frame, NotMp3Frames, iterate_frames
from rhapsode.audio.grid import segment_frames, stream_samples
from rhapsode.studio.errors import DataDamaged, RhapsodeError

Samples = NDArray[np.int16]

_FULL_SCALE = 32_768


class EncodingFailed(RhapsodeError):
    """The MP3 encoder returned something else than the frames it must return."""


def to_44100(samples: Samples, sample_rate_hz: int) -> Samples:
    """Resample mono int16, shape (n,), to 44.1 kHz: exactly `round(n * 44100 / sample_rate_hz)` samples.

    An exact half is rounded up.
    """
    if sample_rate_hz == SAMPLE_RATE_HZ or not samples.size:
        return samples
    # soxr dithers what it returns as int16, with a seed from the clock: the same speech would differ from
    # call to call. So it works on floats, which are rounded and clipped once, here.
    resampled = soxr.resample(
        samples.astype(np.float32) / _FULL_SCALE, sample_rate_hz, SAMPLE_RATE_HZ, quality="HQ"
    )
    rounded = np.clip(np.rint(resampled * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return _of_length(rounded, (2 * samples.size * SAMPLE_RATE_HZ + sample_rate_hz) // (2 * sample_rate_hz))


def encode_segment(samples_44100: Samples, encoding: Encoding) -> bytes:
    """Encode mono int16 at 44.1 kHz into exactly `segment_frames(n)` frames.

    MP3: a complete stream at constant bit rate, without a Xing or Info frame, that can follow any other.
    PCM: the samples, padded with zeros to the end of the last frame.
    Raises: EncodingFailed.
    """
    frames = segment_frames(samples_44100.size)
    if encoding.bitrate_kbps is None:
        return _of_length(samples_44100, frames * FRAME_SAMPLES).astype("<i2").tobytes()
    content = _lame_stream(samples_44100, encoding.bitrate_kbps)
    _check_stream(content, encoding, frames)
    return content


def encode_pause(frames: int, encoding: Encoding) -> bytes:
    """Silence of exactly `frames` frames, 1 or more, that decodes to exact zeros between any two segments.

    Only the echo that MP3 puts before a sudden sound may reach back from the next segment, by 1105 samples.
    """
    return encode_segment(np.zeros(stream_samples(frames), np.int16), encoding)


def to_flac(samples: Samples, sample_rate_hz: int) -> bytes:
    """Pack mono int16, shape (n,), without loss."""
    if not samples.size:
        return empty_flac(sample_rate_hz)
    packed = io.BytesIO()
    soundfile.write(packed, samples, sample_rate_hz, format="FLAC", subtype="PCM_16")
    return packed.getvalue()


def from_flac(content: bytes) -> tuple[Samples, int]:
    """The samples that `to_flac` packed, shape (n,), and their rate in Hz.

    Raises: DataDamaged, when the bytes are not such a file.
    """
    empty_rate_hz = find_empty_flac_rate_hz(content)
    if empty_rate_hz is not None:
        return np.zeros(0, np.int16), empty_rate_hz
    try:
        samples, sample_rate_hz = soundfile.read(io.BytesIO(content), dtype="int16", always_2d=True)
    except soundfile.SoundFileError as error:
        msg = "the stored speech can't be read"
        raise DataDamaged(msg) from error
    return samples[:, 0], int(sample_rate_hz)


def _of_length(samples: Samples, length: int) -> Samples:
    if samples.size >= length:
        return samples[:length]
    return np.concatenate([samples, np.zeros(length - samples.size, np.int16)])


def _lame_stream(samples: Samples, bitrate_kbps: int) -> bytes:
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(1)
    encoder.set_in_sample_rate(SAMPLE_RATE_HZ)
    # Without this LAME lowers the rate by itself at low bit rates, and the frames with it.
    encoder.set_out_sample_rate(SAMPLE_RATE_HZ)
    encoder.set_bit_rate(bitrate_kbps)
    encoder.set_quality(LAME_QUALITY)
    return bytes(encoder.encode(samples.tobytes())) + bytes(encoder.flush())


def _check_stream(content: bytes, encoding: Encoding, frame_count: int) -> None:
    """Refuse a stream that would move everything behind it: what is stored is never looked at again."""
    try:
        frames = list(iterate_frames(content))
    except NotMp3Frames as error:
        raise EncodingFailed(str(error)) from error
    if len(frames) != frame_count or frames[0].reaches_back_bytes != 0:
        msg = f"the encoder returned {len(frames)} frames where the grid has {frame_count}"
        raise EncodingFailed(msg)
    if not all(_fits(frame, encoding) for frame in frames):
        msg = "the encoder returned frames of another rate or kind"
        raise EncodingFailed(msg)


def _fits(frame: Frame, encoding: Encoding) -> bool:
    return frame.mono and (frame.bitrate_kbps, frame.sample_rate_hz) == (
        encoding.bitrate_kbps,
        encoding.sample_rate_hz,
    )
