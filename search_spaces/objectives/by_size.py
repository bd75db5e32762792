"""BySize: another objective, scaled and shifted by the size of the set (means instead of sums, entropies)."""

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.objectives.pairwise_sum import PairwiseSum


class BySize(Objective):
    """f(S) = factor[|S|] * inner(S) + offset[|S|].

    Among the sets of one size it ranks as `inner` does: whoever can solve `inner` exactly for one size can solve this.

    Args:
        inner: the objective to be scaled.
        factor: [n + 1], positive from entry 1 on; entry s is that of the sets with s members.
        offset: [n + 1]; None = nothing.
    """

    def __init__(self, inner: Objective, factor: Floats, offset: Floats | None = None) -> None:
        super().__init__(inner.n)
        self.inner = inner
        self.factor = factor
        self.offset = np.zeros(len(factor)) if offset is None else offset

    def at_size(self, inner_value: float, size: int) -> float:
        """The value (or a bound on it) of a set of this size for which `inner` has the value (or bound) given."""
        return float(self.factor[size] * inner_value + self.offset[size])

    def values(self, sets_BK: Ints) -> Floats:
        return self._scaled(self.inner.values(sets_BK), sets_BK.shape[1])

    def additions(self, members: Ints) -> Floats:
        return self._scaled(self.inner.additions(members), len(members) + 1)

    def exchanges(self, members: Ints) -> Floats:
        return self._scaled(self.inner.exchanges(members), len(members))

    def removals(self, members: Ints) -> Floats:
        return self._scaled(self.inner.removals(members), len(members) - 1)

    def upper_bound(self, max_size: int) -> float:
        """The largest of the sizes' bounds."""
        sizes = range(1, min(max_size, self.n) + 1)
        return max(self.at_size(self.inner.upper_bound(size), size) for size in sizes)

    def negated(self) -> "BySize":
        return BySize(self.inner.negated(), self.factor, -self.offset)

    def _scaled(self, values: Floats, size: int) -> Floats:
        scaled: Floats = self.factor[size] * values + self.offset[size]
        return scaled


def mean_over_pairs(pair: Floats, anchor: Floats | None = None) -> BySize:
    """The mean of pair [n, n] over all pairs of a set, those with the anchor ([n]) among them; 0 without any pair."""
    points = np.arange(len(pair) + 1) + (anchor is not None)
    return BySize(PairwiseSum(pair, anchor), 1 / np.maximum(points * (points - 1) / 2, 1.0))


def mean_over_members(single: Floats) -> BySize:
    """The mean of single [n] over a set."""
    n = len(single)
    return BySize(PairwiseSum(np.zeros((n, n)), single), 1 / np.maximum(np.arange(n + 1), 1.0))
