"""Curves: thin, whole from first to last step, the same after a restart; and digests of what a run reads."""

import dataclasses
import json
from pathlib import Path

import pytest

from trainables.run import Run
from trainables.run_config import RunConfig
from trainables.stepping.curves import CURVE_POINTS, Curves
from trainables.stepping.progress import Progress


@pytest.mark.parametrize("n_steps", [1, 7, 100, 101, 5_000, 24_544])
def test_a_stage_has_at_most_so_many_points_its_first_and_its_last(n_steps: int) -> None:
    curves, told = Curves(), []
    for step in range(1, n_steps + 1):
        curves.add("realign", Progress(step, n_steps, {"loss": 1.0 / step}))
        if step % 10 == 0 or step == n_steps:
            told += curves.take_new().get("step", [])
    steps = curves.all["realign"]["step"]
    assert min(n_steps, CURVE_POINTS // 2) <= len(steps) <= CURVE_POINTS
    assert (steps[0], steps[-1]) == (1, n_steps) and steps == sorted(set(steps)) == told
    assert curves.all["realign"]["loss"] == [1.0 / step for step in steps]


def test_repeated_steps_count_once_and_what_is_no_number_is_none() -> None:
    first = Curves()
    for step in range(1, 6):
        first.add("realign", Progress(step, 10, {"loss": float(step)}))
    again = Curves(json.loads(json.dumps(first.all)))
    for step, loss in ((4, 0.5), (5, float("nan"))):
        again.add("realign", Progress(step, 10, {"loss": loss}))
    assert again.all["realign"]["step"] == [1, 2, 3, 4, 5]
    assert again.all["realign"]["loss"] == [1.0, 2.0, 3.0, 0.5, None]
    assert first.all["realign"]["loss"][-1] == 5.0  # what was saved is not touched
    again.add("evaluate/pos", Progress(1, 3))
    assert list(again.all) == ["realign"]  # a stage that says nothing has no curve


def test_a_run_keeps_its_losses_and_rates_and_reused_stages_have_none(run_config: RunConfig, tmp_path: Path) -> None:
    run = Run(run_config)
    told: dict[str, list[int]] = {}
    while not run.done:
        report = run.advance()
        told.setdefault(report["stage"], []).extend(report["curve"].get("step", []))
    n_realign, n_finetune = run_config.realign.n_steps, run_config.finetune.n_steps
    said = run.so_far["curves"]
    assert said["realign"]["step"] == told["realign"] == list(range(1, n_realign + 1))
    assert said["finetune/pos"]["step"] == told["finetune/pos"] == list(range(1, n_finetune + 1))
    rates = said["finetune/pos"]["learning_rate"]  # linear decay: the last step has 1 / (n - 0.1 n) of the peak
    assert rates[-1] == pytest.approx(run_config.finetune.learning_rate / (0.9 * n_finetune))
    run.save(tmp_path)
    restored = Run(run_config)
    restored.load(tmp_path)
    assert restored.so_far["curves"] == said
    again = Run(dataclasses.replace(run_config))  # everything is in the store
    while not again.done:
        again.advance()
    assert again.so_far["curves"] == {} and again.so_far["data"] == run.so_far["data"]


def test_digests_are_of_content_and_by_use(run_config: RunConfig) -> None:
    both, one = (
        Run(dataclasses.replace(run_config, languages=languages)).so_far["data"]
        for languages in (("swh_Latn", "yor_Latn"), ("swh_Latn",))
    )
    assert both.keys() == {"realign", "probe", "finetune/pos", "evaluate/pos"}
    assert both["realign"] != one["realign"] and {**both, "realign": ""} == {**one, "realign": ""}
    assert len(set(both.values())) == 4 and all(len(digest) == 20 for digest in both.values())
    assert "realign" not in Run(dataclasses.replace(run_config, languages=())).so_far["data"]
