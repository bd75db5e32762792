"""ValueEntropy: how mixed the values of each feature are among the members, on average."""

import numpy as np
import numpy.typing as npt

from search_spaces.objectives.base import Floats, Ints, Objective

BLOCK = 4_000_000
"""Numbers looked at in one go, at most."""


class ValueEntropy(Objective):
    """f(S) = mean over features of the entropy, in bits, of the values that the members of S show.

    A member that shows no value of a feature is left out of this feature's shares; a feature that no member shows has
    the entropy 0.

    Args:
        shows: [n, E] bool, whether a candidate shows a value; a candidate shows at most one value of a feature.
        feature: [E], E >= 1, the feature of each value, from 0, not falling (values of one feature side by side).
        n_features: over how many features the mean is taken; also those without any value count.
    """

    def __init__(self, shows: npt.NDArray[np.bool_], feature: Ints, n_features: int) -> None:
        super().__init__(len(shows))
        self.shows = shows
        self.n_features = n_features
        self._numbers = shows.astype(np.float64)  # matrix products need floats
        is_first = np.diff(feature, prepend=-1) != 0
        self._starts = np.flatnonzero(is_first)
        self._stretch = np.cumsum(is_first) - 1  # of each value: the number of its stretch (feature with any value)
        count = np.arange(self.n + 2, dtype=np.float64)
        self._c_log_c = count * np.log2(np.maximum(count, 1.0))

    def values(self, sets_BK: Ints) -> Floats:
        n_sets, size = sets_BK.shape
        rows = max(1, BLOCK // max(1, self.shows.shape[1]))
        values = np.empty(n_sets)
        for start in range(0, n_sets, rows):
            chunk = sets_BK[start : start + rows]
            count_BE = np.zeros((len(chunk), self.shows.shape[1]), dtype=np.int32)
            for position in range(size):
                count_BE += self.shows[chunk[:, position]]
            values[start : start + rows] = self._entropy(count_BE)
        return values

    def additions(self, members: Ints) -> Floats:
        values = self._with_each(self.shows[members].sum(axis=0, dtype=np.int32))
        values[members] = -np.inf
        return values

    def exchanges(self, members: Ints) -> Floats:
        count_E = self.shows[members].sum(axis=0, dtype=np.int32)
        values = np.stack([self._with_each(count_E - self.shows[member]) for member in members])
        values[:, members] = -np.inf
        return values

    def _with_each(self, count_E: npt.NDArray[np.int32]) -> Floats:
        """[n]: the value of a set with these counts and one candidate more.

        A candidate adds to one value of a feature at most, so its gains in the features are simply added up.
        """
        total_E, mixed_E = (np.add.reduceat(x, self._starts)[self._stretch] for x in (count_E, self._c_log_c[count_E]))
        now_E = (self._c_log_c[total_E] - mixed_E) / np.maximum(total_E, 1)
        mixed_after_E = mixed_E - self._c_log_c[count_E] + self._c_log_c[count_E + 1]
        gain_E = (self._c_log_c[total_E + 1] - mixed_after_E) / (total_E + 1) - now_E
        values: Floats = self._entropy(count_E[None, :]) + self._numbers @ gain_E / self.n_features
        return values

    def _entropy(self, count_BE: npt.NDArray[np.int32]) -> Floats:
        # sum of -p log p over the values of a feature = log total - (sum of c log c) / total
        mixed_BF = np.add.reduceat(self._c_log_c[count_BE], self._starts, axis=1)
        total_BF = np.add.reduceat(count_BE, self._starts, axis=1)
        entropy_BF = (self._c_log_c[total_BF] - mixed_BF) / np.maximum(total_BF, 1)
        values: Floats = np.maximum(entropy_BF, 0.0).sum(axis=1) / self.n_features
        return values
