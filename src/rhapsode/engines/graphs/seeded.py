"""Running a graph that was rewritten, with noise made of a seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import le
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

# Piper's voices want 192 for each of 86 frames a second, so this is for half a minute: no first text is said twice.
_FIRST_SIZE = 2**19
_MAX_SEED = 2**64


@dataclass(frozen=True, slots=True)
class Noise:
    """An input that is noise, and the output that tells how much of it was wanted.

    is_normal: normally distributed around 0 with a deviation of 1; otherwise evenly from 0 to 1.
    """

    name: str
    size_name: str
    is_normal: bool


@dataclass(frozen=True, slots=True)
class SeededGraph:
    """A graph for onnxruntime. durations: the output that tells how long each symbol is; "" where none does."""

    content: bytes
    noises: Sequence[Noise]
    durations: str


class Session(Protocol):
    """What is asked of an InferenceSession of onnxruntime."""

    def run(self, output_names: Sequence[str], input_feed: Mapping[str, Any]) -> Sequence[Any]:
        """Compute some outputs."""


class SeededSession:
    """A loaded graph that says the same for the same inputs and seed, whatever it said before.

    Not thread-safe.
    """

    def __init__(self, session: Session, noises: Sequence[Noise]) -> None:
        self._session = session
        self._noises = noises
        self._sizes = [_FIRST_SIZE] * len(noises)
        # Texts are mostly said with one seed, and noise of one seed always begins alike.
        self._seed = -1
        self._made: list[NDArray[np.float32]] = []

    def run(self, outputs: Sequence[str], inputs: Mapping[str, Any], *, seed: int) -> list[NDArray[Any]]:
        """Compute the outputs, in their order.

        seed: 0 or more.    Raises: what onnxruntime does.
        """
        while True:
            found, wanted = self._run(outputs, inputs, seed)
            if all(map(le, wanted, self._sizes)):
                return found
            # What was filled up with zeros is not what the seed says: again, with enough of it, and for a while.
            self._sizes = list(map(max, self._sizes, [2 * size for size in wanted]))

    def _run(
        self, outputs: Sequence[str], inputs: Mapping[str, Any], seed: int
    ) -> tuple[list[NDArray[Any]], list[int]]:
        names = [*outputs, *(noise.size_name for noise in self._noises)]
        answers = self._session.run(names, {**inputs, **self._noise(seed)})
        count = len(outputs)
        return [np.asarray(answer) for answer in answers[:count]], [int(size[0]) for size in answers[count:]]

    def _noise(self, seed: int) -> Mapping[str, NDArray[np.float32]]:
        if seed != self._seed or [made.size for made in self._made] != self._sizes:
            self._made = [
                make_noise(size, seed=seed, place=place, is_normal=noise.is_normal)
                for place, (noise, size) in enumerate(zip(self._noises, self._sizes, strict=True))
            ]
            self._seed = seed
        return {noise.name: made for noise, made in zip(self._noises, self._made, strict=True)}


def make_noise(size: int, *, seed: int, place: int, is_normal: bool) -> NDArray[np.float32]:
    """So much noise; more of the same seed and place begins with the same.

    place: which of a graph's noises it is.
    """
    generator = np.random.Generator(np.random.Philox(key=[seed % _MAX_SEED, place]))
    if is_normal:
        return generator.standard_normal(size, dtype=np.float32)
    return generator.random(size, dtype=np.float32)
