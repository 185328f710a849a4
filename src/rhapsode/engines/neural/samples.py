"""From a model's numbers to samples. Values in, values out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rhapsode.studio.errors import EngineFailed

_FULL_SCALE = 32_767


def to_pcm(audio: NDArray[Any]) -> NDArray[np.int16]:
    """Samples of numbers from -1 to 1, rounded once; any shape becomes (n,).

    As loud as the voice is: each sentence brought to full scale would be as loud as any other, also a whisper.
    Raises: EngineFailed, when they are no numbers.
    """
    flat = audio.reshape(-1)
    if not np.isfinite(flat).all():
        msg = "What the voice said is no sound: its model is broken"
        raise EngineFailed(msg)
    pcm: NDArray[np.int16] = np.rint(np.clip(flat, -1.0, 1.0) * _FULL_SCALE).astype(np.int16)
    return pcm
