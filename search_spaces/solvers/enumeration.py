"""Enumeration: the best set of any objective by looking at every one, for spaces of few sets.

Small sizes come first, the sets of one size in the lexicographic order of their candidate numbers, many at once; among
equally good ones the first is taken.
"""

import time
from collections.abc import Iterator
from itertools import chain, combinations, islice
from math import comb

import numpy as np

from search_spaces.objectives.base import Ints, Objective
from search_spaces.solvers.base import TIE, Solution
from search_spaces.subset_space import Rows, SubsetSpace

CELLS = 100_000
"""Members of all sets looked at in one go: bounds the memory, and the time between two looks at the clock."""


def count_sets(space: SubsetSpace) -> int:
    """Sets of the allowed sizes that hold the required candidates; the other rules are not counted."""
    n_required = int(space.rows.required.sum())
    n_optional = len(space.candidates) - n_required
    return sum(comb(n_optional, size - n_required) for size in _sizes(space))


def feasible_blocks(rows: Rows, size: int) -> Iterator[Ints]:
    """The sets [B, size] of one size that keep all rules, in blocks (also empty ones), in order, members sorted."""
    required, optional = np.flatnonzero(rows.required), np.flatnonzero(~rows.required)
    n_drawn = size - len(required)
    draws = combinations(optional.tolist(), n_drawn)
    while block := list(islice(draws, max(1, CELLS // max(1, size)))):
        drawn = np.fromiter(chain.from_iterable(block), dtype=np.intp).reshape(len(block), n_drawn)
        sets_BK = np.column_stack([np.tile(required, (len(block), 1)), drawn]).astype(np.intp)
        sets_BK.sort(axis=1)  # keeps the order of the sets: all hold the same required ones
        totals = np.stack([row[sets_BK].sum(axis=1) for row in rows.matrix], axis=1)
        yield sets_BK[rows.allow(totals)]


def solve_by_enumeration(objective: Objective, space: SubsetSpace, time_limit_s: float, start: Solution) -> Solution:
    """The best of all feasible sets; when time runs out, the best one seen, with the objective's own upper bound.

    Args:
        start: a feasible set, kept when time runs out before a better one is seen.
    """
    deadline = time.monotonic() + time_limit_s
    best_value, complete = start.value, True
    firsts: list[tuple[float, Ints]] = []  # of each block, the first set as good as the best so far
    for size in _sizes(space):
        for sets_BK in feasible_blocks(space.rows, size):
            if time.monotonic() > deadline:
                complete = False
                break
            values = objective.values(sets_BK) if len(sets_BK) else np.empty(0)
            best_value = max(best_value, float(values.max(initial=-np.inf)))
            good = np.flatnonzero(values >= best_value - _margin(best_value))
            firsts += [(float(values[number]), sets_BK[number]) for number in good[:1]]
    firsts.append((start.value, start.members))
    value, members = next(entry for entry in firsts if entry[0] >= best_value - _margin(best_value))
    bound = best_value if complete else max(best_value, objective.upper_bound(space.largest_size))
    return Solution(members=np.sort(members), value=value, bound=bound, method="all sets compared")


def _sizes(space: SubsetSpace) -> range:
    return range(max(space.min_size, int(space.rows.required.sum())), space.largest_size + 1)


def _margin(value: float) -> float:
    return TIE * max(1.0, abs(value))
