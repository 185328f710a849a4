"""Dynamic time warping."""

import numpy as np
import pytest
from numpy.typing import NDArray

from rhapsode.engines import alignment_path
from rhapsode.engines.alignment_path import find_path

Floats = NDArray[np.float32]


def walk(count: int, seed: int = 0) -> Floats:
    """Features that change slowly and never come back to where they were."""
    steps = np.random.default_rng(seed).normal(size=(count, 8))
    return np.cumsum(steps, axis=0).astype(np.float32)


def stretched(features: Floats, times: NDArray[np.int64]) -> Floats:
    """Each frame so many times."""
    return np.repeat(features, times, axis=0)


def total_cost(one: Floats, other: Floats) -> float:
    """The least cost by the textbook's three moves, cell by cell."""
    costs = np.full((len(one) + 1, len(other) + 1), np.inf)
    costs[0, 0] = 0
    for i, j in np.ndindex(len(one), len(other)):
        before = min(costs[i, j], costs[i, j + 1], costs[i + 1, j])
        distance = np.sqrt(((one[i] - other[j]) ** 2).sum() / (2 * one.shape[1]))
        costs[i + 1, j + 1] = distance + before
    return float(costs[-1, -1])


@pytest.mark.parametrize("seed", range(8))
def test_the_path_is_a_cheapest_one(seed: int) -> None:
    """As cheap as one that was found cell by cell, from the first pair to the last, each step one of three."""
    rng = np.random.default_rng(seed)
    one = rng.normal(size=(rng.integers(1, 30), 4)).astype(np.float32)
    other = rng.normal(size=(rng.integers(1, 30), 4)).astype(np.float32)

    path = find_path(one, other)

    steps = set(zip(np.diff(path.rows).tolist(), np.diff(path.columns).tolist(), strict=True))
    assert steps <= {(1, 1), (1, 0), (0, 1)}
    assert (path.rows[0], path.columns[0]) == (0, 0)
    assert (path.rows[-1], path.columns[-1]) == (len(one) - 1, len(other) - 1)
    assert path.costs.sum() == pytest.approx(total_cost(one, other), rel=1e-4)


def test_what_was_stretched_is_found_again() -> None:
    """Every frame of the longer one stands beside the frame it was made of."""
    times = np.random.default_rng(3).integers(1, 5, size=200)
    one = walk(200)

    path = find_path(one, stretched(one, times))

    assert np.array_equal(path.rows, np.repeat(np.arange(200), times))
    assert path.costs.max() < 1e-2


def test_a_band_finds_the_same_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coarse first and then finer, over pauses in the one that the other doesn't have."""
    times = np.random.default_rng(4).integers(1, 4, size=3_000)
    times[::300] += 150
    one = walk(3_000)
    other = stretched(one, times)
    whole = find_path(one, other)
    monkeypatch.setattr(alignment_path, "_MAX_WHOLE_CELLS", 2**16)

    banded = find_path(one, other)

    assert np.array_equal(banded.rows, whole.rows)
    assert np.array_equal(banded.columns, whole.columns)


def test_what_was_settled_is_what_would_have_been_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a seventh of the moves kept at any time; both are noisy, so that the way isn't obvious."""
    rng = np.random.default_rng(6)
    one = walk(3_000)
    other = stretched(one, rng.integers(1, 4, size=3_000))
    other += rng.normal(0, 2, other.shape).astype(np.float32)
    monkeypatch.setattr(alignment_path, "_MAX_WHOLE_CELLS", 2**16)
    whole = find_path(one, other)
    monkeypatch.setattr(alignment_path, "_MAX_KEPT_MOVES", 2**17)

    settled = find_path(one, other)

    assert np.array_equal(settled.rows, whole.rows)
    assert np.array_equal(settled.columns, whole.columns)


@pytest.mark.parametrize(("rows", "columns"), [(1, 5_000), (5_000, 1), (3, 20_000), (20_000, 5)])
def test_very_unlike_lengths_are_aligned(monkeypatch: pytest.MonkeyPatch, rows: int, columns: int) -> None:
    """A word for a long recording, and a long text for a short one."""
    monkeypatch.setattr(alignment_path, "_MAX_WHOLE_CELLS", 2**10)

    path = find_path(walk(rows), walk(columns))

    assert (path.rows[-1], path.columns[-1]) == (rows - 1, columns - 1)
