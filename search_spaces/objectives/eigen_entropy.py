"""EigenEntropy: the effective number of different members (the exponential of the entropy of a similarity matrix)."""

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.objectives.bordered import append_anchor


class EigenEntropy(Objective):
    """f(S) = exp(- sum of e log e) over the eigenvalues e of kernel[S, S] / |S|; from 1 (all alike) to |S|.

    Additions and exchanges take the eigenvalues of each set anew: fine for a hundred candidates, slow for thousands.

    Args:
        kernel: [n, n], or [n + 1, n + 1] with the anchor as last row; symmetric, positive semidefinite, ones on the
            diagonal.
        has_anchor: whether the last row is the anchor, which then is a member of every set.
    """

    def __init__(self, kernel: Floats, has_anchor: bool = False) -> None:
        super().__init__(len(kernel) - has_anchor)
        self.kernel = kernel
        self._has_anchor = has_anchor

    def values(self, sets_BK: Ints) -> Floats:
        points_BM = append_anchor(sets_BK, self.n) if self._has_anchor else sets_BK
        size = points_BM.shape[1]
        rows = max(1, 4_000_000 // size**2)
        parts = [np.empty(0)]
        for start in range(0, len(points_BM), rows):
            chunk = points_BM[start : start + rows]
            share = np.linalg.eigvalsh(self.kernel[chunk[:, :, None], chunk[:, None, :]] / size)
            share = np.maximum(share, 1e-300)  # rounding makes zeros negative; 0 log 0 = 0
            parts.append(np.exp(-(share * np.log(share)).sum(axis=1)))
        return np.concatenate(parts)

    def upper_bound(self, max_size: int) -> float:
        """The number of members."""
        return float(max_size + self._has_anchor)
