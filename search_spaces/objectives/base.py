"""What an objective is: a number for every set of candidates, larger = better, and fast answers to "what if".

A criterion (`criteria/`) turns its problem into an objective; a solver (`solvers/`) maximises it. Candidates are the
numbers 0..n-1; a set is an array of distinct ones. The order inside a set never matters.
"""

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

CHUNK = 200_000
"""Sets valued in one go, at most: bounds the memory of the defaults below."""


class Objective(ABC):
    """A set function. Subclasses give `values`; the other methods have slow defaults that a subclass may replace.

    Args:
        n: number of candidates.
    """

    def __init__(self, n: int) -> None:
        self.n = n

    @abstractmethod
    def values(self, sets_BK: Ints) -> Floats:
        """The values [B] of B sets of K candidates each (K >= 1)."""

    def value(self, members: Ints) -> float:
        """The value of one set."""
        return float(self.values(np.asarray(members, dtype=np.intp)[None, :])[0])

    def additions(self, members: Ints) -> Floats:
        """[n]: the value after adding each candidate; -inf for members."""
        outsiders = np.setdiff1d(np.arange(self.n), members)
        sets_BK = np.column_stack([np.tile(members, (len(outsiders), 1)), outsiders]).astype(np.intp)
        result = np.full(self.n, -np.inf)
        result[outsiders] = self._in_chunks(sets_BK)
        return result

    def exchanges(self, members: Ints) -> Floats:
        """[K, n]: the value after exchanging each member for each candidate; -inf where that one is a member."""
        k = len(members)
        outsiders = np.setdiff1d(np.arange(self.n), members)
        result = np.full((k, self.n), -np.inf)
        for position in range(k):
            sets_BK = np.tile(members, (len(outsiders), 1)).astype(np.intp)
            sets_BK[:, position] = outsiders
            result[position, outsiders] = self._in_chunks(sets_BK)
        return result

    def removals(self, members: Ints) -> Floats:
        """[K]: the value without each member. Needs at least two members."""
        return self._in_chunks(np.array([np.delete(members, position) for position in range(len(members))]))

    def upper_bound(self, max_size: int) -> float:
        """A value that no set of at most `max_size` members exceeds; infinite where nothing is known."""
        return float("inf")

    def negated(self) -> "Objective":
        """The objective whose best set is this one's worst."""
        return Negated(self)

    def _in_chunks(self, sets_BK: Ints) -> Floats:
        rows = max(1, CHUNK // max(1, sets_BK.shape[1]))
        parts = [self.values(sets_BK[start : start + rows]) for start in range(0, len(sets_BK), rows)]
        return np.concatenate(parts) if parts else np.empty(0)


class Negated(Objective):
    """Minus another objective."""

    def __init__(self, inner: Objective) -> None:
        super().__init__(inner.n)
        self.inner = inner

    def values(self, sets_BK: Ints) -> Floats:
        return -self.inner.values(sets_BK)

    def additions(self, members: Ints) -> Floats:
        return _negated_moves(self.inner.additions(members))

    def exchanges(self, members: Ints) -> Floats:
        return _negated_moves(self.inner.exchanges(members))

    def removals(self, members: Ints) -> Floats:
        return -self.inner.removals(members)

    def negated(self) -> Objective:
        return self.inner


def _negated_moves(values: Floats) -> Floats:
    return np.where(np.isneginf(values), values, -values)
