"""PairwiseSum: a weight for every pair and for every single candidate, summed over the set."""

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Objective


class PairwiseSum(Objective):
    """f(S) = sum over unordered pairs of S of pair[i, j] + sum over S of single[i] + constant.

    Args:
        pair: [n, n], symmetric; its diagonal is not read.
        single: [n], for example the distances to the anchor; zeros when None.
    """

    def __init__(self, pair: Floats, single: Floats | None = None, constant: float = 0.0) -> None:
        super().__init__(len(pair))
        self.pair = pair - np.diag(np.diagonal(pair)) if np.diagonal(pair).any() else pair
        self.single = np.zeros(self.n) if single is None else single
        self.constant = constant

    def values(self, sets_BK: Ints) -> Floats:
        n_sets, size = sets_BK.shape
        # as many sets at once as keep the [B, K, K] block small
        rows = max(1, 4_000_000 // max(1, size * size))
        pairs = np.empty(n_sets)
        for start in range(0, n_sets, rows):
            chunk = sets_BK[start : start + rows]
            pairs[start : start + rows] = self.pair[chunk[:, :, None], chunk[:, None, :]].sum(axis=(1, 2)) / 2
        values: Floats = pairs + self.single[sets_BK].sum(axis=1) + self.constant
        return values

    def additions(self, members: Ints) -> Floats:
        gains = self.pair[members].sum(axis=0) + self.single + self.value(members)
        gains[members] = -np.inf
        return gains

    def exchanges(self, members: Ints) -> Floats:
        towards = self.pair[members].sum(axis=0) + self.single
        values: Floats = self.value(members) + towards[None, :] - towards[members][:, None] - self.pair[members]
        values[:, members] = -np.inf
        return values

    def removals(self, members: Ints) -> Floats:
        lost = self.pair[np.ix_(members, members)].sum(axis=1) + self.single[members]
        values: Floats = self.value(members) - lost
        return values

    def upper_bound(self, max_size: int) -> float:
        """Each member brings its single and half of its pairs: at most half of its best ones (Pisinger 2006)."""
        n_partners = min(max_size, self.n) - 1
        # a candidate's pair with itself is 0 here, and no best partner is below 0 either
        halves = np.zeros(self.n)
        for start in range(0, self.n if n_partners else 0, 512):  # some rows at a time: thousands of languages fit
            best = -np.partition(-self.pair[start : start + 512], n_partners, axis=1)[:, :n_partners]
            halves[start : start + 512] = np.maximum(best, 0.0).sum(axis=1) / 2
        share = np.maximum(self.single + halves, 0.0)
        return float(np.sort(share)[::-1][:max_size].sum()) + self.constant

    def negated(self) -> "PairwiseSum":
        return PairwiseSum(-self.pair, -self.single, -self.constant)
