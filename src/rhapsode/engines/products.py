"""Products of matrices on one core.

numpy's own library wakes as many threads as there are cores for a product of more than 2^18 multiplications, and they
spin until the next: ten minutes of sound took 5.1 s of processor time to align, and 2.4 s without them. Processes
that speak are as many as cores already.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MAX_MULTIPLICATIONS = 2**18


def product(one: Floats, other: Floats) -> Floats:
    """`one @ other`, shapes (n, k) and (k, m)."""
    rows = max(1, _MAX_MULTIPLICATIONS // other.size)
    whole = len(one) - len(one) % rows
    stacked = np.matmul(one[:whole].reshape(-1, rows, one.shape[1]), other)
    together: Floats = np.concatenate([stacked.reshape(whole, other.shape[1]), one[whole:] @ other])
    return together
