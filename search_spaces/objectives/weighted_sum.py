"""WeightedSum: several objectives at once, each with a weight."""

from collections.abc import Callable, Sequence

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Objective


class WeightedSum(Objective):
    """f(S) = sum of weights[p] * parts[p](S) + shift.

    Args:
        weights: one a part; a negative weight asks for little of it, 0 leaves it out.
        parts: objectives over the same candidates.
        shift: added to every value.

    Raises:
        ValueError: no weight differs from 0.
    """

    def __init__(self, weights: Sequence[float], parts: Sequence[Objective], shift: float = 0.0) -> None:
        if not any(weights):
            raise ValueError(f"At least one weight must differ from 0, but they are {list(weights)}. Raise one.")
        super().__init__(parts[0].n)
        # with positive weights only, the -inf of impossible moves stays -inf, and bounds are upper bounds
        self.parts = tuple(
            part if weight > 0 else part.negated() for weight, part in zip(weights, parts, strict=True) if weight
        )
        self.weights = tuple(abs(float(weight)) for weight in weights if weight)
        self.shift = shift

    def values(self, sets_BK: Ints) -> Floats:
        return self._summed(lambda part: part.values(sets_BK))

    def additions(self, members: Ints) -> Floats:
        return self._summed(lambda part: part.additions(members))

    def exchanges(self, members: Ints) -> Floats:
        return self._summed(lambda part: part.exchanges(members))

    def removals(self, members: Ints) -> Floats:
        return self._summed(lambda part: part.removals(members))

    def upper_bound(self, max_size: int) -> float:
        """The sum of the parts' bounds."""
        bounds = [weight * part.upper_bound(max_size) for weight, part in zip(self.weights, self.parts, strict=True)]
        return float(sum(bounds)) + self.shift

    def negated(self) -> "WeightedSum":
        return WeightedSum([-weight for weight in self.weights], self.parts, -self.shift)

    def _summed(self, read: Callable[[Objective], Floats]) -> Floats:
        terms = [weight * read(part) for weight, part in zip(self.weights, self.parts, strict=True)]
        total: Floats = np.sum(terms, axis=0) + self.shift
        return total
