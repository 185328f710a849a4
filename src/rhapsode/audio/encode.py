"""Samples to stored bytes and back. The same samples give the same bytes, in any process."""

import functools
import importlib.metadata
import io

import lameenc
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from rhapsode.audio.empty_flac import empty_flac, find_empty_flac_rate_hz
from rhapsode.audio.encoding import FRAME_SAMPLES, LAME_QUALITY, SAMPLE_RATE_HZ, Encoding
from rhapsode.audio.frames import NotMp3Frames, count_frames, frame_at
from rhapsode.audio.grid import segment_frames, stream_samples
from rhapsode.audio.mp3_kind import mp3_kind
from rhapsode.studio.errors import DataDamaged, RhapsodeError

Samples = NDArray[np.int16]

_FULL_SCALE = 32_768

_ROUND_SAMPLES = 32 * FRAME_SAMPLES
"""So many are resampled or encoded at once: what lies between them and the result stays in the processor's cache, and
in memory that the process has already. The result is the same as if all were given at once.
"""


class EncodingFailed(RhapsodeError):
    """The MP3 encoder returned something else than the frames it must return."""


@functools.cache
def library_versions() -> str:
    """By whom samples are resampled and encoded: others may give other bytes of the same sound."""
    return f"lameenc {importlib.metadata.version('lameenc')}, soxr {soxr.__version__} ({soxr.__libsoxr_version__})"


def to_44100(samples: Samples, sample_rate_hz: int) -> Samples:
    """Resample mono int16, shape (n,), to 44.1 kHz: exactly `round(n * 44100 / sample_rate_hz)` samples.

    An exact half is rounded up.
    """
    if sample_rate_hz == SAMPLE_RATE_HZ or not samples.size:
        return samples
    stream = soxr.ResampleStream(sample_rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32", quality="HQ")
    length = resampled_length(samples.size, from_hz=sample_rate_hz, to_hz=SAMPLE_RATE_HZ)
    resampled = np.zeros(length, np.int16)
    made = 0
    for start in range(0, samples.size, _ROUND_SAMPLES):
        floats = to_floats(samples[start : start + _ROUND_SAMPLES])
        is_last = start + _ROUND_SAMPLES >= samples.size
        more = to_samples(stream.resample_chunk(floats, last=is_last))[: length - made]
        resampled[made : made + more.size] = more
        made += more.size
    return resampled


def resampled_length(sample_count: int, *, from_hz: int, to_hz: int) -> int:
    """`round(sample_count * to_hz / from_hz)`; an exact half is rounded up."""
    return (2 * sample_count * to_hz + from_hz) // (2 * from_hz)


def to_floats(samples: Samples) -> NDArray[np.float32]:
    """Samples as soxr must get them, at their own scale: it only adds and multiplies.

    It dithers what it returns as int16, with a seed from the clock: the same speech would differ from call to
    call. So it works on floats, and `to_samples` rounds them once.
    """
    return samples.astype(np.float32)


def to_samples(floats: NDArray[np.float32]) -> Samples:
    """Round and clip what `to_floats` made, resampled; the floats are used up."""
    np.rint(floats, out=floats)
    np.clip(floats, -_FULL_SCALE, _FULL_SCALE - 1, out=floats)
    return floats.astype(np.int16)


def of_length(samples: Samples, length: int) -> Samples:
    """The samples, cut or padded with zeros at their end."""
    if samples.size >= length:
        return samples[:length]
    return np.concatenate([samples, np.zeros(length - samples.size, np.int16)])


def encode_segment(samples_44100: Samples, encoding: Encoding) -> bytes:
    """Encode mono int16 at 44.1 kHz into exactly `segment_frames(n)` frames.

    MP3: a complete stream at constant bit rate, without a Xing or Info frame, that can follow any other.
    PCM: the samples, padded with zeros to the end of the last frame.
    Raises: EncodingFailed.
    """
    frames = segment_frames(samples_44100.size)
    if encoding.bitrate_kbps is None:
        return of_length(samples_44100, frames * FRAME_SAMPLES).astype("<i2").tobytes()
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


def lame_encoder(*, sample_rate_hz: int, bitrate_kbps: int) -> lameenc.Encoder:
    """LAME for a mono stream at constant bit rate; used for every MP3 there is."""
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(1)
    encoder.set_in_sample_rate(sample_rate_hz)
    # Without this LAME lowers the rate by itself at low bit rates, and the frames with it.
    encoder.set_out_sample_rate(sample_rate_hz)
    encoder.set_bit_rate(bitrate_kbps)
    encoder.set_quality(LAME_QUALITY)
    return encoder


def _lame_stream(samples: Samples, bitrate_kbps: int) -> bytes:
    encoder = lame_encoder(sample_rate_hz=SAMPLE_RATE_HZ, bitrate_kbps=bitrate_kbps)
    # The encoder wants to be given something before it is flushed, be it nothing.
    rounds = range(0, max(samples.size, 1), _ROUND_SAMPLES)
    parts = [encoder.encode(samples[start : start + _ROUND_SAMPLES]) for start in rounds]
    return b"".join([*parts, encoder.flush()])


def _check_stream(content: bytes, encoding: Encoding, frame_count: int) -> None:
    """Refuse a stream that would move everything behind it: what is stored is never looked at again."""
    try:
        first = frame_at(content, 0)
        if (first.bitrate_kbps, first.sample_rate_hz) != (encoding.bitrate_kbps, encoding.sample_rate_hz):
            msg = "the encoder returned frames of another rate"
            raise EncodingFailed(msg)
        found = count_frames(content, mp3_kind(encoding))
    except NotMp3Frames as error:
        raise EncodingFailed(str(error)) from error
    if found != frame_count or first.reaches_back_bytes != 0:
        msg = f"the encoder returned {found} frames where the grid has {frame_count}"
        raise EncodingFailed(msg)
