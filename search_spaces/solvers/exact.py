"""Exact solutions: one table from an objective's class to the method that proves its optimum.

Few sets are enumerated whatever the objective. Where there is neither a method nor few sets, the answer is None.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from search_spaces.objectives.base import Negated, Objective
from search_spaces.objectives.bottleneck import Bottleneck
from search_spaces.objectives.by_size import BySize
from search_spaces.objectives.closest_pair import ClosestPair
from search_spaces.objectives.pairwise_sum import PairwiseSum
from search_spaces.objectives.weighted_sum import WeightedSum
from search_spaces.objectives.widest_pair import WidestPair
from search_spaces.objectives.worst_cover import WorstCover
from search_spaces.solvers.base import Solution
from search_spaces.solvers.composite import (
    are_pairwise,
    bound_by_parts,
    one_pairwise_sum,
    solve_by_size,
    solve_single,
    solve_with_bottleneck,
    without_part,
)
from search_spaces.solvers.enumeration import count_sets, solve_by_enumeration
from search_spaces.solvers.formulations import has_formulation
from search_spaces.solvers.integer import solve_integer
from search_spaces.solvers.local import solve_local
from search_spaces.solvers.quadratic import solve_quadratic
from search_spaces.solvers.thresholds import (
    solve_bottleneck,
    solve_worst_bottleneck,
    solve_worst_cover,
    solve_worst_worst_cover,
)
from search_spaces.subset_space import SubsetSpace

N_ENUMERATED = 200_000
"""Up to so many sets are enumerated where there is no other method ..."""

N_ENUMERATED_FIRST = 20_000
"""... and up to so many where there is one: it is as fast, and decides ties by the lowest candidate numbers."""

N_CANDIDATES = 500
"""Above so many candidates no method is tried: matrices of programs and relaxations outgrow the memory."""

Method = Callable[[Any, SubsetSpace, float, Solution], Solution | None]


def solve_exact(
    objective: Objective, space: SubsetSpace, time_limit_s: float, start: Solution | None = None
) -> Solution | None:
    """The best set of a space, with a proof: `bound` equals `value`.

    When time runs out, the best set known, and a `bound` above its value that no allowed set exceeds. Equal arguments
    give equal sets (unless the time runs out); among equally good sets, enumeration takes the one with the lowest
    candidate numbers, the other methods the start or the first one they find.

    Args:
        time_limit_s: seconds; one step of a method may overrun it.
        start: the best set known; found by `solve_local` when None.

    Returns:
        None where there is no exact method for this objective and too many sets to enumerate.

    Raises:
        ValueError: no set keeps all rules.
    """
    n_sets = count_sets(space)
    method = _method(objective) if len(space.candidates) <= N_CANDIDATES else None
    few = n_sets <= (N_ENUMERATED if method is None else N_ENUMERATED_FIRST)
    if method is None and not few:
        return None
    start = start or solve_local(objective, space)
    if few:
        return solve_by_enumeration(objective, space, time_limit_s, start)
    assert method is not None
    solution = method(objective, space, time_limit_s, start)
    return replace(solution, bound=solution.value) if solution and solution.optimal else solution


def _method(objective: Objective) -> Method | None:
    """The table: the method for an objective, None where there is none."""
    if has_formulation(objective):
        return solve_integer
    if isinstance(objective, Negated):
        return WORST_METHODS.get(type(objective.inner))
    return METHODS.get(type(objective))


def _by_size(objective: BySize, space: SubsetSpace, time_limit_s: float, start: Solution) -> Solution | None:
    return solve_by_size(objective, space, time_limit_s, start, solve_exact)


def _weighted_sum(objective: WeightedSum, space: SubsetSpace, time_limit_s: float, start: Solution) -> Solution | None:
    if are_pairwise(objective.parts):
        return solve_quadratic(one_pairwise_sum(objective), space, time_limit_s, start)
    if len(objective.parts) == 1:
        return solve_single(objective, space, time_limit_s, start, solve_exact)
    bottlenecks = [number for number, part in enumerate(objective.parts) if isinstance(part, Bottleneck)]
    if len(bottlenecks) == 1:
        number = bottlenecks[0]
        part, weight = objective.parts[number], objective.weights[number]
        utility = without_part(objective, number)
        if isinstance(part, Bottleneck) and _method(utility) is not None:
            return solve_with_bottleneck(objective, utility, part, weight, space, time_limit_s, start, solve_exact)
    return bound_by_parts(objective, space, time_limit_s, start, solve_exact)


METHODS: dict[type[Objective], Method] = {
    PairwiseSum: solve_quadratic,
    ClosestPair: solve_bottleneck,
    WidestPair: solve_bottleneck,
    WorstCover: solve_worst_cover,
    BySize: _by_size,
    WeightedSum: _weighted_sum,
}

WORST_METHODS: dict[type[Objective], Method] = {
    ClosestPair: solve_worst_bottleneck,
    WidestPair: solve_worst_bottleneck,
    WorstCover: solve_worst_worst_cover,
}
