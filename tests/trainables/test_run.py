"""A whole run on a tiny encoder: stages in order, the same digits again, and after a restart at any stage border."""

import dataclasses
from pathlib import Path

import pytest

from trainables.mapping import from_mapping, to_mapping
from trainables.run import Run
from trainables.run_config import (
    DataConfig,
    EncoderConfig,
    EvaluateConfig,
    FinetuneConfig,
    RealignConfig,
    RunConfig,
)


@pytest.fixture
def config(tiny_data: Path, tiny_checkpoint: Path, tmp_path: Path) -> RunConfig:
    return RunConfig(
        data=DataConfig(source="folder", root=str(tiny_data)),
        encoder=EncoderConfig(provider="hub", name=str(tiny_checkpoint)),
        languages=("swh_Latn", "yor_Latn"),
        realign=RealignConfig(n_steps=6, batch_size=4, learning_rate=1e-3, max_length=32),
        finetune=FinetuneConfig(n_steps=6, batch_size=4, learning_rate=1e-3, max_length=32),
        evaluate=EvaluateConfig(n_sentences=5, n_retrieval=8, max_length=32),
        store=str(tmp_path / "store"),
        n_threads=1,
    )


def finish(run: Run) -> list[dict[str, object]]:
    while not run.done:
        run.advance()
    return [row.as_dict() for row in run.scores]


def test_stages_and_scores(config: RunConfig) -> None:
    run = Run(config)
    stages = []
    while not run.done:
        report = run.advance()
        stages.append(report["stage"])
    assert stages == ["probe_before", "realign", "probe_after", "finetune", "evaluate"]
    assert report["done"] and run.advance()["stage"] == "done"
    kinds = {(row.task, row.split) for row in run.scores}
    assert kinds == {("retrieval_before", "test"), ("retrieval", "test"), ("pos", "dev"), ("pos", "test")}
    pos = {row.language: row for row in run.scores if (row.task, row.split) == ("pos", "dev")}
    assert sorted(pos) == ["eng_Latn", "swh_Latn", "yor_Latn"]
    assert pos["swh_Latn"].n_total == 15  # 5 sentences of 3 words
    assert run.score == pytest.approx((pos["swh_Latn"].value + pos["yor_Latn"].value) / 2)
    assert {"realign_s", "finetune_s", "evaluate_s", "peak_rss_bytes"} <= set(run.costs)


def test_the_same_seed_gives_the_same_digits_and_another_one_others(config: RunConfig) -> None:
    first = finish(Run(config))
    assert finish(Run(config)) == first
    assert finish(Run(dataclasses.replace(config, seed=1))) != first


def test_without_languages_nothing_is_realigned(config: RunConfig) -> None:
    run = Run(dataclasses.replace(config, languages=()))
    assert run.stages == ["probe_before", "finetune", "evaluate"]
    finish(run)
    before, after = (
        {row.language: row.n_correct for row in run.scores if row.task == task}
        for task in ("retrieval_before", "retrieval")
    )
    assert before == after and before


@pytest.mark.parametrize("n_stages", [1, 2, 3, 4, 5])
def test_a_restart_at_any_stage_border_changes_no_digit(config: RunConfig, tmp_path: Path, n_stages: int) -> None:
    whole = Run(config)
    expected = finish(whole)
    interrupted = Run(config)
    while interrupted.n_done < n_stages:
        interrupted.advance()
    interrupted.save(tmp_path)
    continued = Run(config)
    continued.load(tmp_path)
    assert continued.n_done == n_stages
    assert finish(continued) == expected
    assert continued.costs.keys() == whole.costs.keys()


def test_saving_inside_a_stage_is_refused(config: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainables.run.BITE_S", 0.0)
    run = Run(config)
    run.advance()
    with pytest.raises(RuntimeError, match="stands inside 'probe_before'"):
        run.save(tmp_path)


def test_small_bites_and_large_ones_give_the_same_digits(config: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = finish(Run(config))
    monkeypatch.setattr("trainables.run.BITE_S", 1e-9)
    assert finish(Run(config)) == expected


def test_texts_longer_than_the_encoder_can_read_are_refused_at_once(config: RunConfig) -> None:
    too_long = dataclasses.replace(config, evaluate=dataclasses.replace(config.evaluate, max_length=65))
    with pytest.raises(ValueError, match=r"`evaluate.max_length` must be at most 64 .*, but is 65"):
        Run(too_long)


def test_a_config_survives_plain_data(config: RunConfig) -> None:
    assert from_mapping(RunConfig, to_mapping(config)) == config
