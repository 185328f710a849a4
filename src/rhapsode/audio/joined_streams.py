"""Sounds that are encoded one by one, while nobody knows what follows, and whose bytes are one stream together.

Each is whole once its bytes have come, so that none waits in an encoder for the next. MP3 takes a complete LAME
stream for each, which the next one follows to the sample; samples follow samples anyway; and what is encoded as Opus
goes through an `OpusJoiner`.
"""

import numpy as np

from rhapsode.audio.encode import Samples, resampled_length
from rhapsode.audio.encoding import FRAME_SAMPLES, SAMPLE_RATE_HZ
from rhapsode.audio.joined_opus import between_silences
from rhapsode.audio.mp3_kind import mp3_kind
from rhapsode.audio.mp3_stream import mp3_frames
from rhapsode.audio.output_formats import OutputFormat
from rhapsode.audio.stream_encoders import open_encoder


def encode_joinable(samples_44100: Samples, output_format: OutputFormat, *, frame_count: int) -> bytes:
    """A sound, mono int16 of shape (n,), with silence behind it.

    frame_count: of both on the grid, `segment_frames(n)` or more.    Raises: EncodingFailed.
    """
    padding = _padded_samples(frame_count, output_format) - samples_44100.size
    sound = np.pad(samples_44100, (0, padding))
    if output_format.codec == "opus":
        sound = between_silences(sound)
    encoder = open_encoder(output_format)
    return encoder.encode(sound) + encoder.finish()


def joined_samples(frame_count: int, output_format: OutputFormat) -> int:
    """How long such a sound lasts among others, in samples at 44.1 kHz; of Opus, the `OpusJoiner` knows.

    MP3 at other rates than that has shorter frames, and lasts one of them longer.
    """
    padded_samples = _padded_samples(frame_count, output_format)
    if output_format.codec != "mp3":
        return padded_samples
    rate_hz, kind = output_format.sample_rate_hz, mp3_kind(output_format)
    encoded = resampled_length(padded_samples, from_hz=SAMPLE_RATE_HZ, to_hz=rate_hz)
    frames = mp3_frames(encoded, kind)
    return resampled_length(frames * kind.version.frame_samples, from_hz=rate_hz, to_hz=SAMPLE_RATE_HZ)


def _padded_samples(frame_count: int, output_format: OutputFormat) -> int:
    # The last frame of an MP3 stream comes of its encoder's delay.
    return (frame_count - (output_format.codec == "mp3")) * FRAME_SAMPLES
