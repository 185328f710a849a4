"""The silence before and behind what is said at once. Values in, values out."""

import numpy as np
from numpy.typing import NDArray

# Of the loudest, -50 dB: below that is what a voice breathes.
_QUIET = 0.003
_MARGIN_MS = 40


def find_heard(audio: NDArray[np.float32], rate_hz: int) -> tuple[int, int]:
    """Where what is heard begins and ends, with a little of the silence around it; all of what is silent throughout.

    Kokoro leaves some 0.3 s before a sentence and behind it; how long the pause between two sentences is, the product
    says.
    """
    loud = np.flatnonzero(np.abs(audio) > _QUIET * np.abs(audio).max(initial=0))
    if not loud.size:
        return 0, audio.size
    margin = rate_hz * _MARGIN_MS // 1000
    return max(int(loud[0]) - margin, 0), min(int(loud[-1]) + 1 + margin, audio.size)
