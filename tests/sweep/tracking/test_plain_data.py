"""What MLflow is told, as plain data: names, short params, thin curves, the parent's note."""

from collections.abc import Callable
from typing import Any

import pytest

from sweep.plan import Plan
from sweep.records.records import TrialRecord
from sweep.tracking.metrics import curve_points, record_metrics, reuse_tags
from sweep.tracking.names import planned_config, run_name, subset_id, trial_note, trial_params, trial_tags
from sweep.tracking.results import NOTE_LIMIT, SweepResult, progress_points, trials_table


def test_the_same_set_has_one_id_whatever_its_order() -> None:
    assert subset_id(["wol_Latn", "deu_Latn"]) == subset_id(["deu_Latn", "wol_Latn"]) != subset_id(["deu_Latn"])
    assert len(subset_id(["deu_Latn"])) == 10 and subset_id([]) == "none"


def test_tags_and_params_of_a_planned_trial(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(seeds=[4], run={"realign": {"mixing": "size"}, "tasks": ["pos", "ner"]})
    none, full, random = (trial.config() for trial in plan.trials)
    assert run_name(random) == "random k=3 s=5 | seed 4"
    tags = trial_tags(random, "tiny")
    expected = {"criterion": "random", "size": "3", "seed": "4", "tasks": "pos ner", "encoder": "pretrained"}
    assert expected.items() <= tags.items()
    assert tags["subset"].split() == sorted(random["subset"]["languages"])
    params = trial_params(random)
    assert params["realign.mixing"] == "size"  # differs from the default
    assert params["realign.temperature"] == "0.1"  # always there, to compare sweeps
    assert "realign.pooling" not in params and "store" not in params and "languages" not in params
    assert len(params) <= 25 and max(map(len, params.values())) <= 250
    assert not [key for key in trial_params(none) if key.startswith("realign.")]
    assert "without realignment" in trial_note(none) and "8 languages (German, French, " in trial_note(full)


def test_a_record_gives_the_names_and_params_of_its_plan(plan_of: Callable[..., Plan]) -> None:
    config = plan_of(seeds=[0]).trials[2].config()
    record = TrialRecord(
        sweep="tiny", trial=config["name"], arm=config["arm"], label=config["label"], criterion="random",
        languages=tuple(config["subset"]["languages"]), subset_seed=5, seed=0, status="finished", config=config["run"],
        config_fingerprint=config["fingerprint"],
    )  # fmt: skip
    assert planned_config(record) == config


def test_metrics_by_task_group_and_language(record_of: Callable[..., TrialRecord]) -> None:
    metrics = record_metrics(record_of("a", 0, ("wol_Latn",)))
    assert list(metrics)[0] == "score"
    assert metrics["pos/accuracy/wol_Latn"] == 0.3 and metrics["dev/pos/accuracy/wol_Latn"] == 0.2
    assert metrics["pos/accuracy/all"] == pytest.approx((0.6 + 0.3) / 2)  # without English
    assert metrics["pos/accuracy/realigned"] == 0.3 and metrics["pos/accuracy/not_realigned"] == 0.6
    assert metrics["stage_s/realign"] == 2.0 and metrics["cost/peak_rss_bytes"] == 1e9
    assert metrics["cost/trial_s"] == 60.0


def test_reuse_is_a_tag_and_no_metric(record_of: Callable[..., TrialRecord]) -> None:
    costs = {"realign_s": 0.1, "realign_reused": 1.0, "finetune/pos_s": 3.0}
    assert reuse_tags(costs) == {"reused_stages": "realign", "realign_reused": "true"}
    assert reuse_tags({"realign_s": 9.0})["realign_reused"] == "false"
    assert "realign_reused" not in reuse_tags({"finetune/pos_s": 9.0})
    assert not [name for name in record_metrics(record_of("a", 0, costs=costs)) if "reused" in name]


def test_points_of_a_curve_leave_out_what_was_no_number() -> None:
    curve = {"step": [10, 20], "time_s": [1.0, 2.0], "loss": [0.5, None], "realign_loss": [3.0, 2.0]}
    assert [(p.name, p.step, p.value, p.time_s) for p in curve_points("finetune/pos", curve)] == [
        ("progress/finetune/pos/loss", 10, 0.5, 1.0),
        ("progress/finetune/pos/realign_loss", 10, 3.0, 1.0),
        ("progress/finetune/pos/realign_loss", 20, 2.0, 2.0),
    ]
    assert list(curve_points("evaluate/pos", {})) == []


def test_best_so_far_by_trial_count(record_of: Callable[..., TrialRecord]) -> None:
    scores: list[float | None] = [0.4, None, 0.6, 0.5]
    records = [
        record_of("a", seed, score=score, ended_s=200.0 + seed, status="finished" if score else "failed")
        for seed, score in enumerate(scores)
    ]
    points = progress_points(records[::-1])  # in the order of their ends, whatever order they come in
    best = {p.step: p.value for p in points if p.name == "best_so_far"}
    assert best == {1: 0.4, 2: 0.4, 3: 0.6, 4: 0.6}
    assert [p.value for p in points if p.name == "n_failed"] == [1.0, 1.0, 1.0]  # from the first that failed
    hours = [p.value for p in points if p.name == "compute_hours"]
    assert hours[-1] == pytest.approx(4 * 5.0 / 3600, abs=1e-4)


def test_the_note_reads_as_a_result(
    record_of: Callable[..., TrialRecord], pos_scores: Callable[..., tuple[dict[str, Any], ...]]
) -> None:
    records = [
        record_of(arm, seed, languages, score=score, scores=pos_scores(deu_Latn=deu, wol_Latn=wol))
        for arm, languages, score, deu, wol in (("none", (), 0.4, 60, 30), ("best", ("wol_Latn",), 0.5, 62, 40))
        for seed in (0, 1)
    ]
    note = SweepResult(records, "tiny").note("What I asked.", n_trials=5)
    first, *rest = note.split("\n\n")
    assert first == (
        "**Best on development data: best** (realigned on 1 language): 50.0, mean over 2 seeds; "
        "without realignment 40.0."
    )
    # Test: (62 + 40) / 2 against (60 + 30) / 2.
    assert rest[0] == (
        "- PoS accuracy on test, 2 languages but English: **51.0**, +6.0 points against no realignment "
        "(paired by 2 seeds)"
    )
    assert "4 of 5 trials" in note and "What I asked." in note and len(note) <= NOTE_LIMIT
    assert "No trial has finished" in SweepResult([], "tiny").note("", 5) and SweepResult([], "tiny").files() == {}
    assert trials_table(records).splitlines()[0].startswith("trial,status,label,seed,criterion,size,subset_id")


def test_a_long_note_is_cut_at_a_line(record_of: Callable[..., TrialRecord]) -> None:
    records = [record_of(f"a-{'rather-' * 30}long-name-{i}", 0) for i in range(20)]
    note = SweepResult(records, "tiny").note("", 20)
    assert len(note) <= 8_000 and note.endswith("in the artifact leaderboard.md)")
