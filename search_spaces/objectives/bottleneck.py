"""Bottleneck: a set is as good as its worst pair. The common form of the closest and the widest pair."""

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.objectives.two_best import smallest_without_each

BLOCK = 4_000_000
"""Numbers looked at in one go, at most."""


class Bottleneck(Objective):
    """f(S) = min(cap, smallest weight[i, j] of the pairs of S, smallest single[i] of S).

    Args:
        weight: [n, n], symmetric; its diagonal is not read.
        single: [n], what the pair with the anchor weighs; None without an anchor.
        cap: the value of a set that has no pair.
    """

    def __init__(self, weight: Floats, single: Floats | None, cap: float) -> None:
        super().__init__(len(weight))
        self._weight = np.array(weight, dtype=np.float64)
        np.fill_diagonal(self._weight, np.inf)
        self._single = np.full(self.n, np.inf) if single is None else np.asarray(single, dtype=np.float64)
        self.cap = cap

    def values(self, sets_BK: Ints) -> Floats:
        n_sets, size = sets_BK.shape
        rows = max(1, BLOCK // max(1, size * size))
        pairs = np.empty(n_sets)
        for start in range(0, n_sets, rows):
            chunk = sets_BK[start : start + rows]
            pairs[start : start + rows] = self._weight[chunk[:, :, None], chunk[:, None, :]].min(
                axis=(1, 2), initial=np.inf
            )
        singles = self._single[sets_BK].min(axis=1, initial=np.inf)
        values: Floats = np.minimum(np.minimum(pairs, singles), self.cap)
        return values

    def additions(self, members: Ints) -> Floats:
        worst = np.minimum(self._weight[members].min(axis=0, initial=np.inf), self._single)
        values: Floats = np.minimum(worst, self.value(members))
        values[members] = -np.inf
        return values

    def exchanges(self, members: Ints) -> Floats:
        newcomers = np.minimum(smallest_without_each(self._weight[members]), self._single[None, :])
        values: Floats = np.minimum(newcomers, self.removals(members)[:, None])
        values[:, members] = -np.inf
        return values

    def removals(self, members: Ints) -> Floats:
        """[K]; the cap for the removal of the only member."""
        pairs = smallest_without_each(self._weight[np.ix_(members, members)])
        np.fill_diagonal(pairs, np.inf)
        singles = smallest_without_each(self._single[members][:, None])[:, 0]
        values: Floats = np.minimum(np.minimum(pairs.min(axis=1), singles), self.cap)
        return values

    def upper_bound(self, max_size: int) -> float:
        return min(self.cap, float(self._single.max())) if np.isfinite(self._single).all() else self.cap
