"""What seems wrong with speech, told from its samples and its text alone: no model, and next to no time.

It is meant for what engines do now and then, neural ones above all: they stay silent, swallow most of a text, ramble
on, or say a stretch twice. Speech that is only read badly isn't found.
"""

import numpy as np
from numpy.typing import NDArray

from rhapsode.audio.pace import UNKNOWN_PACE, Pace, count_letters, find_misfit
from rhapsode.audio.repetition import is_repeated

FLAWS = ("silent", "short", "repeated", "long", "clipped")
"""The worst first."""

_SILENT_PEAK = 33
"""Below -60 dB of full scale nobody hears anything."""

_FULL_SCALE = 32_767
_CLIPPED_RUN = 4
"""So many samples in a row at full scale are a wave without its top; a loud voice touches it for one or two."""

_CLIPPED_SHARE = 2e-4
"""Of all samples, in such runs: 4 ms in 20 s. One click is no flaw."""


def find_flaws(
    samples: NDArray[np.int16], sample_rate_hz: int, spoken_text: str, pace: Pace = UNKNOWN_PACE
) -> tuple[str, ...]:
    """The names of FLAWS that speech has, in their order; none for a text without letters and digits.

    samples: mono, shape (n,).    spoken_text: without pauses (text.pauses).    pace: of the voice, as it reads here.
    """
    if count_letters(spoken_text) == 0:
        return ()
    peak = _peak(samples)
    if peak < _SILENT_PEAK:
        return ("silent",)
    found = {find_misfit(spoken_text, samples.size / sample_rate_hz, pace)}
    if is_repeated(samples, sample_rate_hz, spoken_text):
        found.add("repeated")
    if peak >= _FULL_SCALE and _is_clipped(samples):
        found.add("clipped")
    return tuple(flaw for flaw in FLAWS if flaw in found)


def severity(flaws: tuple[str, ...]) -> tuple[bool, ...]:
    """Less for speech that is better: one bad flaw counts more than several that are less bad."""
    return tuple(flaw in flaws for flaw in FLAWS)


def _peak(samples: NDArray[np.int16]) -> int:
    return max(int(samples.max()), -int(samples.min())) if samples.size else 0


def _is_clipped(samples: NDArray[np.int16]) -> bool:
    at_top = np.flatnonzero(np.abs(samples.astype(np.int32)) >= _FULL_SCALE)
    runs = np.split(at_top, np.flatnonzero(np.diff(at_top) > 1) + 1)
    clipped = sum(run.size for run in runs if run.size >= _CLIPPED_RUN)
    return clipped > _CLIPPED_SHARE * samples.size
