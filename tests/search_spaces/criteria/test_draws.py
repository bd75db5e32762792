"""k-DPP and stratified draws: the right probabilities, the rules kept, the seed obeyed."""

import itertools
from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from search_spaces.criteria.k_dpp import KDpp
from search_spaces.criteria.stratified import RandomFamily, RandomStratified
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.problem import SelectionProblem
from search_spaces.subset_space import GroupRule, SubsetSpace

POOL = REALIGNMENT_LANGUAGES[:5]
POINTS = np.array([[0.0, 0.0], [0.1, 0.0], [0.5, 0.2], [0.3, 0.6], [0.1, 0.5], [0.2, 0.2]])  # the last one: the anchor
DISTANCE = np.linalg.norm(POINTS[:, None] - POINTS[None, :], axis=-1)
N_DRAWS = 1_000


def problem_of(anchor=None, **rules):
    return SelectionProblem(
        space=SubsetSpace(pool=POOL, **rules),
        distances=DistanceMatrix((*POOL, "eng_Latn"), DISTANCE),
        anchor=anchor,
    )


def draws(criterion, problem, n_draws=N_DRAWS, seed=1):
    generator = np.random.default_rng(seed)
    return Counter(tuple(criterion.draw(problem, generator).tolist()) for _ in range(n_draws))


def probabilities(sets, always=()):
    """Of the sets (with the points `always`), by determinants of the Gaussian kernel."""
    kernel = np.exp(-(DISTANCE**2) / (2 * 0.3**2)) + 1e-4 * np.eye(6)
    volume = np.array([np.linalg.det(kernel[np.ix_([*s, *always], [*s, *always])]) for s in sets])
    return volume / volume.sum()


def check_frequencies(counts, sets, expected):
    assert set(counts) <= set(sets)
    observed = np.array([counts[s] for s in sets])
    kept = expected * observed.sum() >= 5  # the test holds for expected counts from 5
    observed = np.append(observed[kept], observed[~kept].sum())
    expected = np.append(expected[kept], expected[~kept].sum()) * observed.sum()
    some = expected > 0
    assert chisquare(observed[some], expected[some]).pvalue > 0.001


PAIRS = list(itertools.combinations(range(5), 2))


@pytest.mark.parametrize("anchor", [None, "eng_Latn"])
def test_k_dpp_draws_pairs_with_their_probabilities(anchor):
    counts = draws(KDpp(scale=0.3), problem_of(anchor, min_size=2, max_size=2))
    check_frequencies(counts, PAIRS, probabilities(PAIRS, () if anchor is None else (5,)))


def test_k_dpp_with_a_required_language():
    problem = problem_of(min_size=3, max_size=3, required=frozenset({POOL[1]}))
    sets = [s for s in itertools.combinations(range(5), 3) if 1 in s]
    check_frequencies(draws(KDpp(scale=0.3), problem), sets, probabilities(sets))


def test_k_dpp_with_a_rule():
    rule = GroupRule(name="first two", members=frozenset(POOL[:2]), at_least=1)
    problem = problem_of(min_size=2, max_size=2, rules=(rule,))
    sets = [s for s in PAIRS if s[0] in (0, 1)]
    check_frequencies(draws(KDpp(scale=0.3), problem), sets, probabilities(sets))


def test_k_dpp_draws_the_size_first():
    counts = draws(KDpp(scale=0.3), problem_of(min_size=1, max_size=3))
    sizes = Counter()
    for members, count in counts.items():
        sizes[len(members)] += count
    assert chisquare([sizes[1], sizes[2], sizes[3]]).pvalue > 0.001


def test_k_dpp_of_everything_and_of_all_required():
    generator = np.random.default_rng(0)
    assert KDpp().draw(problem_of(min_size=5), generator).tolist() == [0, 1, 2, 3, 4]
    everything = problem_of(min_size=5, required=frozenset(POOL))
    assert KDpp().draw(everything, generator).tolist() == [0, 1, 2, 3, 4]


LARGE = REALIGNMENT_LANGUAGES


@pytest.mark.parametrize("size", [1, 10, 40, 65])
def test_large_k_dpp_draws_are_sets(size):
    distance = np.random.default_rng(0).random((65, 65))
    distance = np.triu(distance, 1) + np.triu(distance, 1).T
    problem = SelectionProblem(
        space=SubsetSpace(pool=LARGE, min_size=size, max_size=size),
        distances=DistanceMatrix(LARGE, distance),
        anchor=None,
    )
    first = KDpp().draw(problem, np.random.default_rng(3))
    assert len(set(first.tolist())) == size
    assert first.tolist() == sorted(first.tolist())
    assert KDpp().draw(problem, np.random.default_rng(3)).tolist() == first.tolist()


GROUPS = {"kind": dict(zip(LARGE[:9], "aaaaabbbc", strict=True))}


def stratified(n_draws=1, seed=0, **rules):
    problem = SelectionProblem(space=SubsetSpace(pool=LARGE[:9], **rules), columns=GROUPS)
    return draws(RandomStratified(column="kind"), problem, n_draws, seed)


def kinds(members):
    return "".join("aaaaabbbc"[i] for i in members)


def test_turns_go_round():
    assert {kinds(s) for s in stratified(50, min_size=3, max_size=3)} == {"abc"}
    assert {kinds(s) for s in stratified(50, min_size=5, max_size=5)} == {"aabbc"}
    assert {kinds(s) for s in stratified(50, min_size=8, max_size=8)} == {"aaaabbbc"}
    assert {kinds(s) for s in stratified(50, min_size=2, max_size=2)} == {"ab", "ac", "bc"}


def test_the_languages_of_a_group_are_equally_likely():
    counts = stratified(600, min_size=3, max_size=3)
    assert len(counts) == 5 * 3
    assert chisquare(list(counts.values())).pvalue > 0.001


def test_required_languages_are_their_groups_turn():
    counts = stratified(50, min_size=3, max_size=3, required=frozenset({LARGE[2]}))
    assert {kinds(s) for s in counts} == {"abc"}
    assert all(2 in s for s in counts)


def test_stratified_draws_keep_the_rules():
    few = GroupRule(name="kind=b", members=frozenset(LARGE[5:8]), at_most=1)
    assert {kinds(s) for s in stratified(50, min_size=5, max_size=5, rules=(few,))} == {"aaabc"}
    many = GroupRule(name="first", members=frozenset(LARGE[:1]), at_least=1)
    assert all(0 in s for s in stratified(50, min_size=3, max_size=3, rules=(many,)))
    costs = dict(zip(LARGE[:9], [1.0, 9, 9, 9, 9, 2, 9, 9, 3], strict=True))
    assert set(stratified(20, min_size=3, max_size=3, costs=costs, max_cost=6.0)) == {(0, 5, 8)}
    # the budget ends most sets before the size that was drawn, but never below the smallest size
    assert all(2 <= len(s) <= 3 for s in stratified(50, min_size=2, costs=costs, max_cost=6.0))


@pytest.mark.parametrize("draw", [RandomStratified(column="kind"), KDpp()])
def test_rules_out_of_reach_are_an_error(draw):
    apart = (
        GroupRule(name="first", members=frozenset(POOL[:3]), at_least=2),
        GroupRule(name="second", members=frozenset(POOL[1:4]), at_most=0),
    )
    problem = SelectionProblem(
        space=SubsetSpace(pool=POOL, min_size=3, max_size=3, rules=apart),
        distances=DistanceMatrix(POOL, DISTANCE[:5, :5]),
        columns=GROUPS,
        anchor=None,
    )
    with pytest.raises(ValueError, match="1000 draws"):
        draw.draw(problem, np.random.default_rng(0))


def test_the_seed_decides():
    problem = SelectionProblem(space=SubsetSpace(pool=LARGE, min_size=10, max_size=10))
    drawn = [RandomFamily().draw(problem, np.random.default_rng(seed)).tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    families = [problem.labels("family")[i] for i in drawn[0]]
    assert len(set(families)) == 10


def test_the_order_of_the_pool_does_not_matter():
    one, other = (
        SelectionProblem(space=SubsetSpace(pool=pool, min_size=8, max_size=8)) for pool in (LARGE, LARGE[::-1])
    )
    draw = RandomFamily()
    assert np.array_equal(draw.draw(one, np.random.default_rng(4)), draw.draw(other, np.random.default_rng(4)))
