"""Enumeration against itertools, and the order that decides ties."""

from itertools import combinations

import numpy as np

from search_spaces.objectives.base import Objective
from search_spaces.objectives.pairwise_sum import PairwiseSum
from search_spaces.solvers import enumeration
from search_spaces.solvers.base import Solution
from search_spaces.solvers.enumeration import count_sets, feasible_blocks, solve_by_enumeration
from search_spaces.subset_space import GroupRule, SubsetSpace

TAGS = [f"{letter * 3}_Latn" for letter in "abcdefghij"]


def start(objective, members):
    members = np.array(members)
    return Solution(members=members, value=objective.value(members), bound=np.inf, method="given")


def test_blocks_hold_every_allowed_set_once_and_in_order(monkeypatch):
    monkeypatch.setattr(enumeration, "CELLS", 20)
    rule = GroupRule(name="g", members=frozenset(TAGS[2:5]), at_least=1, at_most=2)
    space = SubsetSpace(pool=TAGS, min_size=4, max_size=4, required=frozenset([TAGS[6]]), rules=(rule,))
    found = [tuple(members) for block in feasible_blocks(space.rows, 4) for members in block.tolist()]
    expected = [m for m in combinations(range(10), 4) if 6 in m and 1 <= len({2, 3, 4} & set(m)) <= 2]
    assert found == expected


def test_counts_by_size():
    assert count_sets(SubsetSpace(pool=TAGS, min_size=2, max_size=3)) == 45 + 120
    assert count_sets(SubsetSpace(pool=TAGS, min_size=1, max_size=3, required=frozenset(TAGS[:2]))) == 1 + 8


def test_ties_go_to_the_lowest_numbers(monkeypatch):
    monkeypatch.setattr(enumeration, "CELLS", 6)
    objective = PairwiseSum(np.ones((10, 10)), np.linspace(0, 1e-12, 10))  # equal up to rounding
    space = SubsetSpace(pool=TAGS, min_size=3, max_size=3)
    solution = solve_by_enumeration(objective, space, 60.0, start(objective, [7, 8, 9]))
    assert solution.members.tolist() == [0, 1, 2]
    assert solution.optimal


class Sum(Objective):
    """Knows that no set is worth more than 100."""

    def values(self, sets_BK):
        return sets_BK.sum(axis=1).astype(float)

    def upper_bound(self, max_size):
        return 100.0


def test_no_time_gives_the_start_and_the_known_bound():
    space = SubsetSpace(pool=TAGS, min_size=2, max_size=2)
    solution = solve_by_enumeration(Sum(10), space, 0.0, start(Sum(10), [0, 1]))
    assert (solution.members.tolist(), solution.value, solution.bound) == ([0, 1], 1.0, 100.0)
    best = solve_by_enumeration(Sum(10), space, 60.0, start(Sum(10), [0, 1]))
    assert (best.members.tolist(), best.value, best.bound) == ([8, 9], 17.0, 17.0)
