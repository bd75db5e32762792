"""LogDet: the volume that a set spans in the space of a similarity kernel (determinantal point processes)."""

import numpy as np
import scipy

from search_spaces.objectives.base import Floats, Ints, Objective

MAX_EIGEN = 1_000
"""Candidates up to which the upper bound takes the eigenvalues; above, they cost more than they tell."""
TINY = 1e-300
"""Determinants are not below this: a logarithm of 0 would end every comparison."""


class LogDet(Objective):
    """f(S) = log det kernel[S, S] + constant. Submodular, but not monotone.

    Args:
        kernel: [n, n], symmetric and positive definite, and well away from singular (a condition number below 1e10),
            or the fast moves lose their digits.
        constant: added to every value (the anchor's share).
    """

    def __init__(self, kernel: Floats, constant: float = 0.0) -> None:
        super().__init__(len(kernel))
        self.kernel = kernel
        self.constant = constant

    def values(self, sets_BK: Ints) -> Floats:
        size = max(1, sets_BK.shape[1])
        rows = max(1, 4_000_000 // (size * size))
        parts = [np.empty(0)]
        for start in range(0, len(sets_BK), rows):
            chunk = sets_BK[start : start + rows]
            blocks = self.kernel[chunk[:, :, None], chunk[:, None, :]]
            sign, log_size = np.linalg.slogdet(blocks)
            parts.append(np.where(sign > 0, np.maximum(log_size, np.log(TINY)), np.log(TINY)))
        values: Floats = np.concatenate(parts) + self.constant
        return values

    def additions(self, members: Ints) -> Floats:
        rest_n = np.diagonal(self.kernel).copy()
        if len(members):
            root = np.linalg.cholesky(self.kernel[np.ix_(members, members)])
            shared = scipy.linalg.solve_triangular(root, self.kernel[members], lower=True)
            rest_n -= (shared**2).sum(axis=0)
        values: Floats = self.value(members) + np.log(np.maximum(rest_n, TINY))
        values[members] = -np.inf
        return values

    def exchanges(self, members: Ints) -> Floats:
        # With P the inverse for S and c_j what j adds to it, det(S - i + j) = det(S) * (P_ii * c_j + (P k_j)_i ** 2),
        # because the inverse for S + j has P_ii + (P k_j)_i ** 2 / c_j on its diagonal.
        inverse = self._inverse(members)
        towards_Kn = self.kernel[members]
        solved_Kn = inverse @ towards_Kn
        rest_n = np.diagonal(self.kernel) - (towards_Kn * solved_Kn).sum(axis=0)
        ratio_Kn = np.diagonal(inverse)[:, None] * rest_n[None, :] + solved_Kn**2
        values: Floats = self.value(members) + np.log(np.maximum(ratio_Kn, TINY))
        values[:, members] = -np.inf
        return values

    def removals(self, members: Ints) -> Floats:
        values: Floats = self.value(members) + np.log(np.maximum(np.diagonal(self._inverse(members)), TINY))
        return values

    def upper_bound(self, max_size: int) -> float:
        """Sum of the logarithms of the largest eigenvalues (Cauchy interlacing) or diagonal entries (Hadamard).

        Over the size from 1 to `max_size` at which it is largest.
        """
        logs = [np.sort(np.log(np.maximum(np.diagonal(self.kernel), TINY)))[::-1]]
        if self.n <= MAX_EIGEN:
            logs.append(np.log(np.maximum(np.linalg.eigvalsh(self.kernel)[::-1], TINY)))
        return self.constant + float(np.min([np.cumsum(terms)[:max_size] for terms in logs], axis=0).max())

    def _inverse(self, members: Ints) -> Floats:
        inverse = np.asarray(np.linalg.inv(self.kernel[np.ix_(members, members)]), dtype=np.float64)
        symmetric: Floats = (inverse + inverse.T) / 2
        return symmetric
