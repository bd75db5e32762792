"""The best sum under rules against brute force; uniform draws; the proof that nothing is left."""

import itertools
from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.searchers.unseen import best_sum, random_unseen
from search_spaces.subset_space import GroupRule, SubsetSpace

POOL = tuple(sorted(REALIGNMENT_LANGUAGES[:7]))
SPACES = [
    SubsetSpace(pool=POOL, min_size=3, max_size=3),
    SubsetSpace(pool=POOL, min_size=2, max_size=5, required=frozenset(POOL[:1])),
    SubsetSpace(pool=POOL, min_size=2, max_size=4, costs=dict(zip(POOL, range(1, 8), strict=True)), max_cost=9.0),
    SubsetSpace(
        pool=POOL, min_size=3, max_size=4, rules=(GroupRule(name="g", members=frozenset(POOL[:4]), at_most=1),)
    ),
]


def feasible(space):
    sizes = range(space.min_size, space.largest_size + 1)
    sets = itertools.chain.from_iterable(itertools.combinations(range(7), size) for size in sizes)
    return [members for members in sets if space.allows(np.array(members))]


@pytest.mark.parametrize("space", SPACES)
def test_best_sums_come_in_order_until_none_is_left(space):
    weights = np.random.default_rng(0).normal(size=7)
    ranked = sorted(feasible(space), key=lambda members: -weights[list(members)].sum())
    seen = set()
    for expected in ranked[:6]:
        found = tuple(best_sum(space, weights, seen).tolist())
        assert found == expected
        seen.add(found)
    assert best_sum(space, weights, set(ranked)) is None
    assert tuple(best_sum(space, weights, set(ranked[:-1])).tolist()) == ranked[-1]


def test_draws_are_uniform():
    space = SPACES[3].of_size(3)
    sets = feasible(space)
    generator = np.random.default_rng(1)
    counts = Counter(tuple(random_unseen(space, set(), generator).tolist()) for _ in range(400))
    assert set(counts) <= set(sets)
    assert chisquare([counts[s] for s in sets]).pvalue > 0.001


def test_the_last_unseen_set_is_found():
    sets = feasible(SPACES[0])
    generator = np.random.default_rng(1)
    assert tuple(random_unseen(SPACES[0], set(sets) - {sets[17]}, generator).tolist()) == sets[17]
    assert random_unseen(SPACES[0], set(sets), generator) is None
