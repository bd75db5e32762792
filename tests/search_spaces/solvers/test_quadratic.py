"""Branch and bound and its two bounds: small cases by hand, the published sets of the URIEL+ distances."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.objectives.pairwise_sum import PairwiseSum
from search_spaces.solvers.base import Solution
from search_spaces.solvers.quadratic import solve_quadratic
from search_spaces.solvers.relaxations import Quadratic, linear_bound, partner_bound, semidefinite_bound
from search_spaces.subset_space import GroupRule, SubsetSpace

NEVER = float("inf")
BOUNDS = [partner_bound, semidefinite_bound]


def solve(objective, space, time_limit_s=600.0, members=None):
    members = np.arange(space.min_size) if members is None else np.array(members)
    start = Solution(members=members, value=objective.value(members), bound=np.inf, method="first ones")
    return solve_quadratic(objective, space, time_limit_s, start)


def test_three_languages_by_hand():
    pair = np.array([[0, 1, 2], [1, 0, 4], [2, 4, 0]], dtype=float)
    space = SubsetSpace(pool=["aaa_Latn", "bbb_Latn", "ccc_Latn"], min_size=2, max_size=2)
    farthest = solve(PairwiseSum(pair), space)
    assert (farthest.members.tolist(), farthest.value, farthest.bound) == ([1, 2], 4.0, 4.0)
    nearest = solve(PairwiseSum(-pair), space, members=[1, 2])
    assert (nearest.members.tolist(), nearest.value) == ([0, 1], -1.0)
    with_anchor = solve(PairwiseSum(pair, np.array([5.0, 0.0, 0.0])), space)
    assert (with_anchor.members.tolist(), with_anchor.value) == ([0, 2], 7.0)


def random_quadratic(rng, n_rules):
    n = int(rng.integers(4, 10))
    size = int(rng.integers(2, n))
    pair = np.triu(rng.normal(size=(n, n)) * rng.choice([0.001, 1, 1000]), 1)
    matrix = rng.random((n_rules, n))
    inside = np.sort(rng.permutation(n)[:size])
    total = matrix[:, inside].sum(axis=1)
    low = np.where(rng.random(n_rules) < 0.5, total - rng.random(n_rules), -np.inf)
    high = np.where(rng.random(n_rules) < 0.7, total, np.inf)
    return Quadratic(pair + pair.T, rng.normal(size=n), 0.5, size, matrix, low, high)


def allowed_values(problem):
    """(x, value) of every allowed set."""
    n = len(problem.single)
    for number in range(2**n):
        x = np.array([number >> i & 1 for i in range(n)], dtype=float)
        totals = problem.matrix @ x
        if x.sum() == problem.size and (totals >= problem.low - 1e-9).all() and (totals <= problem.high + 1e-9).all():
            yield x, 0.5 * x @ problem.pair @ x + problem.single @ x + problem.constant


@pytest.mark.parametrize("bound_by", BOUNDS)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), n_rules=st.integers(0, 2))
def test_no_set_exceeds_a_bound_nor_its_prices(bound_by, seed, n_rules):
    problem = random_quadratic(np.random.default_rng(seed), n_rules)
    values = [value for _, value in allowed_values(problem)]
    bound = bound_by(problem, max(values, default=0.0), NEVER)
    scale = 1e-9 * max(1.0, np.abs(problem.pair).max())
    for x, value in allowed_values(problem):
        against = np.where(bound.prices > 0, 1 - x, x) * np.abs(bound.prices)
        assert value <= bound.value - against.sum() + scale


@pytest.mark.parametrize("bound_by", BOUNDS)
def test_a_bound_that_stops_at_once_is_still_one(bound_by):
    problem = random_quadratic(np.random.default_rng(1), 1)
    bound = bound_by(problem, 0.0, 0.0)
    assert all(value <= bound.value + 1e-9 for _, value in allowed_values(problem))


def test_rules_that_clash_have_no_bound():
    problem = Quadratic(np.zeros((4, 4)), np.zeros(4), 0.0, 2, np.ones((1, 4)), np.array([3.0]), np.array([np.inf]))
    assert partner_bound(problem, 0.0, NEVER).value == -np.inf
    assert linear_bound(np.zeros(4), problem).value == -np.inf


def test_the_semidefinite_bound_is_tight_for_points_on_a_line():
    # |i - j| is of negative type; the best four of ten points on a line are two at either end
    place = np.arange(10.0)
    problem = Quadratic(
        np.abs(place[:, None] - place[None, :]), np.zeros(10), 0.0, 4, np.empty((0, 10)), np.empty(0), np.empty(0)
    )
    best = max(value for _, value in allowed_values(problem))
    assert best == 34.0  # 9 + 8 + 8 + 7 + 1 + 1
    assert semidefinite_bound(problem, best, NEVER).value == pytest.approx(best, rel=0.01)


class UrielPlus:
    """The published distance matrix by the codes of its file."""

    def __init__(self, path):
        with path.open(encoding="utf-8") as file:
            rows = list(csv.reader(file))
        self.names = rows[0][1:]
        self.matrix = np.array([[float(cell) for cell in row[1:]] for row in rows[1:]])
        self.english = next(name for name in self.names if name.startswith("en"))

    def solve(self, size, sign, anchored, pool=None, **rules):
        pool = [name for name in self.names if name != self.english] if pool is None else pool
        space = SubsetSpace(pool=pool, min_size=size, max_size=size, **rules)
        at = [self.names.index(name) for name in space.candidates]
        near = self.matrix[self.names.index(self.english), at] if anchored else np.zeros(len(at))
        objective = PairwiseSum(sign * self.matrix[np.ix_(at, at)], sign * near)
        return space, objective, solve(objective, space)


@pytest.fixture
def published(shared_file):
    strategies = json.loads(shared_file("reference/strategies.json").read_text())
    return UrielPlus(shared_file("reference/urielplus_featural_softimpute_distance.csv")), strategies


@pytest.mark.parametrize(
    ("name", "sign", "anchored", "pool"),
    [
        ("least_uriel_en_5", -1, True, None),
        ("least_uriel_en_10", -1, True, None),
        ("least_uriel_5", -1, False, None),
        ("abla_most_uriel_joshi45", 1, True, "abla_random_joshi45"),
        ("abla_most_uriel_joshi3", 1, True, "abla_random_joshi3"),
        ("abla_most_uriel_seen_mbert", 1, True, "abla_random_seen_mbert"),
    ],
)
def test_published_sets_are_the_optima(published, name, sign, anchored, pool):
    uriel, strategies = published
    space, _, solution = uriel.solve(len(strategies[name]), sign, anchored, strategies[pool] if pool else None)
    assert solution.optimal
    assert sorted(space.languages(solution.members)) == sorted(strategies[name])


@pytest.mark.parametrize(
    ("size", "anchored", "printed"),
    [
        pytest.param(5, True, 10.26, marks=pytest.mark.slow),
        pytest.param(5, False, 7.00, marks=pytest.mark.slow),
        (10, True, 36.82),
        (10, False, 30.50),
        (20, True, 135.5),
        (40, True, 505.2),
    ],
)
def test_most_dispersed_sets_reach_the_printed_sums(published, size, anchored, printed):
    _, _, solution = published[0].solve(size, 1, anchored)
    assert solution.optimal
    assert solution.value >= printed - 0.05 * (printed > 100) - 0.005  # printed with four or three digits


@pytest.mark.parametrize(("size", "printed"), [(20, 105.12), (40, 446.9)])
def test_least_dispersed_sets_reach_the_printed_sums(published, size, printed):
    _, _, solution = published[0].solve(size, -1, True)
    assert solution.optimal
    assert -solution.value <= printed + 0.05


def test_no_exchange_improves_an_optimum_under_rules(published):
    uriel, _ = published
    africa = ["swh_Latn", "yor_Latn", "zul_Latn", "hau_Latn", "amh_Ethi", "lug_Latn"]
    rules = (
        GroupRule(name="Africa", members=frozenset(africa), at_least=2, at_most=3),
        GroupRule(name="Romance", members=frozenset(["es", "pt", "it", "fr", "ro"]), at_least=1),
    )
    space, objective, solution = uriel.solve(8, 1, True, rules=rules, required=frozenset(["hi"]))
    # the first languages of the alphabet need not keep the rules: the search has to leave them
    assert space.allows(solution.members)
    assert solution.optimal
    for position in range(8):
        for outsider in range(objective.n):
            other = solution.members.copy()
            other[position] = outsider
            if len(set(other.tolist())) == 8 and space.allows(other):
                assert objective.value(other) <= solution.value + 1e-9


def test_no_time_gives_a_gap(published):
    uriel, _ = published
    space, objective, _ = uriel.solve(10, 1, True)
    solution = solve(objective, space, 0.0)
    assert solution.members.tolist() == list(range(10))
    assert solution.value < 36.8 < solution.bound < np.inf
