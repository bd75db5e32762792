"""Dispersion, nearness and newness of sets: scores made of one of them, and of none."""

from dataclasses import replace

import numpy as np
import pytest

from search_spaces.inventory import REALIGNMENT_LANGUAGES, seen_by
from search_spaces.languages import Language
from sweep.findings.set_slopes import DISPERSION, NEARNESS, NEWNESS, SCRIPT, set_properties, set_slopes
from sweep.findings.set_slopes_section import set_slopes_section
from sweep.records.records import TrialRecord
from tests.sweep.known_world import SCORED, Record, World
from trainables.evaluation.scores import ScoreRow

SEEN = tuple(sorted(map(str, seen_by("mbert"))))
TESTED = sorted(map(Language, SCORED))
NOISE = 0.003  # four standard errors: 0.003 a trial, 48 trials, properties that explain up to 0.6 of each other


def sets_of_five(n: int) -> dict[str, tuple[Language, ...]]:
    rng, pool = np.random.default_rng(0), sorted(REALIGNMENT_LANGUAGES)
    return {f"a-{i:02d}": tuple(sorted(pool[j] for j in rng.permutation(len(pool))[:5])) for i in range(n)}


@pytest.fixture
def trials(record_of: Record):
    """Scores that rise by two points with one standard deviation of `name`; None = with nothing."""

    def make(name: str | None, n: int = 24) -> list[TrialRecord]:
        arms = sets_of_five(n)
        table = set_properties(arms, TESTED, SEEN)
        z = (table - table.mean()) / table.std(ddof=0)
        gains = {tuple(map(str, tags)): 0.02 * float(z.loc[arm, name]) if name else 0.0 for arm, tags in arms.items()}
        world = World(lambda *a, **k: record_of(*a, seen_languages=SEEN, **k), 5, 0.003, gains)
        return [world.trial(arm, seed, tuple(map(str, tags))) for arm, tags in arms.items() for seed in (1, 2)]

    return make


def test_properties_of_a_set_by_hand() -> None:
    """Xhosa, Zulu and Japanese, two of three not seen; German and French, which are no relatives of Zulu."""
    arms = {
        "x": tuple(map(Language, ("jpn_Jpan", "xho_Latn", "zul_Latn"))),
        "y": tuple(map(Language, ("deu_Latn", "fra_Latn"))),
    }
    table = set_properties(arms, [Language("zul_Latn")], ["jpn_Jpan", "deu_Latn"])
    assert table.loc["x", NEARNESS] == 1 and table.loc["y", NEARNESS] == 0  # itself, and nobody of its family
    assert table.loc["x", NEWNESS] == pytest.approx(2 / 3) and table.loc["y", NEWNESS] == 0.5
    assert table.loc["x", SCRIPT] == pytest.approx(2 / 3) and table.loc["y", SCRIPT] == 1
    assert 0 < table.loc["x", DISPERSION] < 1
    assert NEWNESS not in set_properties(arms, [Language("zul_Latn")], None)


@pytest.mark.parametrize("name", [DISPERSION, NEARNESS, NEWNESS, SCRIPT])
def test_the_property_that_scores_are_made_of_is_found_beside_the_others(trials, name: str) -> None:
    slopes = {slope.property: slope for slope in set_slopes(trials(name), groups=["all"])}
    assert set(slopes) == {DISPERSION, NEARNESS, NEWNESS, SCRIPT}
    assert slopes[name].confidence.mean == pytest.approx(0.02, abs=NOISE) and slopes[name].p_sets < 0.01
    assert slopes[name].n_sets == 24 and slopes[name].n_seeds == 2 and slopes[name].size == 5
    for other in set(slopes) - {name}:
        assert slopes[other].confidence.mean == pytest.approx(0, abs=NOISE)
    section = set_slopes_section(trials(name))
    assert section is not None and section.lead.startswith("Shown to go together") and name in section.lead


def test_nothing_is_shown_where_nothing_is(trials) -> None:
    section = set_slopes_section(trials(None))
    assert section is not None and section.lead.startswith("No property is shown")


def test_searched_sets_few_sets_and_one_seed_say_nothing(trials) -> None:
    records = trials(DISPERSION)
    assert set_slopes(trials(DISPERSION, n=9)) == []
    assert set_slopes([record for record in records if record.seed == 1]) == []
    assert set_slopes_section([]) is None


def test_what_no_set_changes_has_no_slope(trials) -> None:
    """As the probe before realignment, which all trials share."""
    before = [
        ScoreRow(task="retrieval_before", metric="p@1", language=tag, split="test", n_correct=5, n_total=9)
        for tag in SCORED
    ]
    records = [replace(record, scores=(*record.scores, *before)) for record in trials(DISPERSION)]
    assert {slope.task for slope in set_slopes(records)} == {"pos"}
