"""Sound to encode, and foreign decoders that must agree with ours."""

import io
from collections.abc import Callable, Iterator

import av
import av.logging
import numpy as np
import pytest
from numpy.typing import NDArray

Samples = NDArray[np.int16]


@pytest.fixture
def tone() -> Callable[[float, int], Samples]:
    """A sine of so many Hz and samples at 44.1 kHz, with a little noise: no two stretches are alike."""

    def make(frequency_hz: float, sample_count: int) -> Samples:
        noise = np.random.default_rng(round(frequency_hz)).standard_normal(sample_count) * 500
        sine = np.sin(2 * np.pi * frequency_hz * np.arange(sample_count) / 44_100) * 12_000
        return (sine + noise).astype(np.int16)

    return make


@pytest.fixture
def decode() -> Iterator[Callable[..., NDArray[np.float64]]]:
    """FFmpeg's samples of a mono file, -1 to 1, after its trimming; it must have no complaints.

    It guesses the format, or is told it where the bytes are too few to guess from or have no head.
    """
    level = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)

    def samples_of(content: bytes, file_format: str | None = None) -> NDArray[np.float64]:
        with (
            av.logging.Capture() as complaints,
            av.open(io.BytesIO(content), mode="r", format=file_format) as container,
        ):
            frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        assert complaints == []
        joined = np.concatenate(frames, axis=1)[0]
        full_scale = 32_768.0 if joined.dtype == np.int16 else 1.0
        return np.asarray(joined / full_scale, np.float64)

    yield samples_of
    av.logging.set_level(level)
