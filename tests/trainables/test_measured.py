"""Miniatures: they are what they say, nothing of them is left, and slopes are told from what a stage takes once."""

import dataclasses
import time
from pathlib import Path

import pytest

from search_spaces.languages import Language
from trainables.measured import MeasuredRun, measure_pretraining, measure_trial, miniature
from trainables.run_config import EncoderConfig, EvaluateConfig, FinetuneConfig, PretrainConfig, RunConfig

SETS = {"pos": [(Language("swh_Latn"), "")], "nli": [(Language("swh_Latn"), "xx")]}


def test_a_miniature_is_the_trial_with_few_steps_and_sentences() -> None:
    config = RunConfig(
        tasks=("pos", "nli"), languages=("swh_Latn",), seed=3,
        finetune=FinetuneConfig(by_task={"nli": {"n_steps": 900, "batch_size": 7}}),
        evaluate=EvaluateConfig(n_sentences=5, by_task={"nli": {"n_sentences": None, "max_length": 99}}),
    )  # fmt: skip
    small = miniature(config, 4, SETS, 32)
    assert (small.realign.n_steps, small.evaluate.n_retrieval) == (4, 0)
    pos, nli = (small.finetune.for_task(task) for task in small.tasks)
    assert (pos.n_steps, nli.n_steps, nli.batch_size) == (4, 4, 7)
    pos_sets, nli_sets = (small.evaluate.for_task(task) for task in small.tasks)
    assert (pos_sets.languages, pos_sets.n_sentences) == (("swh_Latn/",), 5)
    assert (nli_sets.languages, nli_sets.n_sentences, nli_sets.max_length) == (("swh_Latn/xx",), 32, 99)
    kept = ("encoder", "data", "languages", "tasks", "precision", "n_threads", "seed")
    assert all(getattr(small, name) == getattr(config, name) for name in kept)


def test_the_slope_is_that_of_the_steps_after_the_first() -> None:
    run = object.__new__(MeasuredRun)
    # 3 s until the first step's end, 0.5 s a step, 1 s after the last: 2.5 s + 1 s are taken once.
    run.steps = {"realign": [(0, 1.0, 1.0), (1, 3.0, 2.0), (2, 3.5, 2.25), (3, 4.0, 2.5), (3, 5.0, 3.0)]}
    rate = run.rate_of("realign", 10)
    assert (rate.fixed_s, rate.unit_s) == (pytest.approx(3.5), pytest.approx(0.05))
    assert (rate.fixed_cpu_s, rate.unit_cpu_s) == (pytest.approx(2.25), pytest.approx(0.025))


@pytest.mark.slow
def test_every_stage_of_a_trial_is_measured_and_nothing_trained_is_left(run_config: RunConfig) -> None:
    languages = list(run_config.languages)
    costs = measure_trial(run_config, languages, time.time())
    names = {"setup", "realign", "finetune/pos", "evaluate/pos", "probe_before", "probe_after"}
    assert set(costs.stages) == names
    assert all(rate.seconds(100) > 0 for rate in costs.stages.values())
    assert set(costs.pair_subwords) == set(languages) and min(costs.pair_subwords.values()) > 4
    assert {"evaluate/pos", "probe_before", "probe_after", "signal"} == set(costs.units)
    assert costs.memory_bytes > 1e8 and costs.realigned_bytes > 1e4 and costs.checkpoint_bytes > 1e4
    assert costs.finetuned_bytes == costs.gpu_bytes == costs.busy_frac == 0 and costs.pretraining is None
    kinds = {path.name for path in Path(run_config.store).iterdir() if any(path.iterdir())}
    assert kinds.isdisjoint({"realigned", "finetuned", "scores", "probe", "work"})


@pytest.mark.slow
def test_an_encoder_that_is_not_there_is_pre_trained_for_a_few_steps_elsewhere(
    run_config: RunConfig, tmp_path: Path
) -> None:
    pretrain = PretrainConfig(
        seen=("eng_Latn", "swh_Latn"), vocabulary_size=120, n_layers=1, hidden_size=16, n_heads=2, max_length=32,
        n_steps=5000, n_tokens_per_batch=256, n_threads=1,
    )  # fmt: skip
    config = dataclasses.replace(run_config, encoder=EncoderConfig(provider="pretrained", pretrain=pretrain))
    rate = measure_pretraining(config, str(tmp_path / "short"))
    assert rate.unit_s > 0 and rate.fixed_s > 0
    costs = measure_trial(config, list(config.languages), time.time(), str(tmp_path / "short"))
    assert costs.stages["realign"].seconds(100) > 0
    assert not any((Path(config.store) / "pretrained").glob("*"))


@pytest.mark.slow
def test_models_that_are_kept_are_counted(run_config: RunConfig) -> None:
    costs = measure_trial(dataclasses.replace(run_config, keep_models=True), ["swh_Latn", "yor_Latn"], time.time())
    assert costs.finetuned_bytes > 1e4
