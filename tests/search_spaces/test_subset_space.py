from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.solvers import sampling
from search_spaces.solvers.sampling import random_set, random_sets
from search_spaces.subset_space import GroupRule, SubsetSpace

POOL = REALIGNMENT_LANGUAGES[:8]


def feasible_by_hand(space):
    """All sets that keep the rules, checked one by one without the linear rows."""
    found = set()
    for size in range(space.min_size, space.largest_size + 1):
        for subset in combinations(sorted(set(space.pool) - space.forbidden), size):
            chosen = set(subset)
            within = all(
                rule.at_least <= len(chosen & rule.members) <= (rule.at_most if rule.at_most is not None else 99)
                for rule in space.rules
            )
            affordable = space.max_cost is None or sum(space.costs[tag] for tag in chosen) <= space.max_cost + 1e-9
            if space.required <= chosen and within and affordable:
                found.add(subset)
    return found


@st.composite
def spaces(draw):
    tags = list(POOL)
    required = frozenset(draw(st.lists(st.sampled_from(tags), max_size=2)))
    forbidden = frozenset(draw(st.lists(st.sampled_from(tags), max_size=2))) - required
    low = draw(st.integers(1, 4))
    group = frozenset(draw(st.lists(st.sampled_from(tags), min_size=3)))
    rule = GroupRule(name="group", members=group, at_least=draw(st.integers(0, 1)), at_most=draw(st.integers(1, 4)))
    costs = {tag: draw(st.integers(0, 5)) / 10 for tag in tags}
    arguments = {"pool": POOL, "min_size": low, "max_size": low + draw(st.integers(0, 2)), "rules": (rule,)}
    arguments |= {"required": required, "forbidden": forbidden, "costs": costs, "max_cost": 1.5}
    try:
        return SubsetSpace(**arguments)
    except ValueError:
        return SubsetSpace(pool=POOL, min_size=low, max_size=low)


@settings(max_examples=40, deadline=None)
@given(spaces())
def test_the_rows_say_what_the_rules_say(space):
    by_hand = feasible_by_hand(space)
    sizes = range(space.min_size, space.largest_size + 1)
    candidates = range(len(space.candidates))
    by_rows = {
        space.languages(np.array(subset))
        for size in sizes
        for subset in combinations(candidates, size)
        if space.allows(np.array(subset))
    }
    assert by_rows == by_hand


@settings(max_examples=25, deadline=None)
@given(spaces(), st.integers(0, 99))
def test_random_sets_keep_all_rules(space, seed):
    by_hand = feasible_by_hand(space)
    if not by_hand:
        with pytest.raises(ValueError):
            random_sets(space, 3, np.random.default_rng(seed))
        return
    drawn = random_sets(space, 30, np.random.default_rng(seed))
    drawn += (random_set(space, np.random.default_rng(seed)),)
    assert {space.languages(members) for members in drawn} <= by_hand


def test_random_sets_are_uniform_where_drawing_would_miss():
    """At most one of seven and a tight budget: 8 feasible sets among 56 of three, drawn by a walk and by rejection."""
    rule = GroupRule(name="group", members=frozenset(POOL[:6]), at_most=1, at_least=1)
    space = SubsetSpace(pool=POOL, min_size=3, max_size=3, rules=(rule,))
    by_hand = sorted(feasible_by_hand(space))
    drawn = [space.languages(members) for members in random_sets(space, 1_200, np.random.default_rng(0))]
    counts = np.array([drawn.count(subset) for subset in by_hand])
    assert counts.sum() == 1_200 and len(by_hand) == 6
    # chi-square with 5 degrees of freedom: 20.5 at the 0.1 % level
    assert ((counts - 200.0) ** 2 / 200).sum() < 20.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"min_size": 9, "max_size": 9}, "at most 8 .* but is 9"),
        ({"required": frozenset({"fra_Latn"})}, "fra_Latn is not"),
        ({"required": frozenset({POOL[0]}), "forbidden": frozenset({POOL[0]})}, "is both"),
        ({"required": frozenset(POOL[:4])}, "At most 3 languages may be chosen, but 4 are required"),
        ({"max_cost": 3.0}, "needs a cost, but 8 have none"),
        ({"max_cost": 3.0, "costs": dict.fromkeys(POOL, -1.0)}, "not negative"),
        ({"max_cost": 1.0, "costs": dict.fromkeys(POOL, 2.0), "required": frozenset({POOL[0]})}, "cost 2"),
        ({"rules": (GroupRule(name="g", members=frozenset(POOL[:1]), at_least=2),)}, "only 1 may be chosen"),
        ({"rules": (GroupRule(name="g", members=frozenset(POOL), at_least=2, at_most=1),)}, "but at least 2"),
    ],
)
def test_what_cannot_be_met_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        SubsetSpace(**{"pool": POOL, "min_size": 3, "max_size": 3, **changes})


def test_rules_that_contradict_each_other_are_found():
    rules = tuple(
        GroupRule(name=name, members=frozenset(m), at_least=2) for name, m in (("a", POOL[:4]), ("b", POOL[4:]))
    )
    with pytest.raises(ValueError):
        random_sets(SubsetSpace(pool=POOL, min_size=3, max_size=3, rules=rules), 1, np.random.default_rng(0))


def test_walks_are_uniform_too(monkeypatch):
    """Where drawing never hits: 28 feasible sets, linked by exchanges, each visited equally often."""
    monkeypatch.setattr(sampling, "_drawn", lambda *_: [])
    rule = GroupRule(name="group", members=frozenset(POOL[:4]), at_most=1)
    space = SubsetSpace(pool=POOL, min_size=3, max_size=3, rules=(rule,))
    by_hand = sorted(feasible_by_hand(space))
    drawn = [space.languages(members) for members in random_sets(space, 2_800, np.random.default_rng(0))]
    counts = np.array([drawn.count(subset) for subset in by_hand])
    assert counts.sum() == 2_800 and len(by_hand) == 28
    # chi-square with 27 degrees of freedom: 55.5 at the 0.1 % level
    assert ((counts - 100.0) ** 2 / 100).sum() < 55.5
