"""From a model's numbers to samples."""

import numpy as np
import pytest

from rhapsode.engines.neural.samples import to_pcm
from rhapsode.studio.errors import EngineFailed


def test_full_scale_is_the_loudest_sample() -> None:
    """What is louder is cut off, and in between it is rounded."""
    assert to_pcm(np.array([[[0.0, 1.0, -1.0, 7.0, 0.5]]], np.float32)).tolist() == [
        0,
        32_767,
        -32_767,
        32_767,
        16_384,
    ]


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_what_is_no_number_is_no_sound(odd: float) -> None:
    """A broken model says so, and not silence."""
    with pytest.raises(EngineFailed, match="no sound"):
        to_pcm(np.array([0.0, odd], np.float32))
