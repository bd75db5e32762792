"""Feasible sets that were not seen before: a random one, and the one with the largest sum of weights.

Both prove it when there is none left. Without rules sets are listed by their sum; under rules an integer program
forbids seen sets by rows ("a member leaves or an outsider enters", the cuts of Balas, Jeroslow 1972).
"""

import heapq
from collections.abc import Collection, Iterator

import numpy as np

from search_spaces.objectives.base import Floats, Ints
from search_spaces.solvers.formulations import Program
from search_spaces.solvers.integer import solve_program
from search_spaces.solvers.sampling import random_sets
from search_spaces.subset_space import SubsetSpace

N_DRAWS = 16
N_LAZY_CUTS = 4


def random_unseen(space: SubsetSpace, seen: Collection[tuple[int, ...]], generator: np.random.Generator) -> Ints | None:
    """A feasible set outside `seen`, drawn like those of `solvers.sampling.random_sets`; None when all were seen.

    Where 16 draws are all seen, few sets are left: then the one with the largest sum of random weights is taken, which
    is no longer a uniform draw.
    """
    for members in random_sets(space, N_DRAWS, generator):
        if tuple(members.tolist()) not in seen:
            return members
    return best_sum(space, generator.standard_normal(len(space.candidates)), seen)


def best_sum(space: SubsetSpace, weights: Floats, seen: Collection[tuple[int, ...]] = ()) -> Ints | None:
    """The feasible set outside `seen` with the largest sum of `weights` [n], exactly; None when all were seen."""
    if len(space.rows.matrix) == 1:
        return next((members for members in _by_sum(space, weights) if tuple(members.tolist()) not in seen), None)
    program = Program(len(space.candidates))
    program.cost = np.asarray(weights, dtype=np.float64).tolist()
    for n_cuts in range(len(seen) + 1):
        if n_cuts == N_LAZY_CUTS:
            for key in sorted(seen):
                _forbid(program, key)
        members_or_none = solve_program(program, space, np.inf).members
        if members_or_none is None or (key := tuple(members_or_none.tolist())) not in seen:
            return members_or_none
        _forbid(program, key)
    return None


def _by_sum(space: SubsetSpace, weights: Floats) -> Iterator[Ints]:
    """Without rules: all feasible sets, the largest sum first; each next one costs a few steps.

    A set of m is m rising ranks among the optional candidates, best first. Moving one rank up by one never gains, and
    every set is reached from the m best in that way; so the best of the sets reached and not yet given is the next one.
    """
    required = np.flatnonzero(space.rows.required)
    optional = np.flatnonzero(~space.rows.required)
    ranked = optional[np.argsort(-weights[optional], kind="stable")]
    values = weights[ranked].tolist()
    sizes = range(max(space.min_size - len(required), 0), space.largest_size - len(required) + 1)
    heap = [(-sum(values[:m]), tuple(range(m))) for m in sizes]
    heapq.heapify(heap)
    reached = {ranks for _, ranks in heap}
    while heap:
        cost, ranks = heapq.heappop(heap)
        yield np.sort(np.concatenate([required, ranked[list(ranks)]])).astype(np.intp)
        for position, rank in enumerate(ranks):
            bound = ranks[position + 1] if position + 1 < len(ranks) else len(values)
            moved = (*ranks[:position], rank + 1, *ranks[position + 1 :])
            if rank + 1 < bound and moved not in reached:
                reached.add(moved)
                heapq.heappush(heap, (cost + values[rank] - values[rank + 1], moved))


def _forbid(program: Program, key: tuple[int, ...]) -> None:
    signs = -np.ones(program.n_columns)
    signs[list(key)] = 1.0
    program.add_row(list(range(len(signs))), signs.tolist(), -np.inf, len(key) - 1.0)
