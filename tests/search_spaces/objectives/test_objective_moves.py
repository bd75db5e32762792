"""Additions, exchanges and removals against `values`, upper bounds against all sets, for every objective."""

import itertools

import numpy as np
import pytest

from search_spaces.objectives.best_cover import BestCover
from search_spaces.objectives.by_size import BySize, mean_over_members, mean_over_pairs
from search_spaces.objectives.closest_pair import ClosestPair
from search_spaces.objectives.eigen_entropy import EigenEntropy
from search_spaces.objectives.element_cover import ElementCover
from search_spaces.objectives.group_counts import GroupCounts
from search_spaces.objectives.log_det import LogDet
from search_spaces.objectives.mean_nearest import MeanNearest
from search_spaces.objectives.pairwise_sum import PairwiseSum
from search_spaces.objectives.spanning_tree import SpanningTree
from search_spaces.objectives.value_entropy import ValueEntropy
from search_spaces.objectives.weighted_sum import WeightedSum
from search_spaces.objectives.widest_pair import WidestPair
from search_spaces.objectives.worst_cover import WorstCover

N = 8
SEEDS = range(5)


def distance_of(generator, n=N):
    upper = np.triu(generator.integers(0, 12, (n, n)) / 12, 1)
    return upper + upper.T


def anchor_of(generator):
    return generator.integers(0, 12, N) / 12


def kernel_of(generator, n=N):
    root = generator.normal(size=(n, n))
    kernel = root @ root.T + 0.05 * np.eye(n)
    length = np.sqrt(np.diagonal(kernel))
    return kernel / np.outer(length, length)


def gist_of(generator):
    parts = [BestCover(generator.random((6, N)), np.zeros(6), np.full(6, 1 / 6)), ClosestPair(distance_of(generator))]
    return WeightedSum([1.0, 0.7], parts, -0.2)


def value_entropy_of(generator):
    shows = generator.integers(-1, 2, (N, 4))[:, :, None] == np.arange(2)
    return ValueEntropy(shows.reshape(N, 8), np.repeat(np.arange(4), 2), 4)


def balance_of(generator):
    count = np.arange(N + 1.0)
    concave = -count * np.log(np.maximum(count, 1))
    inner = GroupCounts(generator.integers(0, 3, N), np.tile(concave, (3, 1)))
    return BySize(inner, 1 / np.maximum(count, 1), np.log(np.maximum(count, 1)))


BUILDERS = {
    "closest pair": lambda g: ClosestPair(distance_of(g)),
    "closest pair, anchor": lambda g: ClosestPair(distance_of(g), anchor_of(g)),
    "widest pair": lambda g: WidestPair(distance_of(g)),
    "widest pair, anchor": lambda g: WidestPair(distance_of(g), anchor_of(g)),
    "best cover": lambda g: BestCover(g.integers(0, 6, (11, N)) / 6, g.integers(0, 3, 11) / 6, g.random(11)),
    "best cover without base": lambda g: BestCover(g.random((5, N)), np.zeros(5), np.ones(5)),
    "worst cover": lambda g: WorstCover(g.integers(0, 6, (4, N)) / 6, g.integers(0, 2, 4) / 6),
    "worst cover of many": lambda g: WorstCover(g.random((11, N)), np.zeros(11)),
    "element cover": lambda g: ElementCover(g.random((N, 9)) < 0.3, g.random(9), g.random(9) < 0.2),
    "element cover without base": lambda g: ElementCover(g.random((N, 9)) < 0.3, g.random(9)),
    "group counts": lambda g: GroupCounts(g.integers(0, 3, N), g.normal(size=(3, N + 1))),
    "balance": balance_of,
    "log det": lambda g: LogDet(kernel_of(g), 0.3),
    "eigen entropy": lambda g: EigenEntropy(kernel_of(g)),
    "eigen entropy, anchor": lambda g: EigenEntropy(kernel_of(g, N + 1), has_anchor=True),
    "spanning tree": lambda g: SpanningTree(distance_of(g)),
    "spanning tree, anchor": lambda g: SpanningTree(distance_of(g), anchor_of(g)),
    "mean nearest": lambda g: MeanNearest(distance_of(g)),
    "mean nearest, anchor": lambda g: MeanNearest(distance_of(g), anchor_of(g)),
    "value entropy": value_entropy_of,
    "pairwise sum": lambda g: PairwiseSum(distance_of(g), anchor_of(g)),
    "mean over pairs": lambda g: mean_over_pairs(distance_of(g), anchor_of(g)),
    "mean over members": lambda g: mean_over_members(anchor_of(g)),
    "weighted sum": gist_of,
    "weighted sum with a negative weight": lambda g: WeightedSum(
        [-1.0, 0.0, 2.0], [SpanningTree(distance_of(g)), LogDet(kernel_of(g)), WidestPair(distance_of(g))]
    ),
}


@pytest.fixture(params=SEEDS)
def generator(request):
    return np.random.default_rng([request.param, 77])


@pytest.fixture(params=BUILDERS)
def objective(request, generator):
    return BUILDERS[request.param](generator)


@pytest.fixture(params=["as it is", "negated"])
def either(request, objective):
    return objective if request.param == "as it is" else objective.negated()


def test_additions(either, generator):
    for size in (0, 1, 2, 4, N - 1):
        members = generator.permutation(N)[:size]
        result = either.additions(members)
        assert result.shape == (N,)
        for candidate in range(N):
            if candidate in members:
                assert result[candidate] == -np.inf
            else:
                assert result[candidate] == pytest.approx(either.value(np.append(members, candidate)), abs=1e-8)


def test_exchanges(either, generator):
    for size in (1, 2, 4, N - 1):
        members = generator.permutation(N)[:size]
        result = either.exchanges(members)
        assert result.shape == (size, N)
        for position, candidate in itertools.product(range(size), range(N)):
            if candidate in members:
                assert result[position, candidate] == -np.inf
            else:
                after = members.copy()
                after[position] = candidate
                assert result[position, candidate] == pytest.approx(either.value(after), abs=1e-8)


def test_removals(either, generator):
    for size in (2, 4, N):
        members = generator.permutation(N)[:size]
        expected = [either.value(np.delete(members, position)) for position in range(size)]
        assert either.removals(members) == pytest.approx(expected, abs=1e-8)


def test_the_order_inside_a_set_does_not_matter(either, generator):
    members = generator.permutation(N)[:5]
    assert either.value(members) == pytest.approx(either.value(np.sort(members)), abs=1e-12)


def test_negation_turns_the_sign(objective):
    sets = np.array(list(itertools.combinations(range(N), 3)))
    assert objective.negated().values(sets) == pytest.approx(-objective.values(sets))
    assert objective.negated().negated().values(sets) == pytest.approx(objective.values(sets))


def test_no_set_exceeds_the_upper_bound(either):
    largest = -np.inf
    for size in range(1, N + 1):
        largest = max(largest, either.values(np.array(list(itertools.combinations(range(N), size)))).max())
        assert either.upper_bound(size) >= largest - 1e-9


def best_by_brute_force(objective, size):
    return objective.values(np.array(list(itertools.combinations(range(N), size)))).max()


def test_the_bound_of_group_counts_is_reached(generator):
    objective = BUILDERS["group counts"](generator)
    reached = max(best_by_brute_force(objective, size) for size in (1, 2, 3, 4))
    assert objective.upper_bound(4) == pytest.approx(reached)


@pytest.mark.parametrize("name", ["best cover", "element cover", "element cover without base", "log det"])
def test_gains_shrink_as_sets_grow(name, generator):
    objective = BUILDERS[name](generator)
    for members in itertools.combinations(range(N - 1), 3):
        small, large = np.array(members[:2]), np.array(members)
        gain_small = objective.additions(small)[-1] - objective.value(small)
        gain_large = objective.additions(large)[-1] - objective.value(large)
        assert gain_small >= gain_large - 1e-9
        if name != "log det":
            assert gain_large >= -1e-12


@pytest.mark.parametrize("name", ["worst cover", "worst cover of many"])
def test_worst_cover_never_falls(name, generator):
    objective = BUILDERS[name](generator)
    members = generator.permutation(N)
    values = [objective.value(members[:size]) for size in range(1, N + 1)]
    assert np.all(np.diff(values) >= 0)


def test_sets_valued_in_chunks_are_valued_alike(generator, monkeypatch):
    objective = BestCover(generator.random((5, N)), np.zeros(5), np.ones(5))
    worst = WorstCover(generator.random((5, N)), np.zeros(5))
    members, sets = np.array([6, 1, 3]), np.array(list(itertools.combinations(range(N), 3)))
    before = [f(a) for o in (objective, worst) for f, a in ((o.values, sets), (o.additions, members))]
    before += [o.exchanges(members) for o in (objective, worst)]
    monkeypatch.setattr("search_spaces.objectives.best_cover.BLOCK", 12)
    monkeypatch.setattr("search_spaces.objectives.worst_cover.BLOCK", 12)
    after = [f(a) for o in (objective, worst) for f, a in ((o.values, sets), (o.additions, members))]
    after += [o.exchanges(members) for o in (objective, worst)]
    for one, other in zip(before, after, strict=True):
        assert np.allclose(one, other, equal_nan=True)
