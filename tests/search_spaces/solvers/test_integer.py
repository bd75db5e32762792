"""Feasible sets and integer programs: cases by hand, and the checks that HiGHS's answers pass."""

import numpy as np
import pytest

from search_spaces.objectives.best_cover import BestCover
from search_spaces.objectives.group_counts import GroupCounts
from search_spaces.solvers.base import Solution
from search_spaces.solvers.formulations import Program
from search_spaces.solvers.integer import feasible_set, solve_integer, solve_program
from search_spaces.subset_space import GroupRule, SubsetSpace

TAGS = ["aaa_Latn", "bbb_Latn", "ccc_Latn", "ddd_Latn"]


def start(objective, members):
    members = np.array(members)
    return Solution(members=members, value=objective.value(members), bound=np.inf, method="given")


def test_feasible_set_prefers_what_it_is_told():
    space = SubsetSpace(pool=TAGS, min_size=2, max_size=2, required=frozenset(["aaa_Latn"]))
    assert feasible_set(space, np.array([0.0, 1.0, 3.0, 2.0])).tolist() == [0, 2]


def test_feasible_set_keeps_every_kind_of_rule():
    space = SubsetSpace(
        pool=TAGS,
        min_size=2,
        max_size=3,
        rules=(GroupRule(name="g", members=frozenset(TAGS[:2]), at_least=1, at_most=1),),
        costs=dict(zip(TAGS, [5.0, 1.0, 9.0, 2.0], strict=True)),
        max_cost=3.0,
    )
    assert feasible_set(space).tolist() == [1, 3]  # the only set that costs at most 3


def test_only_the_rules_that_clash_are_named():
    space = SubsetSpace(
        pool=TAGS,
        min_size=3,
        max_size=4,
        rules=(
            GroupRule(name="first", members=frozenset(TAGS[:2]), at_most=1),
            GroupRule(name="last", members=frozenset(TAGS[2:]), at_most=1),
            GroupRule(name="middle", members=frozenset(TAGS[1:3]), at_least=1),
        ),
    )
    with pytest.raises(ValueError, match="the size .3 to 4., first .* and last .*cannot be met together") as error:
        feasible_set(space)
    assert "middle" not in str(error.value)


def test_a_budget_that_no_set_keeps():
    costs = dict.fromkeys(TAGS, 2.0)
    space = SubsetSpace(pool=TAGS, min_size=2, max_size=2, costs=costs, max_cost=3.0)
    with pytest.raises(ValueError, match=r"the size \(2 to 2\) and the budget \(3\)"):
        feasible_set(space)


def test_a_set_a_hair_over_the_budget_is_not_taken():
    # HiGHS would let 1e-7 of the largest cost pass; the rule of the space does not
    costs = dict(zip(TAGS, [1e6, 1.0, 1.0, 1e6], strict=True))
    space = SubsetSpace(pool=TAGS, min_size=2, max_size=2, costs=costs, max_cost=1e6 + 0.9)
    members = feasible_set(space, np.array([10.0, 1.0, 1.0, 10.0]))
    assert members.tolist() == [1, 2]


def test_no_time_is_said_so():
    answer = solve_program(Program(4), SubsetSpace(pool=TAGS, min_size=2, max_size=2), 0.0)
    assert answer.members is None
    assert answer.bound == np.inf


def test_three_targets_by_hand():
    # candidates 0 and 1 serve one target each perfectly, 2 serves all three half: the first two give 2, others 1.5
    similarity = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 0.5]])
    objective = BestCover(similarity, np.zeros(3), np.array([1.0, 1.0, 0.1]))
    space = SubsetSpace(pool=TAGS[:3], min_size=2, max_size=2)
    best = solve_integer(objective, space, 60.0, start(objective, [0, 2]))
    assert best.members.tolist() == [0, 1]
    assert best.value == best.bound == 2.0
    worst = solve_integer(objective.negated(), space, 60.0, start(objective.negated(), [0, 1]))
    assert -worst.value == pytest.approx(1.55)


def test_a_table_of_counts_that_is_not_concave():
    # two of a kind are worth nothing, three are worth five
    objective = GroupCounts(np.array([0, 0, 0, 1]), np.array([[0.0, 1.0, 0.0, 5.0], [0.0, 1.0, 0.0, 0.0]]))
    space = SubsetSpace(pool=TAGS, min_size=1, max_size=3)
    best = solve_integer(objective, space, 60.0, start(objective, [0]))
    assert best.members.tolist() == [0, 1, 2]
    assert best.value == 5.0
