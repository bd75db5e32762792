"""Objectives made of others: weighted sums, GIST, and sums scaled by the size of the set.

Each is brought back to problems that have an exact method of their own; `solve` (`exact.solve_exact`) is handed in.
"""

import heapq
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from search_spaces.objectives.base import Objective
from search_spaces.objectives.bottleneck import Bottleneck
from search_spaces.objectives.by_size import BySize
from search_spaces.objectives.pairwise_sum import PairwiseSum
from search_spaces.objectives.weighted_sum import WeightedSum
from search_spaces.solvers.base import TIE, Solution
from search_spaces.solvers.integer import find_set
from search_spaces.solvers.local import improve
from search_spaces.solvers.thresholds import apart, levels, pair_weights, solve_bottleneck
from search_spaces.subset_space import SubsetSpace

Solve = Callable[[Objective, SubsetSpace, float, Solution | None], Solution | None]


def one_pairwise_sum(objective: WeightedSum) -> PairwiseSum:
    """A weighted sum of pairwise sums as a single one."""
    parts = [part for part in objective.parts if isinstance(part, PairwiseSum)]
    assert len(parts) == len(objective.parts)
    pair, single, constant = np.zeros((objective.n, objective.n)), np.zeros(objective.n), objective.shift
    for weight, part in zip(objective.weights, parts, strict=True):
        pair, single = pair + weight * part.pair, single + weight * part.single
        constant += weight * part.constant
    return PairwiseSum(pair, single, constant)


def solve_by_size(
    objective: BySize, space: SubsetSpace, time_limit_s: float, start: Solution, solve: Solve
) -> Solution | None:
    """Every size by itself, the most promising one first; None where `solve` has no method for the inner objective."""
    deadline = time.monotonic() + time_limit_s
    best, bound, method = start, -np.inf, start.method
    sizes = range(max(space.min_size, int(space.rows.required.sum())), space.largest_size + 1)
    promise = {size: objective.at_size(objective.inner.upper_bound(size), size) for size in sizes}
    for size in sorted(sizes, key=lambda size: (-promise[size], size)):
        if promise[size] <= best.value + TIE * max(1.0, abs(best.value)):
            continue
        only = space.of_size(size)
        found = find_set(only)
        if found.members is None:
            continue
        known = start.members if len(start.members) == size else improve(objective.inner, only, found.members)
        if objective.value(known) > best.value:
            best = _solution(objective, known)
        # what this size has to exceed stands in for a set's value: most sizes are then given up at their first bound
        floor = (best.value - objective.at_size(0.0, size)) / float(objective.factor[size])
        inner = solve(objective.inner, only, deadline - time.monotonic(), replace(best, members=known, value=floor))
        if inner is None:
            return None
        method = inner.method
        bound = max(bound, min(promise[size], objective.at_size(inner.bound, size)))
        best = max(best, _solution(objective, inner.members), key=lambda solution: solution.value)
    return replace(best, bound=max(best.value, bound), method=method)


def solve_with_bottleneck(
    objective: Objective,
    utility: Objective,
    bottleneck: Bottleneck,
    weight: float,
    space: SubsetSpace,
    time_limit_s: float,
    start: Solution,
    solve: Solve,
) -> Solution | None:
    """objective = utility + weight * bottleneck + constant, weight > 0, for utilities that have an exact method.

    Intervals of the bottleneck's possible values are open; each has a bound on the utility from the best set that keeps
    to a lower end. The interval with the highest sum of both is halved, and the best utility above the middle is sought
    under the rules that the middle implies. (GIST, Fahrbach et al. 2025, tries a fixed grid of thresholds with greedy
    build-up instead, for its guarantee.)
    """
    deadline = time.monotonic() + time_limit_s
    weights, single = pair_weights(bottleneck)
    furthest = solve_bottleneck(bottleneck, space, time_limit_s, _solution(bottleneck, start.members))
    values = levels(weights, single, bottleneck.cap)
    values = values[values <= furthest.bound]
    constant = start.value - utility.value(start.members) - weight * bottleneck.value(start.members)
    best, n_solved, stuck = start, 0, -np.inf
    limit = utility.upper_bound(space.largest_size)
    intervals = [(-(limit + weight * values[-1] + constant), 0, len(values) - 1, limit)]
    while intervals and -intervals[0][0] > best.value + TIE * max(1.0, abs(best.value)):
        negative_bound, low, high, limit = heapq.heappop(intervals)
        middle = (low + high + 1) // 2 if n_solved else 0
        answer = _best_apart(utility, space, bottleneck, float(values[middle]), deadline, solve)
        n_solved += 1
        if answer is None or not answer.optimal:
            stuck = max(stuck, -negative_bound)
            if answer is None or time.monotonic() > deadline:
                break
            continue
        settled = middle
        if len(answer.members):
            best = max(best, _solution(objective, answer.members), key=lambda solution: solution.value)
            settled = int(np.searchsorted(values, bottleneck.value(answer.members)))
        for first, last, known in ((low, middle - 1, limit), (settled + 1, high, answer.value)):
            if first <= last and known > -np.inf:
                bound = known + weight * float(values[last]) + constant
                heapq.heappush(intervals, (-bound, first, last, known))
    bound = max([best.value, stuck] + [-entry[0] for entry in intervals])
    return replace(best, bound=bound, method=f"threshold search, {n_solved} thresholds")


def _best_apart(
    utility: Objective, space: SubsetSpace, bottleneck: Bottleneck, threshold: float, deadline: float, solve: Solve
) -> Solution | None:
    """The best utility among the sets whose bottleneck is at least the threshold; no members where there is none."""
    nothing = Solution(members=np.empty(0, dtype=np.intp), value=-np.inf, bound=-np.inf, method="")
    narrowed = apart(space, *pair_weights(bottleneck), threshold)
    if narrowed is None:
        return nothing
    found = find_set(narrowed, None, deadline - time.monotonic())
    if found.members is None:
        return nothing if found.bound == -np.inf else None
    known = improve(utility, narrowed, found.members)
    return solve(utility, narrowed, deadline - time.monotonic(), _solution(utility, known))


def bound_by_parts(
    objective: WeightedSum, space: SubsetSpace, time_limit_s: float, start: Solution, solve: Solve
) -> Solution | None:
    """The start, with the sum of the parts' own optima as bound: a gap where no method proves the sum itself."""
    deadline = time.monotonic() + time_limit_s
    bound, any_solved = objective.shift, False
    for number, (weight, part) in enumerate(zip(objective.weights, objective.parts, strict=True)):
        share = (deadline - time.monotonic()) / (len(objective.parts) - number)
        best = solve(part, space, share, _solution(part, start.members))
        any_solved = any_solved or best is not None
        bound += weight * (part.upper_bound(space.largest_size) if best is None else best.bound)
    if not any_solved:
        return None
    method = f"{start.method}, bound by the optimum of each part"
    return replace(start, bound=max(start.value, min(bound, start.bound)), method=method)


def solve_single(
    objective: WeightedSum, space: SubsetSpace, time_limit_s: float, start: Solution, solve: Solve
) -> Solution | None:
    """A sum with one part is that part in other units."""
    (part,), (weight,) = objective.parts, objective.weights
    inner = solve(part, space, time_limit_s, _solution(part, start.members))
    if inner is None:
        return None
    bound = weight * inner.bound + objective.shift
    return replace(_solution(objective, inner.members), bound=bound, method=inner.method)


def without_part(objective: WeightedSum, number: int) -> Objective:
    """The other parts: a pairwise sum where they all are, else a weighted sum."""
    rest = [i for i in range(len(objective.parts)) if i != number]
    others = WeightedSum([objective.weights[i] for i in rest], [objective.parts[i] for i in rest])
    return one_pairwise_sum(others) if are_pairwise(others.parts) else others


def are_pairwise(parts: Sequence[Objective]) -> bool:
    return all(isinstance(part, PairwiseSum) for part in parts)


def _solution(objective: Objective, members: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Solution:
    return Solution(members=members, value=objective.value(members), bound=float("inf"), method="")
