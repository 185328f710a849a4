"""What an engine brings to the child: a way to load its voices, and voices that speak."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rhapsode.engines.neural.messages import NeuralRequest


@dataclass(frozen=True, slots=True)
class Said:
    """What a voice has said of a text.

    boundaries: len(text) + 1 samples that never decrease, from 0 to the end; None where the voice doesn't know them.
    """

    sample_rate_hz: int
    samples: NDArray[np.int16]
    boundaries: Sequence[int] | None


class LoadedVoice(Protocol):
    """Files that are loaded: all the voices in them."""

    def speak(self, request: NeuralRequest) -> Said:
        """Say a request's text, whose length the engine has looked at.

        Raises: UnknownVoice, UnknownLanguage, TextRefused, EngineFailed; anything else is told as EngineFailed.
        """


Load = Callable[[Mapping[str, Path], str], LoadedVoice]
"""A backend's `load(files, device)`: device is `cpu` or `cuda`.

Raises: VoiceRefused, saying what is wrong with which file; EngineFailed, when the device isn't there.
"""
