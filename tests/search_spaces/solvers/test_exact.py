"""Every exact method against all subsets, on random rules and numbers."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.objectives.base import Objective
from search_spaces.objectives.best_cover import BestCover
from search_spaces.objectives.by_size import BySize
from search_spaces.objectives.closest_pair import ClosestPair
from search_spaces.objectives.element_cover import ElementCover
from search_spaces.objectives.group_counts import GroupCounts
from search_spaces.objectives.pairwise_sum import PairwiseSum
from search_spaces.objectives.weighted_sum import WeightedSum
from search_spaces.objectives.widest_pair import WidestPair
from search_spaces.objectives.worst_cover import WorstCover
from search_spaces.solvers import exact, quadratic
from search_spaces.solvers.base import Solution
from search_spaces.subset_space import GroupRule, SubsetSpace

TAGS = [f"{letter * 3}_Latn" for letter in "abcdefghijklmnopqrstuvwxyz"]


def random_space(rng):
    """A space with random rules of every kind, and all of its sets."""
    while True:
        n = int(rng.integers(3, 9))
        pool = TAGS[:n]
        smallest = int(rng.integers(1, n + 1))
        largest = int(rng.integers(smallest, n + 1)) if rng.random() < 0.5 else smallest
        rules = tuple(
            GroupRule(
                name=f"group {number}",
                members=frozenset(rng.choice(pool, int(rng.integers(1, n + 1)), replace=False).tolist()),
                at_least=int(rng.integers(0, 2)),
                at_most=None if rng.random() < 0.5 else int(rng.integers(1, 5)),
            )
            for number in range(int(rng.integers(0, 4)))
        )
        budget = (
            {"costs": dict(zip(pool, (rng.random(n) * 1000).tolist(), strict=True)), "max_cost": rng.random() * n * 500}
            if rng.random() < 0.4
            else {}
        )
        required = frozenset(rng.choice(pool, int(rng.integers(0, min(3, largest))), replace=False).tolist())
        try:
            space = SubsetSpace(
                pool=pool, min_size=smallest, max_size=largest, rules=rules, required=required, **budget
            )
        except ValueError:
            continue
        if sets := all_sets(space):
            return space, sets


def all_sets(space):
    n = len(space.candidates)
    sizes = range(space.min_size, space.largest_size + 1)
    sets = [np.array(members) for size in sizes for members in combinations(range(n), size)]
    return [members for members in sets if space.allows(members)]


def symmetric(rng, n):
    """Random numbers, often tied, often of both signs."""
    kind = rng.integers(3)
    matrix = [rng.random((n, n)), rng.integers(0, 3, (n, n)).astype(float), rng.normal(size=(n, n))][kind]
    return np.triu(matrix, 1) + np.triu(matrix, 1).T


def distances(rng, n):
    return np.abs(symmetric(rng, n))


def anchor(rng, n):
    return rng.random(n) if rng.random() < 0.5 else None


def cover_numbers(rng, n):
    n_targets = int(rng.integers(1, 10))
    similarity = rng.random((n_targets, n)) if rng.random() < 0.5 else rng.integers(0, 4, (n_targets, n)) / 3
    return similarity, 0.5 * rng.random(n_targets) * (rng.random() < 0.5)


def pairwise_sum(rng, n):
    return PairwiseSum(symmetric(rng, n), rng.normal(size=n) * rng.choice([0, 1, 100]), 1.5)


def closest_pair(rng, n):
    return ClosestPair(distances(rng, n), anchor(rng, n))


def widest_pair(rng, n):
    return WidestPair(distances(rng, n), anchor(rng, n))


def best_cover(rng, n):
    similarity, base = cover_numbers(rng, n)
    return BestCover(similarity, base, rng.random(len(base)))


def worst_cover(rng, n):
    return WorstCover(*cover_numbers(rng, n))


def element_cover(rng, n):
    n_elements = int(rng.integers(1, 12))
    return ElementCover(rng.random((n, n_elements)) < 0.4, rng.random(n_elements), rng.random(n_elements) < 0.2)


def group_counts(rng, n):
    n_groups = int(rng.integers(1, 4))
    concave = np.tile(np.sqrt(np.arange(n + 1)), (n_groups, 1))
    score = rng.normal(size=(n_groups, n + 1)) if rng.random() < 0.5 else concave
    return GroupCounts(rng.integers(0, n_groups, n), score)


def pairs_by_size(rng, n):
    return BySize(pairwise_sum(rng, n), 1 / np.maximum(np.arange(n + 1), 1), 0.01 * np.arange(n + 1))


def counts_by_size(rng, n):
    return BySize(group_counts(rng, n), 1 / np.maximum(np.arange(n + 1), 1))


def sum_of_pairwise_sums(rng, n):
    return WeightedSum([0.5, 0.7], [pairwise_sum(rng, n), pairwise_sum(rng, n)], 0.3)


def sum_of_covers(rng, n):
    return WeightedSum([0.5, 0.5], [best_cover(rng, n), group_counts(rng, n)], 0.3)


def cover_and_closest_pair(rng, n):
    return WeightedSum([0.5, 0.7], [best_cover(rng, n), closest_pair(rng, n)], 0.3)


def closest_pair_in_other_units(rng, n):
    return WeightedSum([2.0], [closest_pair(rng, n)], 0.3)


def pairs_and_closest_pair(rng, n):
    return WeightedSum([0.5, 0.7], [pairwise_sum(rng, n), closest_pair(rng, n)], 0.3)


def pairs_and_cover(rng, n):
    return WeightedSum([0.5, 0.7], [pairwise_sum(rng, n), best_cover(rng, n)], 0.3)


SOLVED_BOTH_WAYS = [
    pairwise_sum,
    closest_pair,
    widest_pair,
    best_cover,
    worst_cover,
    element_cover,
    group_counts,
    pairs_by_size,
    counts_by_size,
    sum_of_pairwise_sums,
    sum_of_covers,
    closest_pair_in_other_units,
]
SOLVED_UPWARDS = [cover_and_closest_pair, pairs_and_closest_pair]


@pytest.fixture
def no_enumeration(monkeypatch):
    """Small problems reach the methods that are meant for large ones."""
    monkeypatch.setattr(exact, "N_ENUMERATED_FIRST", 0)
    monkeypatch.setattr(exact, "N_ENUMERATED", 0)
    monkeypatch.setattr(quadratic, "ENUMERATED", 0)


def some_start(objective, sets, rng):
    members = sets[int(rng.integers(len(sets)))]
    return Solution(members=members, value=objective.value(members), bound=np.inf, method="any set")


def check(objective, space, sets, start, proven):
    best = max(objective.value(members) for members in sets)
    solution = exact.solve_exact(objective, space, 60.0, start)
    assert space.allows(solution.members)
    assert solution.members.tolist() == sorted(set(solution.members.tolist()))
    assert solution.value == pytest.approx(objective.value(solution.members), abs=1e-9)
    assert solution.bound >= best - 1e-9
    assert not proven or solution.optimal
    assert not solution.optimal or solution.value == pytest.approx(best, abs=1e-8)
    at_once = exact.solve_exact(objective, space, 0.0, start)
    assert space.allows(at_once.members)
    assert at_once.bound >= best - 1e-9


@pytest.mark.parametrize("make", SOLVED_BOTH_WAYS + SOLVED_UPWARDS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("sign", ["best", "worst"])
def test_equals_the_best_of_all_sets(make, sign, no_enumeration):
    proven = sign == "best" or make in SOLVED_BOTH_WAYS

    @settings(max_examples=8, deadline=None, derandomize=True)
    @given(st.integers(0, 2**32 - 1))
    def run(seed):
        rng = np.random.default_rng(seed)
        space, sets = random_space(rng)
        objective = make(rng, len(space.candidates))
        objective = objective if sign == "best" else objective.negated()
        check(objective, space, sets, some_start(objective, sets, rng), proven)

    run()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("sign", ["best", "worst"])
def test_a_sum_without_method_of_its_own_has_a_valid_bound(seed, sign, no_enumeration):
    rng = np.random.default_rng(seed)
    space, sets = random_space(rng)
    objective = pairs_and_cover(rng, len(space.candidates))
    objective = objective if sign == "best" else objective.negated()
    check(objective, space, sets, some_start(objective, sets, rng), proven=False)


class Odd(Objective):
    """Nothing that a method knows."""

    def values(self, sets_BK):
        return np.sin(sets_BK.sum(axis=1) ** 2.0)


def test_unknown_objectives_are_enumerated_or_refused():
    few = SubsetSpace(pool=TAGS[:10], min_size=2, max_size=4)
    solution = exact.solve_exact(Odd(10), few, 60.0)
    assert solution.optimal
    assert solution.value == pytest.approx(max(Odd(10).value(members) for members in all_sets(few)))
    many = SubsetSpace(pool=TAGS, min_size=13, max_size=13)
    assert exact.solve_exact(Odd(26), many, 60.0) is None
    assert exact.solve_exact(Odd(26).negated(), many, 60.0) is None


def test_rules_that_cannot_be_met_are_named():
    space = SubsetSpace(
        pool=TAGS[:6],
        min_size=2,
        max_size=2,
        required=frozenset(TAGS[:2]),
        rules=(
            GroupRule(name="area=Africa", members=frozenset(TAGS[4:6]), at_least=1),
            GroupRule(name="script=Latn", members=frozenset(TAGS[:6]), at_least=1),
        ),
    )
    with pytest.raises(ValueError, match=r"size \(2 to 2\).*required.*area=Africa") as error:
        exact.solve_exact(PairwiseSum(np.zeros((6, 6))), space, 60.0)
    assert "script=Latn" not in str(error.value)


def test_equal_arguments_give_equal_sets(no_enumeration):
    rng = np.random.default_rng(5)
    objective = PairwiseSum(distances(rng, 14), rng.random(14))
    space = SubsetSpace(pool=TAGS[:14], min_size=5, max_size=5)
    first, second = (exact.solve_exact(objective, space, 60.0) for _ in range(2))
    assert first.members.tolist() == second.members.tolist()


@pytest.mark.parametrize("make", SOLVED_BOTH_WAYS, ids=lambda make: make.__name__)
def test_renumbering_the_candidates_changes_no_optimum(make, no_enumeration):
    rng = np.random.default_rng(7)
    order = rng.permutation(12)
    plain = make(np.random.default_rng(8), 12)
    space = SubsetSpace(pool=TAGS[:12], min_size=4, max_size=4)
    value = exact.solve_exact(plain, space, 60.0).value

    shuffled = _renumbered(plain, order)
    assert exact.solve_exact(shuffled, space, 60.0).value == pytest.approx(value, abs=1e-9)


def _renumbered(objective, order):
    match objective:
        case PairwiseSum():
            return PairwiseSum(objective.pair[np.ix_(order, order)], objective.single[order], objective.constant)
        case ClosestPair() | WidestPair():
            near = None if objective.anchor is None else objective.anchor[order]
            return type(objective)(objective.distance[np.ix_(order, order)], near)
        case BestCover():
            return BestCover(objective.similarity[:, order], objective.base, objective.weight)
        case WorstCover():
            return WorstCover(objective.similarity[:, order], objective.base)
        case ElementCover():
            return ElementCover(objective.covers[order], objective.weight, objective.base)
        case GroupCounts():
            return GroupCounts(objective.group[order], objective.score)
        case BySize():
            return BySize(_renumbered(objective.inner, order), objective.factor, objective.offset)
        case WeightedSum():
            parts = [_renumbered(part, order) for part in objective.parts]
            return WeightedSum(objective.weights, parts, objective.shift)
