"""The best of the sets that a search tried."""

from dataclasses import replace

import pytest

from search_spaces.languages import Language
from search_spaces.searchers.base import Recommendation
from sweep.search.answer import answer_of
from sweep.search.tried_sets import best_sets, ranked_sets
from tests.sweep.known_world import POOL, SCORED, Record, World


def test_the_best_sets_are_by_belief_not_by_the_luckiest_trial(record_of: Record) -> None:
    world = World(record_of, 1, 0.0)
    good, lucky = POOL[:3], POOL[3:6]
    world.gains = {good: 0.05}
    records = [world.trial(f"search-{i:04d}", i, good, i) for i in range(5)]
    world.gains = {lucky: 0.06}
    records.append(world.trial("search-0005", 0, lucky, 5))
    world.gains = {lucky: -0.06}
    records += [world.trial(f"search-{i:04d}", i, lucky, i) for i in (6, 7)]
    first, second = best_sets(records, SCORED, 5)  # fewer than ten sets: by the mean
    assert (first.languages, first.n_trials, second.languages) == (good, 5, lucky)
    # 0.6, the languages' own 0.035 on average, and (6 - 6 - 6) / 3 points
    assert second.record.number == 5 and second.score == pytest.approx(0.6 + 0.035 - 0.02, abs=0.005)


def test_a_searchers_own_recommendation_goes_first(record_of: Record) -> None:
    records = World(record_of, 2, 0.01).search(12)
    wanted = records[4].languages
    asked = []

    def recommend(m: int) -> list[Recommendation]:
        asked.append(m)
        return [Recommendation(tuple(map(Language, wanted)), 0.9, 0.1)]

    assert [found.languages for found in best_sets(records, SCORED, 3, recommend)] == [wanted] and asked == [12]


def test_planned_and_failed_trials_are_no_searched_sets(record_of: Record) -> None:
    world = World(record_of, 3, 0.01)
    planned = world.trial("full", 0, POOL)
    failed = record_of("search-0000", 0, POOL[:2], number=0, status="failed", scores=())
    with pytest.raises(ValueError, match="Run the search first"):
        best_sets([planned, failed], SCORED, 1)


def test_what_was_screened_is_no_answer(record_of: Record) -> None:
    """A single language that scores more than any set."""
    records = World(record_of, 4, 0.01).search(12)
    single = World(record_of, 4, 0.0)
    single.gains = {POOL[:1]: 0.9}
    lone = replace(single.trial("search-0012", 0, POOL[:1], 12), point={"subset.screen": True})
    assert (POOL[0],) not in [found.languages for found in ranked_sets([*records, lone])]
    assert ranked_sets([*records, lone]) == ranked_sets(records) != ranked_sets([*records, replace(lone, point={})])
    assert answer_of([lone]) is None
