"""Single languages and sets: worlds in which a set is as good as its languages are on average, or not at all."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from search_spaces.languages import Language
from sweep.findings.singles import predictions, single_languages
from sweep.records.records import TrialRecord
from tests.sweep.known_world import POOL, SCORED, Record, World

SCORES = SCORED[::2]


@pytest.fixture
def additive(record_of: Record) -> list[TrialRecord]:
    """Nine languages alone, one point apart, and 28 sets of three that are worth their mean, with two seeds each."""
    worth = {tag: i / 100 for i, tag in enumerate(POOL)}
    gains = {(tag,): worth[tag] for tag in POOL}
    gains |= {tags: float(np.mean([worth[tag] for tag in tags])) for tags in combinations(POOL, 3)}
    world = World(record_of, 0, 0.0, gains)
    singles = [world.trial(f"s-{i}", 0, (tag,), number=i) for i, tag in enumerate(POOL)]
    sets = [
        world.trial(f"a-{i}", seed, tags) for i, tags in enumerate(list(combinations(POOL, 3))[::3]) for seed in (0, 1)
    ]
    return [*singles, *sets]


def test_languages_are_ranked_by_their_own_scores(additive: list[TrialRecord]) -> None:
    found = single_languages(additive, ["pos"], SCORES)
    assert len(found) == len(POOL) and all(one.n_trials == 1 for one in found)
    rank = {str(one.language): i for i, one in enumerate(found)}
    assert stats.spearmanr([rank[tag] for tag in POOL], range(len(POOL))).statistic < -0.9


def test_what_a_seed_adds_to_all_its_scores_is_luck(record_of: Record) -> None:
    """Each language with one seed; one seed gives four points to all. By score the lucky half leads, by belief not."""
    gains = {(tag,): (i % 3) / 100 + 0.04 * (i >= 6) for i, tag in enumerate(SCORED)}
    world = World(record_of, 1, 0.0, gains)
    trials = [world.trial(f"s-{i}", int(i >= 6), (tag,), number=i) for i, tag in enumerate(SCORED)]
    found = {str(one.language): one for one in single_languages(trials, ["pos"], SCORES)}
    lucky = np.mean([found[tag].value for tag in SCORED[6:]]) - np.mean([found[tag].value for tag in SCORED[:6]])
    scored = np.mean([found[tag].score for tag in SCORED[6:]]) - np.mean([found[tag].score for tag in SCORED[:6]])
    assert scored > 0.03 and abs(lucky) < scored / 2


def test_sets_are_predicted_where_languages_add_up(additive: list[TrialRecord]) -> None:
    singles = single_languages(additive, ["pos"], SCORES)
    (one,) = predictions(additive, singles, ["pos"], SCORES)
    assert (one.kind, one.size, one.n_sets, one.n_seeds) == ("planned", 3, 28, 2)
    assert one.correlation.low < one.correlation.value < one.correlation.high and one.correlation.value > 0.8
    assert one.retest is not None and one.retest > 0.8


def test_nothing_is_predicted_where_sets_have_nothing_to_do_with_it(record_of: Record) -> None:
    world = World(record_of, 3, 0.02, {(tag,): i / 100 for i, tag in enumerate(POOL)})
    trials = [world.trial(f"s-{i}", 0, (tag,), number=i) for i, tag in enumerate(POOL)]
    trials += [world.trial(f"a-{i}", 0, tags, number=100 + i) for i, tags in enumerate(combinations(POOL, 3))]
    (one,) = predictions(trials, single_languages(trials, ["pos"], SCORES), ["pos"], SCORES)
    assert (one.kind, one.retest) == ("searched", None)
    assert one.correlation.low < 0 < one.correlation.high


def test_too_few_say_nothing(additive: list[TrialRecord]) -> None:
    assert single_languages(additive[:7], ["pos"], SCORES) == []
    singles = single_languages(additive, ["pos"], SCORES)
    assert predictions(additive[: len(POOL) + 6], singles, ["pos"], SCORES) == []  # three sets
    assert singles[0].language == Language(POOL[-1])
