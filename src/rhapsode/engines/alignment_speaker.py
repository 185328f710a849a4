"""How long somebody's vocal tract is beside that of the voice that reads along.

A child's resonances are a third higher than a man's, and of all that tells voices apart that misleads the comparison
most. So the two readings are laid over each other roughly, and of some lengths that is taken with which they are
nearest.
"""

import numpy as np

from rhapsode.engines.alignment_features import Halves, comparable
from rhapsode.engines.alignment_path import coarser, find_path, pair_costs

STRETCHES = (0.64, 0.7, 0.76, 0.82, 0.88, 0.94, 1.0, 1.06, 1.12, 1.2)

_SILENCE_FRAMES = 8
_LOOKED_AT_FRAMES = 12_000  # two minutes: a speaker stays the same


def find_stretch(reading: Halves, recording: Halves) -> float:
    """One of STRETCHES, see `comparable`, from what `band_logs` makes of two readings of the same text."""
    one, other = _some(reading, recording)
    these, those = coarser(one), coarser(other)
    path = find_path(*comparable(these, those, silence_frames=_SILENCE_FRAMES))

    def cost(stretch: float) -> float:
        features = comparable(these, those, silence_frames=_SILENCE_FRAMES, stretch=stretch)
        return float(pair_costs(*features, path.rows, path.columns).mean())

    return min(STRETCHES, key=cost)


def _some(reading: Halves, recording: Halves) -> tuple[Halves, Halves]:
    """The middle of a long reading, and about that of the other."""
    if len(reading) <= _LOOKED_AT_FRAMES:
        return reading, recording
    rough = coarser(coarser(reading)), coarser(coarser(recording))
    path = find_path(*comparable(*rough, silence_frames=1))
    first = (len(reading) - _LOOKED_AT_FRAMES) // 2
    ends = np.searchsorted(path.rows, np.array([first, first + _LOOKED_AT_FRAMES]) // 16)
    start, end = (path.columns[ends] * 16).tolist()
    return reading[first : first + _LOOKED_AT_FRAMES], recording[start : end + 16]
