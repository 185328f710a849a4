"""Products of matrices in pieces."""

import numpy as np
import pytest

from rhapsode.engines.products import product


@pytest.mark.parametrize("rows", [0, 1, 50, 1_023, 4_000])
@pytest.mark.parametrize("columns", [1, 26, 20_000])
def test_a_product_in_pieces_is_the_product(rows: int, columns: int) -> None:
    """However many rows are left for the last piece, and where one row alone is more than a piece may be."""
    rng = np.random.default_rng(rows)
    one = rng.normal(size=(rows, 13)).astype(np.float32)
    other = rng.normal(size=(13, columns)).astype(np.float32)

    found = product(one[:50] if columns > 26 else one, other)

    assert found.dtype == np.float32
    assert np.allclose(found, (one[:50] if columns > 26 else one) @ other, atol=1e-4)
