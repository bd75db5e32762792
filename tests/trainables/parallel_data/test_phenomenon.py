"""The synthetic world has the effect that it is for: realignment helps languages that the encoder never saw."""

import dataclasses
import statistics
from pathlib import Path

import pytest
from scipy import stats

from search_spaces.inventory import REALIGNMENT_LANGUAGES, seen_by
from sweep.config.load import load_config
from trainables.run import Run
from trainables.run_config import RunConfig

UNSEEN = frozenset(REALIGNMENT_LANGUAGES) - seen_by("mbert")
SEEDS = range(3)
MARGIN = 0.03  # of accuracy: a gain that a reader of the leaderboard sees without statistics


def quickstart(store: Path) -> RunConfig:
    """The settings of the quickstart sweep, without what is not looked at here: the probe and the other languages.

    On one thread, as a second one waits here for the core of another test.
    """
    run = load_config("quickstart").run
    pretrain = dataclasses.replace(run.encoder.pretrain, n_threads=1)
    run = dataclasses.replace(run, encoder=dataclasses.replace(run.encoder, pretrain=pretrain))
    evaluate = dataclasses.replace(run.evaluate, n_retrieval=0, languages=tuple(sorted(map(str, UNSEEN))))
    return dataclasses.replace(run, evaluate=evaluate, store=str(store), device="cpu", n_threads=1)


def unseen_accuracy(config: RunConfig) -> float:
    """Mean test accuracy over the realignment languages that are not pre-trained on."""
    run = Run(config)
    assert run.encoder.seen is not None and not UNSEEN & run.encoder.seen
    while not run.done:
        run.advance()
    return statistics.mean(row.value for row in run.scores if row.split == "test" and row.language in UNSEEN)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_realigning_on_all_languages_beats_none_on_unseen_ones(tmp_path: Path) -> None:
    base = quickstart(tmp_path)
    gains = []
    for seed in SEEDS:
        none = unseen_accuracy(dataclasses.replace(base, seed=seed, languages=()))
        full = unseen_accuracy(dataclasses.replace(base, seed=seed, languages=REALIGNMENT_LANGUAGES))
        gains.append(full - none)
    low, _ = stats.t.interval(0.95, len(gains) - 1, loc=statistics.mean(gains), scale=stats.sem(gains))
    assert len(UNSEEN) == 19
    assert low > MARGIN, gains
