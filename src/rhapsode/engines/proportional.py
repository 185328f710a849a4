"""When each character of a text is heard, where nobody can read it along: its share of what is loud.

Every letter is given as much time as every other, silence belongs to none. Of speech in nine languages that espeak
knows, words were 40 to 440 ms off on average; a reading in letters that it doesn't know was off by seconds.
"""

import numpy as np
from numpy.typing import NDArray

from rhapsode.engines.alignment_features import FRAMES_PER_S, find_loud
from rhapsode.studio.alignment import Alignment


def share_time(samples: NDArray[np.int16], sample_rate_hz: int, text: str) -> Alignment:
    """Divide a reading of `text`, mono at `sample_rate_hz`, at least one sample, by its letters."""
    loud = find_loud(samples, sample_rate_hz)
    passed = np.concatenate([[0], np.cumsum(loud if loud.any() else np.ones_like(loud))])
    is_letter = np.array([character.isalnum() for character in text])
    weights = is_letter if is_letter.any() else np.ones_like(is_letter)
    heard = np.concatenate([[0], np.cumsum(weights)]) * passed[-1] / weights.sum()
    # What begins after a silence begins at its end.
    begins = np.searchsorted(passed, heard, side="right") - 1
    ends = np.searchsorted(passed, heard, side="left")
    frames = np.where(np.append(is_letter, False), begins, ends)
    boundaries = np.minimum(frames * sample_rate_hz // FRAMES_PER_S, samples.size)
    return Alignment(tuple(np.maximum.accumulate(boundaries).tolist()))
