"""Times by share, of sounds whose loud parts are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from rhapsode.engines.proportional import share_time

RATE_HZ = 16_000


def sound(*parts_s: float) -> NDArray[np.int16]:
    """Noise and silence in turn, noise first."""
    rng = np.random.default_rng(1)
    pieces = [
        rng.integers(-9_000, 9_000, round(part_s * RATE_HZ)) * (number % 2 == 0)
        for number, part_s in enumerate(parts_s)
    ]
    return np.concatenate(pieces).astype(np.int16)


def test_letters_have_equal_shares_and_silence_is_nobodys() -> None:
    """The second word begins behind the pause, the first ends before it, and punctuation takes no time of its own."""
    found = share_time(sound(0, 0.5, 1.0, 0.7, 1.0, 0.4), RATE_HZ, "Ab, cd.").boundaries

    in_s = np.array(found) / RATE_HZ
    assert in_s == pytest.approx([0.5, 1.0, 1.5, 1.5, 2.2, 2.7, 3.2, 3.2], abs=0.03)


@pytest.mark.parametrize("samples", [np.zeros(8_000, np.int16), np.ones(1, np.int16), sound(0.5)])
@pytest.mark.parametrize("text", ["a", "…", " ", "ab cd"])
def test_any_sound_and_any_text_are_shared(samples: NDArray[np.int16], text: str) -> None:
    """All of what has no letter, or nothing loud, is shared equally; nothing is beyond the sound."""
    found = share_time(samples, RATE_HZ, text)

    assert found.character_count == len(text)
    assert found.boundaries[0] >= 0
    assert found.boundaries[-1] <= samples.size
