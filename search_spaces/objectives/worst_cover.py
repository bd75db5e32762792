"""WorstCover: how similar the worst served target is to its closest member (k-centre)."""

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.objectives.two_best import two_largest

BLOCK = 4_000_000
"""Numbers looked at in one go, at most."""


class WorstCover(Objective):
    """f(S) = min over targets t of max(base[t], largest similarity[t, j] over j in S).

    Monotone: f never falls when a member is added. Not submodular: often no single addition helps.

    Args:
        similarity: [T, n].
        base: [T], the similarity that every set gives (to the anchor; or 0).
    """

    def __init__(self, similarity: Floats, base: Floats) -> None:
        super().__init__(similarity.shape[1])
        self._by_candidate = np.ascontiguousarray(similarity.T, dtype=np.float64)
        self.base = np.asarray(base, dtype=np.float64)

    @property
    def similarity(self) -> Floats:
        """[T, n], as given."""
        return self._by_candidate.T

    def values(self, sets_BK: Ints) -> Floats:
        n_sets, size = sets_BK.shape
        rows = max(1, BLOCK // max(1, len(self.base)))
        values = np.empty(n_sets)
        for start in range(0, n_sets, rows):
            chunk = sets_BK[start : start + rows]
            best_BT = np.tile(self.base, (len(chunk), 1))
            for position in range(size):
                np.maximum(best_BT, self._by_candidate[chunk[:, position]], out=best_BT)
            values[start : start + rows] = best_BT.min(axis=1)
        return values

    def additions(self, members: Ints) -> Floats:
        best_T = np.maximum(self._by_candidate[members].max(axis=0, initial=-np.inf), self.base)
        values = np.empty(self.n)
        for rows in self._blocks():
            values[rows] = np.maximum(self._by_candidate[rows], best_T).min(axis=1)
        values[members] = -np.inf
        return values

    def exchanges(self, members: Ints) -> Floats:
        best_T, holder_T, second_T = self._two_best(members)
        # targets sorted by the member (or the base, number K) that serves them, so that each has one stretch
        order = np.argsort(holder_T, kind="stable")
        holders, starts = np.unique(holder_T[order], return_index=True)
        values = np.empty((len(members), self.n))
        for rows in self._blocks():
            similarity = self._by_candidate[rows]
            # left[k]: the worst of the targets that lose member k; the others are in the worst of all as they are
            left = np.full((len(members) + 1, len(similarity)), np.inf)
            left[holders] = np.minimum.reduceat(np.maximum(similarity, second_T)[:, order], starts, axis=1).T
            values[:, rows] = np.minimum(left[: len(members)], np.maximum(similarity, best_T).min(axis=1))
        values[:, members] = -np.inf
        return values

    def removals(self, members: Ints) -> Floats:
        best_T, holder_T, second_T = self._two_best(members)
        left_KT = np.where(holder_T[None, :] == np.arange(len(members))[:, None], second_T[None, :], best_T[None, :])
        values: Floats = left_KT.min(axis=1)
        return values

    def upper_bound(self, max_size: int) -> float:
        """The value of all candidates together."""
        return float(np.maximum(self._by_candidate.max(axis=0), self.base).min())

    def _two_best(self, members: Ints) -> tuple[Floats, Ints, Floats]:
        return two_largest(np.vstack([self._by_candidate[members], self.base]))

    def _blocks(self) -> list[slice]:
        rows = max(1, BLOCK // max(1, len(self.base)))
        return [slice(start, start + rows) for start in range(0, self.n, rows)]
