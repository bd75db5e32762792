"""Threshold searches: cases by hand, and what the thresholds mean."""

import numpy as np
import pytest

from search_spaces.objectives.closest_pair import ClosestPair
from search_spaces.objectives.widest_pair import WidestPair
from search_spaces.objectives.worst_cover import WorstCover
from search_spaces.solvers.base import Solution
from search_spaces.solvers.thresholds import (
    apart,
    solve_bottleneck,
    solve_worst_bottleneck,
    solve_worst_cover,
    solve_worst_worst_cover,
)
from search_spaces.subset_space import SubsetSpace

TAGS = [f"{letter * 3}_Latn" for letter in "abcdefgh"]
LINE = np.abs(np.subtract.outer(np.arange(8.0), np.arange(8.0)))


def of_size(size, n=8):
    return SubsetSpace(pool=TAGS[:n], min_size=size, max_size=size)


def start(objective, members):
    members = np.array(members)
    return Solution(members=members, value=objective.value(members), bound=np.inf, method="given")


@pytest.mark.parametrize(("size", "gap"), [(2, 7.0), (3, 3.0), (4, 2.0), (5, 1.0), (8, 1.0)])
def test_points_on_a_line(size, gap):
    objective = ClosestPair(LINE)
    solution = solve_bottleneck(objective, of_size(size), 60.0, start(objective, range(size)))
    assert (solution.value, solution.bound) == (gap, gap)
    assert np.diff(np.sort(solution.members)).min() == gap


def test_candidates_too_near_to_the_anchor_drop_out():
    anchor = np.arange(8.0)  # the anchor sits at candidate 0
    objective = ClosestPair(LINE, anchor)
    solution = solve_bottleneck(objective, of_size(2), 60.0, start(objective, [0, 1]))
    assert solution.value == 3.0
    assert solution.members.min() >= 3


@pytest.mark.parametrize(("size", "width"), [(2, 1.0), (5, 4.0)])
def test_neighbours_on_a_line_are_the_least_wide(size, width):
    objective = WidestPair(LINE)
    solution = solve_bottleneck(objective, of_size(size), 60.0, start(objective, np.arange(8)[-size:]))
    assert -solution.value == width


def test_the_least_apart_hold_the_closest_pair():
    distance = LINE.copy()
    distance[2, 6] = distance[6, 2] = 0.25
    objective = ClosestPair(distance).negated()
    solution = solve_worst_bottleneck(objective, of_size(3), 60.0, start(objective, [0, 1, 2]))
    assert (solution.value, solution.bound) == (-0.25, -0.25)
    assert {2, 6} <= set(solution.members.tolist())


def test_centres_of_a_line():
    objective = WorstCover(-LINE, np.full(8, -100.0))
    solution = solve_worst_cover(objective, of_size(2), 60.0, start(objective, [0, 1]))
    assert -solution.value == 2.0  # for example 2 and 5: the ends are 2 away
    worst = solve_worst_worst_cover(objective.negated(), of_size(2), 60.0, start(objective.negated(), [3, 4]))
    assert worst.value == 6.0  # 0 and 1: 7 is 6 away


def test_rules_of_a_threshold_allow_just_the_sets_above_it():
    rng = np.random.default_rng(3)
    weight = rng.integers(0, 4, (8, 8)).astype(float)
    weight = np.maximum(weight, weight.T)
    single = rng.integers(0, 4, 8).astype(float)
    space = SubsetSpace(pool=TAGS, min_size=1, max_size=8)
    objective = ClosestPair(weight, single)
    narrowed = apart(space, weight, single, 2.0)
    for number in range(1, 2**8):
        members = np.flatnonzero([number >> i & 1 for i in range(8)])
        assert narrowed.allows(members) == (objective.value(members) >= 2.0)


@pytest.mark.parametrize(
    ("solver", "objective"),
    [
        (solve_bottleneck, ClosestPair(LINE)),
        (solve_worst_bottleneck, WidestPair(LINE).negated()),
        (solve_worst_cover, WorstCover(-LINE, np.full(8, -100.0))),
        (solve_worst_worst_cover, WorstCover(-LINE, np.full(8, -100.0)).negated()),
    ],
)
def test_no_time_gives_a_gap(solver, objective):
    begin = start(objective, [3, 4])
    solution = solver(objective, of_size(2), 0.0, begin)
    in_time = solver(objective, of_size(2), 60.0, begin)
    assert solution.members.tolist() == [3, 4]
    assert solution.value < in_time.value <= solution.bound
