"""The table of effects: what `learned` says, as numbers that the criterion `study` reads."""

from collections.abc import Callable
from pathlib import Path

import pytest

from search_spaces.choose import choose
from search_spaces.study_effects import read_effects
from sweep.config.sections import SweepConfig
from sweep.findings.effects_table import effects_table, singles_table
from sweep.findings.learned import Search, language_effects
from sweep.scores.objective import objective
from tests.sweep.known_world import POOL, SCORED, Record, World

SEARCH = {"kind": "random-sets", "size": 3, "n_samples": 20}


@pytest.mark.slow
def test_what_was_learned_can_be_chosen_by(
    config_of: Callable[..., SweepConfig], record_of: Record, tmp_path: Path
) -> None:
    config, records = config_of(search=SEARCH), World(record_of, 1, 0.01).search(20)
    table = tmp_path / "effects.csv"
    table.write_text(effects_table(config, records))
    effects = read_effects(table)
    search = Search.of(records, lambda record: objective(record.scores, ["pos"], SCORED))
    learned = {one.language: one for one in language_effects(search)}
    assert {one.language for one in effects} == set(POOL) == set(learned)
    for one in effects:
        assert one.effect == pytest.approx(learned[one.language].mean, abs=1e-6)
        assert one.high - one.low == pytest.approx(2 * 1.96 * learned[one.language].sd, abs=1e-5)
        assert one.n_trials == sum(one.language in record.languages for record in records)
    assert len({one.population for one in effects}) == 1
    population = effects[0].population
    assert (population.task, population.encoder) == ("pos", "pretrained")
    assert population.source.startswith("tiny: 20 trials of 20 sets of 3 of 9 languages; development scores in 12")
    best = choose(3, f"study(table={table})", pool=POOL, n_random=0).selection
    assert set(best.subset) == {one.language for one in effects[:3]}


def test_single_languages_are_a_table_of_their_own(
    config_of: Callable[..., SweepConfig], record_of: Record, tmp_path: Path
) -> None:
    world = World(record_of, 0, 0.0, {(tag,): i / 100 for i, tag in enumerate(POOL)})
    records = [world.trial(f"s-{i}", i % 2, (tag,), number=i) for i, tag in enumerate(POOL)]
    table = tmp_path / "alone.csv"
    table.write_text(singles_table(config_of(search=SEARCH), records))
    effects = read_effects(table)
    assert [str(one.language) for one in effects][0] == POOL[-1] and {one.n_trials for one in effects} == {1}
    assert sum(one.effect for one in effects) == pytest.approx(0, abs=1e-5)
    assert effects[0].population.source.startswith("tiny: 9 trials, each of one of 9 languages alone; development scor")
    with pytest.raises(ValueError, match="needs 8 that were realigned on alone"):
        singles_table(config_of(search=SEARCH), records[:5])


def test_too_few_trials_make_no_table(config_of: Callable[..., SweepConfig], record_of: Record) -> None:
    with pytest.raises(ValueError, match="needs at least 12 finished trials"):
        effects_table(config_of(search=SEARCH), World(record_of, 1, 0.01).search(5))
