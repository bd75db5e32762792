"""Every objective against its formula, written out in plain loops."""

import itertools
import math

import numpy as np
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree

from search_spaces.objectives.best_cover import BestCover
from search_spaces.objectives.by_size import mean_over_members, mean_over_pairs
from search_spaces.objectives.closest_pair import ClosestPair
from search_spaces.objectives.eigen_entropy import EigenEntropy
from search_spaces.objectives.element_cover import ElementCover
from search_spaces.objectives.group_counts import GroupCounts
from search_spaces.objectives.log_det import LogDet
from search_spaces.objectives.mean_nearest import MeanNearest
from search_spaces.objectives.spanning_tree import SpanningTree
from search_spaces.objectives.value_entropy import ValueEntropy
from search_spaces.objectives.weighted_sum import WeightedSum
from search_spaces.objectives.widest_pair import WidestPair
from search_spaces.objectives.worst_cover import WorstCover

N = 7
SEEDS = range(4)


def random_distance(generator, n=N):
    upper = np.triu(generator.integers(1, 20, (n, n)) / 20, 1)  # few values, so that there are ties
    return upper + upper.T


def all_sets():
    for size in range(1, N + 1):
        yield from itertools.combinations(range(N), size)


def check(objective, formula):
    for members in all_sets():
        assert objective.value(np.array(members)) == pytest.approx(formula(members), abs=1e-9), members


def pairs_of(members, distance, anchor):
    pairs = [distance[i, j] for i, j in itertools.combinations(members, 2)]
    return pairs + ([] if anchor is None else [anchor[i] for i in members])


@pytest.fixture(params=SEEDS)
def generator(request):
    return np.random.default_rng(request.param)


@pytest.fixture(params=["anchor", "no anchor"])
def anchor(request, generator):
    return generator.integers(1, 20, N) / 20 if request.param == "anchor" else None


def test_closest_pair_is_the_smallest_distance(generator, anchor):
    distance = random_distance(generator)
    largest = distance.max()
    check(ClosestPair(distance, anchor), lambda s: min(pairs_of(s, distance, anchor), default=largest))


def test_widest_pair_is_minus_the_largest_distance(generator, anchor):
    distance = random_distance(generator)
    check(WidestPair(distance, anchor), lambda s: -max(pairs_of(s, distance, anchor), default=0.0))


def test_closest_and_widest_pair_do_not_read_the_diagonal(generator):
    distance = random_distance(generator)
    marked = distance + np.diag(np.full(N, 99.0)) * generator.choice([-1, 1], N)
    members = np.array([1, 3, 4])
    assert ClosestPair(marked).value(members) == ClosestPair(distance).value(members)
    assert WidestPair(marked).value(members) == WidestPair(distance).value(members)
    assert ClosestPair(marked).value(np.array([2])) == distance.max()


def test_best_cover_adds_up_the_best_similarities(generator):
    similarity, base, weight = generator.random((5, N)), generator.random(5) / 2, generator.random(5)
    check(
        BestCover(similarity, base, weight),
        lambda s: sum(weight[t] * max([base[t], *(similarity[t, j] for j in s)]) for t in range(5)),
    )


def test_worst_cover_is_that_of_the_worst_target(generator):
    similarity, base = generator.random((5, N)), generator.random(5) / 2
    check(WorstCover(similarity, base), lambda s: min(max([base[t], *(similarity[t, j] for j in s)]) for t in range(5)))


def test_element_cover_counts_each_element_once(generator):
    covers, weight, base = generator.random((N, 9)) < 0.3, generator.random(9), generator.random(9) < 0.2
    check(
        ElementCover(covers, weight, base),
        lambda s: sum(weight[e] for e in range(9) if base[e] or any(covers[i, e] for i in s)),
    )


def test_group_counts_adds_up_the_scores_of_the_counts(generator):
    group, score = generator.integers(0, 3, N), generator.normal(size=(3, N + 1))
    check(GroupCounts(group, score), lambda s: sum(score[g, sum(group[i] == g for i in s)] for g in range(3)))


def test_log_det_is_the_logarithm_of_the_determinant(generator):
    root = generator.normal(size=(N, N))
    kernel = root @ root.T + 0.1 * np.eye(N)
    # the determinant by Leibniz' formula would be slow; that of numpy by LU is another way than ours
    check(LogDet(kernel, 0.5), lambda s: 0.5 + math.log(np.linalg.det(kernel[np.ix_(s, s)])))


def test_log_det_of_twins_is_very_low_but_finite():
    value = LogDet(np.ones((2, 2))).value(np.array([0, 1]))
    assert -1e4 < value < -50


def test_spanning_tree_agrees_with_scipy(generator, anchor):
    distance = random_distance(generator)

    def weight(members):
        if anchor is None:
            return minimum_spanning_tree(distance[np.ix_(members, members)]).sum()
        points = np.zeros((N + 1, N + 1))
        points[:N, :N], points[N, :N], points[:N, N] = distance, anchor, anchor
        return minimum_spanning_tree(points[np.ix_([*members, N], [*members, N])]).sum()

    check(SpanningTree(distance, anchor), weight)


def test_mean_nearest_is_the_mean_of_the_smallest_distances(generator, anchor):
    distance = random_distance(generator)

    def mean(members):
        points = [*members] if anchor is None else [*members, "anchor"]
        if len(points) == 1:
            return 0.0

        def between(a, b):
            return anchor[a if b == "anchor" else b] if "anchor" in (a, b) else distance[a, b]

        return sum(min(between(a, b) for b in points if b != a) for a in points) / len(points)

    check(MeanNearest(distance, anchor), mean)


@pytest.mark.parametrize("has_anchor", [False, True])
def test_eigen_entropy_by_its_definition(generator, has_anchor):
    vectors = generator.normal(size=(N + has_anchor, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    def vendi(members):
        # the eigenvalues of X X' are the squared singular values of X, and zeros
        chosen = vectors[[*members, *([N] if has_anchor else [])]]
        shares = np.linalg.svd(chosen / np.sqrt(len(chosen)), compute_uv=False) ** 2
        return math.exp(-sum(p * math.log(p) for p in shares if p > 1e-14))

    check(EigenEntropy(vectors @ vectors.T, has_anchor), vendi)


def test_value_entropy_by_its_definition(generator):
    values = generator.integers(-1, 3, (N, 5))  # -1: no value
    elements = [(f, v) for f in range(5) for v in range(3)]
    shows = np.array([[values[i, f] == v for f, v in elements] for i in range(N)])

    def entropy(members):
        total = 0.0
        for f in range(5):
            seen = [values[i, f] for i in members if values[i, f] >= 0]
            for v in set(seen):
                share = seen.count(v) / len(seen)
                total -= share * math.log2(share)
        return total / 5

    check(ValueEntropy(shows, np.array([f for f, _ in elements]), 5), entropy)


def test_means_over_pairs_and_members(generator, anchor):
    distance, single = random_distance(generator), generator.random(N)
    check(
        mean_over_pairs(distance, anchor),
        lambda s: sum(pairs_of(s, distance, anchor)) / max(1, len(pairs_of(s, distance, anchor))),
    )
    check(mean_over_members(single), lambda s: sum(single[i] for i in s) / len(s))


def test_weighted_sum(generator):
    distance, single = random_distance(generator), generator.random(N)
    parts = [ClosestPair(distance), mean_over_members(single)]
    check(
        WeightedSum([2.0, -3.0], parts, 1.0),
        lambda s: 2 * min(pairs_of(s, distance, None), default=distance.max()) - 3 * np.mean(single[list(s)]) + 1,
    )
    with pytest.raises(ValueError, match="differ from 0"):
        WeightedSum([0.0, 0.0], parts)
