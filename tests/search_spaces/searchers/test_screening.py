"""Single languages first: what they are, what becomes of their scores, that they are no answer."""

import json

import numpy as np
import pytest

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.problem import SelectionProblem
from search_spaces.searchers.subset_gp import SubsetGpSearcher
from search_spaces.subset_space import SubsetSpace

POOL = tuple(sorted(REALIGNMENT_LANGUAGES[:20]))
EFFECTS = np.random.default_rng(4).permutation(np.linspace(-1.0, 1.0, 20))


def searcher_of(low=4, high=4, seed=0, screen=12) -> SubsetGpSearcher:
    space = SubsetSpace(pool=POOL, min_size=low, max_size=high)
    return SubsetGpSearcher(SelectionProblem(space=space, distances=None, anchor=None), seed, screen=screen)


def value(languages, seed=None) -> float:
    """A set is as good as its languages are on average; a seed adds up to 1.5 times the whole range."""
    return float(np.mean([EFFECTS[POOL.index(tag)] for tag in languages])) + (0.0 if seed is None else seed)


def play(searcher, n, seeds=()) -> list:
    asked = []
    for number in range(n):
        asked += searcher.ask(1)
        seed = seeds[number % len(seeds)] if seeds else None
        searcher.tell(asked[-1], value(asked[-1], seed), seed=seed)
    return asked


def test_single_languages_come_first_each_once_and_are_no_answer() -> None:
    searcher = searcher_of()
    asked = searcher.ask(15)
    assert [len(languages) for languages in asked] == [1] * 12 + [4] * 3
    assert len(set(asked[:12])) == 12 and asked[:12] != searcher_of(seed=1).ask(12)
    for languages in asked[:12]:
        searcher.tell(languages, 100.0 + value(languages))
    assert searcher.recommend() == [] and "earlier:screening" in searcher.kernel.names
    searcher.tell(asked[12], 0.1)
    assert [found.languages for found in searcher.recommend(9)] == [asked[12]]
    assert searcher.is_answer(asked[12]) and not searcher.is_answer(asked[0])


@pytest.mark.parametrize("seeds", [(), (0, 1, 2, 3)])
def test_what_they_tell_leads_to_the_best_set(seeds) -> None:
    """All 20 alone; random sets of 4 reach 0.6 of the best value once in 150."""
    searcher = searcher_of(screen=20)
    first = play(searcher, 22, seeds)[20:]
    best = np.sort(EFFECTS)[-4:].mean()
    assert max(map(value, first)) > 0.6 * best
    own = searcher._hints[1]["screening"]
    alone = {languages: 0 for languages in POOL} | {tag: EFFECTS[i] for i, tag in enumerate(POOL)}
    assert np.corrcoef(own.effects, list(alone.values()))[0, 1] > 0.9


def test_fewer_than_eight_tell_nothing_and_sets_of_one_are_ordinary_where_they_may_be_answers() -> None:
    few = searcher_of(screen=7)
    play(few, 7)
    assert few.kernel.names == ("overlap",)
    ordinary = searcher_of(low=1, high=4)
    asked = play(ordinary, 12)
    assert {len(languages) for languages in asked} == {1} and len(ordinary.complete) == 12
    assert "earlier:screening" not in ordinary.kernel.names and ordinary.recommend()


@pytest.mark.parametrize("n", [5, 14, 26])
def test_a_loaded_search_goes_on_with_its_screening(n) -> None:
    searcher, resumed = searcher_of(), searcher_of(seed=8)
    play(searcher, n, (0, 1))
    resumed.load(json.loads(json.dumps(searcher.state())))
    assert resumed.ask(3) == searcher.ask(3)


def test_what_cannot_be_screened() -> None:
    with pytest.raises(ValueError, match="`screen` must be from 0 to the number of candidates, 20, but is 21"):
        searcher_of(screen=21)
