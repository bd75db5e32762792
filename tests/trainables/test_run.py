"""A whole run on a tiny encoder: stages in order, one realignment for all tasks, the same digits again."""

import dataclasses
import gc
from typing import Any

import pytest
import torch

from trainables.mapping import ConfigError, from_mapping, to_mapping
from trainables.run import Run, release
from trainables.run_config import FinetuneConfig, RunConfig


def finish(run: Run) -> list[dict[str, Any]]:
    while not run.done:
        run.advance()
    return [row.as_dict() for row in run.scores]


def alone(config: RunConfig, name: str, **changes: Any) -> RunConfig:
    """`config` with a store of its own, so that nothing is reused."""
    return dataclasses.replace(config, store=f"{config.store}-{name}", **changes)


def test_stages_and_scores(run_config: RunConfig) -> None:
    run = Run(run_config)
    stages = []
    while not run.done:
        report = run.advance()
        stages.append(report["stage"])
    assert stages == ["probe_before", "realign", "probe_after", "finetune/pos", "evaluate/pos"]
    assert report["done"] and run.advance()["stage"] == "done"
    kinds = {(row.task, row.split) for row in run.scores}
    assert kinds == {("retrieval_before", "test"), ("retrieval", "test"), ("pos", "dev"), ("pos", "test")}
    pos = {row.language: row for row in run.scores if (row.task, row.split) == ("pos", "dev")}
    assert sorted(pos) == ["eng_Latn", "swh_Latn", "yor_Latn"]
    assert pos["swh_Latn"].n_total == 15  # 5 sentences of 3 words
    assert run.score == pytest.approx((pos["swh_Latn"].value + pos["yor_Latn"].value) / 2)
    assert {"realign_s", "finetune/pos_s", "evaluate/pos_s", "peak_rss_bytes"} <= set(run.costs)
    assert not [cost for cost in run.costs if cost.endswith("_reused")]


def test_retrieval_may_be_what_is_told_and_changes_nothing_that_is_reported(run_config: RunConfig) -> None:
    told = dataclasses.replace(run_config.evaluate, told="retrieval", no_signal_of=("yor_Latn",))
    for languages in (run_config.languages, ()):
        config = dataclasses.replace(run_config, languages=languages)
        by_tasks = finish(Run(alone(config, f"tasks{len(languages)}")))
        run = Run(alone(config, f"told{len(languages)}", evaluate=told))
        rows = finish(run)
        steering = [row for row in rows if (row["task"], row["split"]) == ("retrieval", "dev")]
        assert [row for row in rows if row not in steering] == by_tasks
        assert sorted(row["language"] for row in steering) == ["swh_Latn", "yor_Latn"]
        assert run.score == next(row["value"] for row in steering if row["language"] == "swh_Latn")


@pytest.mark.slow
def test_three_tasks_start_from_one_realigned_encoder_and_do_not_touch_each_other(
    three_task_config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = Run(alone(three_task_config, "together"))
    assert together.stages[3:] == [
        f"{stage}/{task}" for task in ("pos", "ner", "nli") for stage in ("finetune", "evaluate")
    ]
    scores = finish(together)
    for task, metric in (("pos", "accuracy"), ("ner", "f1"), ("nli", "accuracy")):
        single = Run(alone(three_task_config, task, tasks=(task,)))
        rows = [row for row in finish(single) if row["task"] == task]
        assert rows and [row for row in scores if row["task"] == task] == rows
        assert metric in {row["metric"] for row in rows}
    other_order = Run(alone(three_task_config, "order", tasks=("nli", "pos", "ner")))
    key = lambda row: (row["task"], row["metric"], row["language"], row["split"])  # noqa: E731
    assert sorted(finish(other_order), key=key) == sorted(scores, key=key)
    means = []
    for task, metric in (("pos", "accuracy"), ("ner", "f1"), ("nli", "accuracy")):
        values = [
            row["value"]
            for row in scores
            if (row["task"], row["metric"], row["split"]) == (task, metric, "dev") and row["language"] != "eng_Latn"
        ]
        assert len(values) == 2
        means.append(sum(values) / 2)
    assert together.score == pytest.approx(sum(means) / 3)


def test_settings_of_one_task_change_that_task_only(three_task_config: RunConfig) -> None:
    finetune = dataclasses.replace(three_task_config.finetune, n_steps=2, by_task={"ner": {"n_steps": 4}})
    run = Run(dataclasses.replace(three_task_config, tasks=("pos", "ner"), finetune=finetune, languages=()))
    n_steps = {}
    while not run.done:
        report = run.advance()
        if report["stage"].startswith("finetune"):
            n_steps[report["stage"]] = report["stage_steps"]
    assert n_steps == {"finetune/pos": 2, "finetune/ner": 4}


def test_the_same_seed_gives_the_same_digits_and_another_one_others(run_config: RunConfig) -> None:
    first = finish(Run(run_config))
    assert finish(Run(alone(run_config, "again"))) == first
    assert finish(Run(dataclasses.replace(run_config, seed=1))) != first


def test_without_languages_nothing_is_realigned(run_config: RunConfig) -> None:
    run = Run(dataclasses.replace(run_config, languages=()))
    assert run.stages == ["probe_before", "finetune/pos", "evaluate/pos"]
    finish(run)
    before, after = (
        {row.language: row.n_correct for row in run.scores if row.task == task}
        for task in ("retrieval_before", "retrieval")
    )
    assert before == after and before


def test_realignment_during_fine_tuning_has_no_stage_of_its_own(run_config: RunConfig) -> None:
    during = dataclasses.replace(run_config, realign=dataclasses.replace(run_config.realign, protocol="during"))
    run = Run(during)
    assert run.stages == ["probe_before", "finetune/pos", "evaluate/pos"]
    losses = []
    while not run.done:
        report = run.advance()
        losses += [report["realign_loss"]] if "realign_loss" in report else []
    assert losses and losses[0] > 0
    scores = [row.as_dict() for row in run.scores]
    assert finish(Run(dataclasses.replace(run_config, languages=()))) != scores


def test_small_bites_and_large_ones_give_the_same_digits(
    run_config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = finish(Run(run_config))
    monkeypatch.setattr("trainables.staged.BITE_S", 0.0)
    assert finish(Run(alone(run_config, "small"))) == expected


def test_two_runs_in_one_process_do_not_draw_from_each_other(
    run_config: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = [alone(run_config, "a"), alone(run_config, "b", seed=1)]
    expected = [finish(Run(alone(config, "undisturbed"))) for config in configs]
    monkeypatch.setattr("trainables.staged.BITE_S", 0.0)
    runs = [Run(config) for config in configs]
    while not all(run.done for run in runs):
        for run in runs:
            run.advance()
    assert [finish(run) for run in runs] == expected


@pytest.mark.slow
def test_released_runs_leave_no_tensor_behind(three_task_config: RunConfig) -> None:
    def n_tensors() -> int:
        gc.collect()
        return sum(isinstance(thing, torch.Tensor) for thing in gc.get_objects())

    config = dataclasses.replace(three_task_config, tasks=("pos", "ner"))
    run = Run(config)
    finish(run)
    release(run)
    del run
    floor = n_tensors()
    run = Run(dataclasses.replace(config, seed=1))
    while run.stage != "evaluate/ner":
        run.advance()
    assert n_tensors() > floor + 20
    release(run)
    del run
    assert n_tensors() == floor


def test_texts_longer_than_the_encoder_can_read_are_refused_at_once(run_config: RunConfig) -> None:
    too_long = dataclasses.replace(run_config, evaluate=dataclasses.replace(run_config.evaluate, max_length=65))
    with pytest.raises(ValueError, match=r"`evaluate.max_length` must be at most 64 .*, but is 65"):
        Run(too_long)
    too_long = dataclasses.replace(run_config, finetune=FinetuneConfig(by_task={"pos": {"max_length": 65}}))
    with pytest.raises(ValueError, match=r"`finetune.by_task.pos.max_length` must be at most 64 .*, but is 65"):
        Run(too_long)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"tasks": ()}, r"`tasks` must be one or more different tasks, but is \[\]"),
        ({"tasks": ("pos", "pos")}, "must be one or more different"),
        ({"tasks": ("poss",)}, "pos"),
        ({"finetune": FinetuneConfig(by_task={"posst": {}})}, "pos"),
        ({"finetune": FinetuneConfig(by_task={"pos": {"n_step": 3}})}, r"`finetune.by_task.pos.n_step` is not a known"),
        ({"finetune": FinetuneConfig(by_task={"pos": {"by_task": {}}})}, "must not hold `by_task` itself"),
    ],
)
def test_names_and_settings_are_checked_before_anything_is_loaded(
    run_config: RunConfig, changes: dict[str, Any], match: str
) -> None:
    with pytest.raises((ValueError, KeyError), match=match):
        Run(dataclasses.replace(run_config, store="/proc/never-opened", **changes))


def test_a_task_has_the_shared_settings_but_for_its_own() -> None:
    config = FinetuneConfig(n_steps=7, by_task={"nli": {"batch_size": 2, "learning_rate": 1}})
    assert config.for_task("nli") == FinetuneConfig(n_steps=7, batch_size=2, learning_rate=1.0)
    assert config.for_task("pos") == FinetuneConfig(n_steps=7)
    with pytest.raises(ConfigError, match=r"`finetune.by_task.nli.batch_size` must be an integer from 1 to 100,000"):
        FinetuneConfig(by_task={"nli": {"batch_size": "x"}}).for_task("nli")


def test_a_config_survives_plain_data(run_config: RunConfig) -> None:
    assert from_mapping(RunConfig, to_mapping(run_config)) == run_config
