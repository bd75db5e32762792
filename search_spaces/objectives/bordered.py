"""The anchor as one more point: candidates are 0..n-1, the anchor is number n and belongs to every set."""

import numpy as np

from search_spaces.objectives.base import Floats, Ints


def bordered(matrix: Floats, anchor: Floats | None, itself: float) -> Floats:
    """A copy of the [n, n] matrix, with the anchor (if any) as last row and column and `itself` in the corner."""
    if anchor is None:
        return np.array(matrix, dtype=np.float64)
    return np.block([[matrix, anchor[:, None]], [anchor[None, :], np.array([[itself]])]])


def append_anchor(sets_BK: Ints, n: int) -> Ints:
    """[B, K + 1]: every set with the anchor."""
    return np.column_stack([sets_BK, np.full(len(sets_BK), n)]).astype(np.intp)
