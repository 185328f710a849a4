"""Resampling as a stream: 44.1 kHz to any rate, piece by piece, to a length known beforehand."""

import numpy as np
import soxr

from rhapsode.audio.encode import Samples, of_length, resampled_length, to_floats, to_samples
from rhapsode.audio.encoding import SAMPLE_RATE_HZ


class StreamResampler:
    """Mono int16 at 44.1 kHz in, mono int16 at `sample_rate_hz` out, and no delay between the two.

    Joined, the samples that come out don't depend on how those that went in were cut.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._sample_rate_hz = sample_rate_hz
        self._stream = soxr.ResampleStream(SAMPLE_RATE_HZ, sample_rate_hz, 1, dtype="float32", quality="HQ")
        self._taken_samples = 0
        self._given_samples = 0

    def resample(self, samples_44100: Samples) -> Samples:
        """What is ready after these samples; the filter holds some milliseconds back."""
        self._taken_samples += samples_44100.size
        resampled = to_samples(self._stream.resample_chunk(to_floats(samples_44100)))
        self._given_samples += resampled.size
        return resampled

    def finish(self) -> Samples:
        """The rest, so that all in all n samples became `resampled_length(n, ...)`."""
        length = resampled_length(self._taken_samples, from_hz=SAMPLE_RATE_HZ, to_hz=self._sample_rate_hz)
        rest = to_samples(self._stream.resample_chunk(np.zeros(0, np.float32), last=True))
        return of_length(rest, length - self._given_samples)
