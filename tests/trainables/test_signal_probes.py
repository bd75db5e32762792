"""The probes inside a realignment: whose sentences they look at."""

import dataclasses

import pytest

from tests.trainables.probed_runs import finish, probing
from trainables.evaluation.retrieval import probe
from trainables.evaluation.scores import ScoreRow
from trainables.run import Run
from trainables.run_config import RunConfig
from trainables.signal_probes import signal_languages


def test_the_few_languages_do_not_depend_on_what_is_realigned(run_config: RunConfig) -> None:
    config = probing(run_config, 0.5, n_probe_languages=1)
    data = Run(config).data
    assert signal_languages(data, config) == ["swh_Latn"]
    assert signal_languages(data, dataclasses.replace(config, languages=("yor_Latn",))) == ["swh_Latn"]


def test_signals_do_not_look_at_what_they_must_not(run_config: RunConfig) -> None:
    config = probing(run_config, 0.5, no_signal_of=("swh_Latn",))
    run = Run(config)
    scores, _ = finish(run)
    of = {(row["task"], row["split"], row["language"]): row["value"] for row in scores}
    values = {(signal.name, signal.at): signal.value for signal in run.signals}
    assert signal_languages(run.data, config) == ["yor_Latn"]
    steering: list[ScoreRow] = []
    list(probe(
        run.encoder, run.data, config.realign, config.evaluate, "x", steering, languages=run.probes.languages,
        half="steering",
    ))  # fmt: skip
    assert [row.language for row in steering] == ["yor_Latn"]
    assert run.score == values["score_so_far", 1.0]  # one told score
    seen = [value for (task, split, language), value in of.items() if (task, split) == ("pos", "dev")
            and language not in ("eng_Latn", "swh_Latn")]  # fmt: skip
    assert values["score_so_far", 1.0] == pytest.approx(sum(seen) / len(seen))


def test_no_signal_where_no_language_is_left(run_config: RunConfig) -> None:
    left = signal_languages(Run(run_config).data, run_config)
    run = Run(probing(run_config, 0.5, no_signal_of=tuple(left)))
    with pytest.raises(ValueError, match="in a language that counts"):  # a plan refuses it before any training
        finish(run)
    assert not run.signals
