"""Solution: the set that a solver found, its value, and what is known about the best possible value."""

from dataclasses import dataclass

from search_spaces.objectives.base import Ints

TIE = 1e-9
"""Values that differ by less are equal: sums in another order differ by rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Solution:
    """Args:
    members: candidate numbers, sorted.
    value: of the objective.
    bound: no feasible set exceeds it; infinite where nothing is known. Equal to `value` when the optimum is proven.
    method: how it was found, in a few words ("branch and bound", "integer program", "greedy + swaps").
    """

    members: Ints
    value: float
    bound: float
    method: str

    @property
    def optimal(self) -> bool:
        """Whether no feasible set is better (up to rounding)."""
        return self.bound <= self.value + TIE * max(1.0, abs(self.value))
