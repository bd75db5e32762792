"""Diverse search: sets that criteria call diverse, one criterion after the other; it learns nothing from scores.

The first turn of a criterion gives its best set, later turns near-optimal ones; draws (k-DPP) give a draw each turn.
"""

from collections.abc import Collection, Mapping
from typing import ClassVar

import numpy as np

from search_spaces.criteria.base import Draw
from search_spaces.criteria.parse import parse_criterion
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.objectives.base import Ints
from search_spaces.problem import SelectionProblem
from search_spaces.searchers.base import Searcher, as_key
from search_spaces.selection import random_values
from search_spaces.solvers.local import solve_local
from search_spaces.solvers.sampling import near_optimal

CRITERIA_IN_TURN = ("facility-location", "k-dpp")
TOLERANCE = 0.3
"""Near-optimal sets keep at least 70 % of what the best set gains over an average one."""

N_AVERAGED = 1_000
N_TRIES = 8


class DiverseSearcher(Searcher):
    """Sets by criteria.

    Args:
        criteria: taken in turn, in the words of `criteria.parse`; each must judge or draw sets of this problem.

    Raises:
        ValueError: an unknown criterion, or one for which the problem lacks what it looks at.
    """

    name: ClassVar[str] = "diverse"

    def __init__(
        self,
        problem: SelectionProblem,
        seed: int = 0,
        *,
        distances: Mapping[str, DistanceMatrix] | None = None,
        criteria: tuple[str, ...] = CRITERIA_IN_TURN,
    ) -> None:
        super().__init__(problem, seed, distances=distances)
        if not criteria:
            raise ValueError("A diverse search needs a criterion, but got none. Name one, such as 'facility-location'.")
        self._sources = [DiverseSets(problem, text) for text in criteria]

    def _next(self, generator: np.random.Generator) -> Ints | None:
        turn, which = divmod(self.n_proposed, len(self._sources))
        return self._sources[which].draw(turn, generator, self._seen)


class DiverseSets:
    """The sets of one criterion.

    Args:
        text: the criterion, in the words of `criteria.parse`.

    Raises:
        ValueError: an unknown criterion, or the problem lacks what it looks at.
    """

    def __init__(self, problem: SelectionProblem, text: str) -> None:
        self.problem, self.space = problem, problem.space
        self.chooser = parse_criterion(text)
        if isinstance(self.chooser, Draw):
            self.chooser.draw(problem, np.random.default_rng(0))  # refuses now what it would refuse later
            return
        self._objective = self.chooser.bind(problem)
        best = solve_local(self._objective, self.space)
        average = random_values(self._objective, self.space, len(best.members), N_AVERAGED).mean()
        self._best, self._threshold = best.members, best.value - TOLERANCE * (best.value - average)

    def draw(self, turn: int, generator: np.random.Generator, seen: Collection[tuple[int, ...]]) -> Ints | None:
        """The best set on turn 0, a near-optimal one (or a draw) later; None when a few tries were all seen."""
        for attempt in range(N_TRIES):
            if isinstance(self.chooser, Draw):
                members = self.chooser.draw(self.problem, generator)
            elif turn == attempt == 0:
                members = self._best
            else:
                members = near_optimal(self._objective, self.space, self._best, self._threshold, generator)
            if as_key(members) not in seen:
                return members
        return None
