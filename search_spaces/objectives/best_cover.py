"""BestCover: how similar each target is to its closest member, summed (facility location, k-median)."""

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.objectives.two_best import two_largest

BLOCK = 4_000_000
"""Numbers looked at in one go, at most."""


class BestCover(Objective):
    """f(S) = sum over targets t of weight[t] * max(base[t], largest similarity[t, j] over j in S).

    Monotone and submodular: f never falls when a member is added, and gains shrink as sets grow.

    Args:
        similarity: [T, n].
        base: [T], the similarity that every set gives (to the anchor; or 0).
        weight: [T], not negative.
    """

    def __init__(self, similarity: Floats, base: Floats, weight: Floats) -> None:
        super().__init__(similarity.shape[1])
        # one row a candidate: all moves read whole rows
        self._by_candidate = np.ascontiguousarray(similarity.T, dtype=np.float64)
        self.base = np.asarray(base, dtype=np.float64)
        self.weight = np.asarray(weight, dtype=np.float64)

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
            values[start : start + rows] = best_BT @ self.weight
        return values

    def additions(self, members: Ints) -> Floats:
        best_T = np.maximum(self._by_candidate[members].max(axis=0, initial=-np.inf), self.base)
        values = np.empty(self.n)
        for rows in self._blocks():
            values[rows] = np.maximum(self._by_candidate[rows], best_T) @ self.weight
        values[members] = -np.inf
        return values

    def exchanges(self, members: Ints) -> Floats:
        best_T, holder_T, second_T = self._two_best(members)
        # leaving[t, k]: the weight of target t if member k is the one it loses
        leaving_TK = (holder_T[:, None] == np.arange(len(members))[None, :]) * self.weight[:, None]
        values = np.empty((len(members), self.n))
        for rows in self._blocks():
            kept = np.maximum(self._by_candidate[rows], best_T)
            change = np.maximum(self._by_candidate[rows], second_T)
            change -= kept
            values[:, rows] = (kept @ self.weight)[None, :] + (change @ leaving_TK).T
        values[:, members] = -np.inf
        return values

    def removals(self, members: Ints) -> Floats:
        best_T, holder_T, second_T = self._two_best(members)
        held = holder_T < len(members)
        loss = (self.weight * (best_T - np.where(held, second_T, best_T)))[held]
        lost = np.bincount(holder_T[held], weights=loss, minlength=len(members))
        values: Floats = best_T @ self.weight - lost
        return values

    def upper_bound(self, max_size: int) -> float:
        """The smaller of the value of all candidates and of the `max_size` largest single gains added up."""
        everything = float(np.maximum(self._by_candidate.max(axis=0), self.base) @ self.weight)
        nothing = float(self.base @ self.weight)
        gains = np.sort(self.additions(np.empty(0, dtype=np.intp)) - nothing)[::-1]
        return min(everything, nothing + float(gains[:max_size].sum()))

    def _two_best(self, members: Ints) -> tuple[Floats, Ints, Floats]:
        return two_largest(np.vstack([self._by_candidate[members], self.base]))

    def _blocks(self) -> list[slice]:
        rows = max(1, BLOCK // max(1, len(self.base)))
        return [slice(start, start + rows) for start in range(0, self.n, rows)]
