"""ElementCover: the weight of all elements (families, tree nodes, feature values) that a set shows at least once."""

import numpy as np
import numpy.typing as npt

from search_spaces.objectives.base import Floats, Ints, Objective

BLOCK = 4_000_000
"""Numbers looked at in one go, at most."""


class ElementCover(Objective):
    """f(S) = sum of weight[e] over the elements e that a member of S or the base covers.

    Monotone and submodular (weighted coverage).

    Args:
        covers: [n, E] bool.
        weight: [E], not negative.
        base: [E] bool, what every set covers (the anchor's elements); None = nothing.
    """

    def __init__(
        self, covers: npt.NDArray[np.bool_], weight: Floats, base: npt.NDArray[np.bool_] | None = None
    ) -> None:
        super().__init__(len(covers))
        self.covers = covers
        self.weight = np.asarray(weight, dtype=np.float64)
        self.base = np.zeros(covers.shape[1], dtype=np.bool_) if base is None else base
        self._numbers = covers.astype(np.float64)  # matrix products need floats

    def values(self, sets_BK: Ints) -> Floats:
        n_sets, size = sets_BK.shape
        rows = max(1, BLOCK // max(1, len(self.weight)))
        values = np.empty(n_sets)
        for start in range(0, n_sets, rows):
            chunk = sets_BK[start : start + rows]
            covered_BE = np.tile(self.base, (len(chunk), 1))
            for position in range(size):
                covered_BE |= self.covers[chunk[:, position]]
            values[start : start + rows] = covered_BE @ self.weight
        return values

    def additions(self, members: Ints) -> Floats:
        count_E = self._counts(members)
        values: Floats = self._total(count_E) + self._numbers @ (self.weight * (count_E == 0))
        values[members] = -np.inf
        return values

    def exchanges(self, members: Ints) -> Floats:
        count_E = self._counts(members)
        gain_n = self._numbers @ (self.weight * (count_E == 0))
        # only[k, e]: the weight of e where member k alone covers it; a newcomer that covers it too wins it back
        only_KE = self._numbers[members] * (self.weight * (count_E == 1))
        values: Floats = self._total(count_E) + gain_n[None, :] - only_KE.sum(axis=1)[:, None]
        values += only_KE @ self._numbers.T
        values[:, members] = -np.inf
        return values

    def removals(self, members: Ints) -> Floats:
        count_E = self._counts(members)
        values: Floats = self._total(count_E) - self._numbers[members] @ (self.weight * (count_E == 1))
        return values

    def upper_bound(self, max_size: int) -> float:
        """The smaller of the value of all candidates and of the `max_size` largest single gains added up."""
        everything = float(self.weight @ (self.covers.any(axis=0) | self.base))
        gains = np.sort(self._numbers @ (self.weight * ~self.base))[::-1]
        return min(everything, float(self.weight @ self.base) + float(gains[:max_size].sum()))

    def _counts(self, members: Ints) -> Floats:
        # the base counts as one more member, so that no member ever holds its elements alone
        counts: Floats = self._numbers[members].sum(axis=0) + self.base
        return counts

    def _total(self, count_E: Floats) -> float:
        return float(self.weight @ (count_E > 0))
