"""Evolution: children of good sets - the union of two parents thinned out to a feasible set, then a few exchanges.

A steady-state genetic algorithm: the population is the best of all sets told so far (by the mean of their scores), so
that there are no generations to wait for and any number of children may be under way.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.objectives.base import Ints
from search_spaces.problem import SelectionProblem
from search_spaces.searchers.base import Members, Searcher, as_key, as_members
from search_spaces.searchers.gaussian_process import Data
from search_spaces.searchers.unseen import best_sum
from search_spaces.solvers.sampling import allowed_exchanges
from search_spaces.subset_space import SubsetSpace

N_TRIES = 16
MORE_EXCHANGES = 0.35
"""After each exchange another one follows with this probability."""


class EvolutionSearcher(Searcher):
    """Union crossover and exchanges.

    Args:
        n_parents: size of the population; as many random sets come first.
        crossover: probability of two parents instead of one, in [0, 1].
    """

    name: ClassVar[str] = "evolution"

    def __init__(
        self,
        problem: SelectionProblem,
        seed: int = 0,
        *,
        distances: Mapping[str, DistanceMatrix] | None = None,
        n_parents: int = 16,
        crossover: float = 0.5,
    ) -> None:
        super().__init__(problem, seed, distances=distances)
        if n_parents < 2 or not 0 <= crossover <= 1:
            raise ValueError(
                f"Evolution needs `n_parents` of at least 2 and `crossover` in [0, 1], but has {n_parents} and "
                f"{crossover}. Correct them."
            )
        self.n_parents, self.crossover = n_parents, crossover

    def _next(self, generator: np.random.Generator) -> Ints | None:
        population = self._population()
        if len(population) < 2 or self.n_proposed < self.n_parents:
            return None
        for _ in range(N_TRIES):
            mother, father = (population[self._tournament(len(population), generator)] for _ in range(2))
            child = as_members(mother)
            if generator.random() < self.crossover:
                child = union_child(self.space, mother, father, generator)
            child = exchanged(self.space, child, generator)
            if as_key(child) not in self._seen and self.space.allows(child):
                return child
        return None

    def _population(self) -> list[Members]:
        """The best feasible sets by their mean score, best first."""
        data = Data([o.members for o in self.complete], np.array([o.score for o in self.complete], dtype=np.float64))
        ranked = sorted(zip(data.sets, data.means, strict=True), key=lambda item: (-item[1], item[0]))
        return [members for members, _ in ranked if self.space.allows(as_members(members))][: self.n_parents]

    @staticmethod
    def _tournament(n: int, generator: np.random.Generator) -> int:
        """The better of two."""
        return int(generator.integers(n, size=2).min())


def union_child(space: SubsetSpace, mother: Members, father: Members, generator: np.random.Generator) -> Ints:
    """A set of the mother's size: what both have, the rest drawn from what either has, as far as the rules allow."""
    weights = generator.random(len(space.candidates))
    weights[sorted({*mother, *father})] += 100.0
    weights[sorted({*mother} & {*father})] += 100.0
    child = best_sum(space.of_size(len(mother)), weights)
    return as_members(mother) if child is None else child


def exchanged(space: SubsetSpace, members: Ints, generator: np.random.Generator) -> Ints:
    """After one random feasible exchange, and perhaps more; where the size is free also an addition or a removal."""
    while True:
        members = random_move(space, members, generator)
        if generator.random() >= MORE_EXCHANGES:
            return members


def random_move(space: SubsetSpace, members: Ints, generator: np.random.Generator) -> Ints:
    """One random feasible exchange, addition or removal, the kinds that exist being equally likely; or no change."""
    kinds: list[list[Any]] = []
    outside = np.setdiff1d(np.arange(len(space.candidates)), members)
    allowed = allowed_exchanges(space, members)[:, outside]
    if allowed.any():
        kinds.append([(int(members[i]), int(outside[j])) for i, j in np.argwhere(allowed)])
    if space.min_size < space.largest_size:
        additions = [(None, int(j)) for j in outside if space.allows(np.append(members, j))]
        removals = [(int(i), None) for i in members if len(members) > 1 and space.allows(members[members != i])]
        kinds += [moves for moves in (additions, removals) if moves]
    if not kinds:
        return members
    moves = kinds[generator.integers(len(kinds))]
    leaves, enters = moves[generator.integers(len(moves))]
    kept = {int(i) for i in members} - {leaves}
    return as_members(tuple(sorted(kept if enters is None else kept | {enters})))
