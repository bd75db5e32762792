"""Greedy build-up and exchanges: good sets of any objective, fast, without proof.

Build-up adds the candidate that helps most until the size is reached; exchanges then replace a member by an outsider
(or add, or remove one, where the size is free) as long as that helps. Small pools are built up from every candidate as
the first one: a single start often misses the best small set. Everything is deterministic; equal moves are decided by
the lowest candidate number.
"""

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.solvers.base import TIE, Solution
from search_spaces.solvers.integer import feasible_set
from search_spaces.solvers.sampling import allowed_exchanges, random_sets
from search_spaces.subset_space import SubsetSpace

EVERY_START = 200
"""Up to so many candidates, each one is tried as the first; of more, some."""

N_POLISHED = 8
"""So many of the best build-ups are improved by exchanges, and as many random sets."""

START_SEED = 0


def solve_greedy(objective: Objective, space: SubsetSpace) -> Solution:
    """One greedy build-up from the required languages (or from the best first candidate): the textbook method."""
    members = _build_up(objective, space, np.flatnonzero(space.rows.required))
    return _solution(objective, space, members, "greedy")


def solve_local(objective: Objective, space: SubsetSpace) -> Solution:
    """The best of several greedy build-ups and random sets after exchanges."""
    required = np.flatnonzero(space.rows.required)
    starts = [_build_up(objective, space, required)]
    if space.max_cost is not None:
        starts.append(_build_up(objective, space, required, per_cost=True))
    if not len(required):
        starts += [_build_up(objective, space, np.array([first], dtype=np.intp)) for first in _firsts(objective)]
    starts = _best_distinct(objective, starts)[:N_POLISHED]
    n_random = N_POLISHED if len(space.candidates) <= EVERY_START else 1
    starts += random_sets(space, n_random, np.random.default_rng(START_SEED))
    ends = [improve(objective, space, start) for start in starts]
    return _solution(objective, space, _best_distinct(objective, ends)[0], "greedy + exchanges")


def improve(objective: Objective, space: SubsetSpace, members: Ints) -> Ints:
    """Makes the best feasible exchange, addition or removal until none raises the value."""
    value = objective.value(members)
    if np.isnan(value):
        raise ValueError("The value of a set must be a number, but a criterion gave nan. Correct it.")
    while True:
        options = [_best_exchange(objective, space, members), *_best_resizes(objective, space, members)]
        best_value, best = max(options, key=lambda option: option[0])
        if not best_value > (value + TIE * max(1.0, abs(value)) if np.isfinite(value) else value):  # nan ends it too
            return members
        value, members = best_value, best


def _best_exchange(objective: Objective, space: SubsetSpace, members: Ints) -> tuple[float, Ints]:
    if len(members) == len(space.candidates):
        return -np.inf, members
    values = np.where(allowed_exchanges(space, members), objective.exchanges(members), -np.inf)
    position, outsider = np.unravel_index(_first_largest(values.ravel()), values.shape)
    return float(values[position, outsider]), np.sort(np.append(np.delete(members, position), outsider)).astype(np.intp)


def _best_resizes(objective: Objective, space: SubsetSpace, members: Ints) -> list[tuple[float, Ints]]:
    """The best addition and the best removal, where the size is not fixed."""
    options: list[tuple[float, Ints]] = []
    rows = space.rows
    totals = rows.matrix[:, members].sum(axis=1)
    if len(members) < space.largest_size:
        values = np.where(rows.allow((totals[:, None] + rows.matrix).T), objective.additions(members), -np.inf)
        added = _first_largest(values)
        options.append((float(values[added]), np.sort(np.append(members, added)).astype(np.intp)))
    if len(members) > space.min_size:
        removable = rows.allow((totals[:, None] - rows.matrix[:, members]).T) & ~rows.required[members]
        values = np.where(removable, objective.removals(members), -np.inf)
        options.append((float(values.max()), np.delete(members, _first_largest(values))))
    return options


def _build_up(objective: Objective, space: SubsetSpace, members: Ints, per_cost: bool = False) -> Ints:
    """Adds the best candidate until the size is reached, or - once it is large enough - nothing helps.

    `per_cost`: the best is the one that gains most for its cost (Leskovec et al. 2007, "Cost-effective outbreak
    detection in networks", who take the better of both ways).
    """
    costs = np.array([max(space.costs[tag], TIE) for tag in space.candidates]) if per_cost else 1.0
    rows = space.rows
    value = -np.inf
    while len(members) < space.largest_size:
        totals = rows.matrix[:, members].sum(axis=1)
        values = _first_values(objective) if not len(members) else objective.additions(members)
        values = np.where(_can_go_on(space, totals, len(members)), values, -np.inf)
        gains = values - value if np.isfinite(value) else values - values[np.isfinite(values)].min(initial=0.0)
        added = _first_largest(gains / costs)
        large_enough = len(members) >= space.min_size and bool(rows.allow(totals))
        if np.isneginf(values[added]) or (large_enough and values[added] <= value + TIE):
            break
        value = values[added]
        members = np.sort(np.append(members, added)).astype(np.intp)
    if space.allows(members):
        return members
    chosen = np.zeros(len(space.candidates))
    chosen[members] = 1.0
    return feasible_set(space, chosen)


def _firsts(objective: Objective) -> list[int]:
    """Where to begin: everywhere in a small pool; in a large one at some of those that are equally good by themselves
    (for distances without an anchor these are all).
    """
    if objective.n <= EVERY_START:
        return list(range(objective.n))
    values = _first_values(objective)
    tied = np.flatnonzero(values >= values.max() - TIE * max(1.0, abs(values.max())))
    if len(tied) == 1:  # the plain build-up has begun there
        return []
    return [int(tied[number * len(tied) // N_POLISHED]) for number in range(min(N_POLISHED, len(tied)))]


def _first_values(objective: Objective) -> Floats:
    return objective.values(np.arange(objective.n, dtype=np.intp)[:, None])


def _can_go_on(space: SubsetSpace, totals: Floats, size: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """[n]: whether the set with this candidate breaks no upper limit and leaves room for each lower one."""
    rows = space.rows
    after = totals[:, None] + rows.matrix
    fits = np.asarray((after <= rows.high[:, None] + TIE).all(axis=0))
    counted = np.asarray((rows.matrix[1:] <= 1).all(axis=1))  # group rules; costs have no lower limit
    lacking = np.where(counted[:, None], np.maximum(rows.low[1:, None] - after[1:], 0.0), 0.0)
    fits &= (lacking <= space.largest_size - size - 1 + TIE).all(axis=0)
    return fits


def _best_distinct(objective: Objective, sets: list[Ints]) -> list[Ints]:
    """Different sets, best first; equal ones by their candidate numbers."""
    unique = {tuple(members.tolist()): members for members in sets}
    valued = [(objective.value(members), key) for key, members in unique.items()]
    best = max(value for value, _ in valued)
    margin = TIE * max(1.0, abs(best))
    valued.sort(key=lambda item: (item[0] < best - margin, 0.0 if item[0] >= best - margin else -item[0], item[1]))
    return [unique[key] for _, key in valued]


def _first_largest(values: Floats) -> int:
    """The lowest number among those that are largest up to rounding."""
    largest = values.max()
    return int(np.argmax(values >= largest - TIE * max(1.0, abs(largest)))) if np.isfinite(largest) else 0


def _solution(objective: Objective, space: SubsetSpace, members: Ints, method: str) -> Solution:
    value = objective.value(members)
    return Solution(
        members=members, value=value, bound=max(value, objective.upper_bound(space.largest_size)), method=method
    )
