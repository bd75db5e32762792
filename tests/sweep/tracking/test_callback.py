"""The MLflow view on a real (temporary) database: one run a trial, true statuses, caught up after an interruption,
and no failure of MLflow's is a failure of the sweep.
"""

import dataclasses
import json
import logging
import pickle
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from mlflow.entities import Run

from sweep.tracking import callback as mlflow_callback
from sweep.tracking.store import MlflowStore

SIGNALS = tuple({"name": "retrieval_so_far", "at": at, "value": value} for at, value in ((0.1, 0.5), (0.2, 0.25)))


def test_a_whole_sweep(session: Any, pos_scores: Callable[..., tuple[dict[str, Any], ...]]) -> None:
    callback = session.start()
    for number in range(3):
        trial = session.trial(number)
        callback.on_trial_start(0, [], trial)
        for step in (1, 2):
            curve = {"step": [step], "time_s": [time.time()], "loss": [1 / step]}
            callback.on_trial_result(0, [], trial, {"stage": "realign", "curve": curve})
            callback.flush()  # what comes faster than it can be written is left out
        session.record(
            number, pos_scores(eng_Latn=90, deu_Latn=60, wol_Latn=30), error="RuntimeError: x" if number == 2 else ""
        )
        (callback.on_trial_error if number == 2 else callback.on_trial_complete)(0, [], trial)
    callback.on_experiment_end([])
    runs = session.runs()
    parent, none, full, failed = (
        runs["tiny"],
        runs["none | seed 0"],
        runs["full | seed 0"],
        next(run for name, run in runs.items() if name.startswith("random k=3 s=5 (")),
    )
    assert len(runs) == 4
    assert [run.info.status for run in (parent, none, full, failed)] == ["FAILED", "FINISHED", "FINISHED", "FAILED"]
    assert all(run.data.tags["mlflow.parentRunId"] == parent.info.run_id for run in (none, full, failed))
    assert none.data.metrics["test_sets/pos/accuracy/wol_Latn"] == 0.3
    assert not [name for name in none.data.metrics if name.startswith("dev/")]  # they are in the table
    assert none.data.metrics["pos/accuracy/unseen"] == 0.3 and none.data.metrics["pos/accuracy/all"] == pytest.approx(
        0.45
    )
    assert none.data.metrics["stage_s/realign"] == 2.0 and none.data.metrics["score"] == 0.5
    history = session.client.get_metric_history(none.info.run_id, "progress/realign/loss")
    assert [(metric.step, metric.value) for metric in history] == [(1, 1.0), (2, 0.5)]
    assert full.data.params["realign.temperature"] == "0.1" and full.data.params["subset.size"] == "8"
    assert not {"store", "device", "checkpoint_s", "data.root", "languages"} & set(full.data.params)
    assert full.data.tags["subset"].split()[0] == "deu_Latn" and full.data.tags["status"] == "finished"
    assert full.data.tags["languages"].startswith("German, French, ") and none.data.tags["languages"] == "none"
    # Of eight languages the encoder saw German. Swahili, Wolof and Yoruba are Atlantic-Congo, German and French
    # Indo-European; Japanese, Telugu and Turkish stand alone.
    assert float(full.data.params["set.unseen_frac"]) == 7 / 8 and full.data.params["set.n_families"] == "5"
    assert full.data.params["set.n_areas"] == "2" and 0 < float(full.data.params["set.mean_distance"]) < 1
    assert parent.data.metrics["score"] == 0.5 and {"languages", "best"} <= parent.data.tags.keys()
    assert failed.data.tags["error"] == "RuntimeError: x" and "pos/accuracy/all" not in failed.data.metrics
    assert files_of(session, none) == {"config.yaml", "record.json", "scores.json"}
    table = pd.read_json(session.client.download_artifacts(none.info.run_id, "scores.json"), orient="split")
    dev = table[(table["split"] == "dev") & (table["language"] == "wol_Latn")]
    assert dev["value"].tolist() == [0.2] and dev["name"].tolist() == ["Wolof"]
    assert files_of(session, failed) == {"config.yaml", "record.json", "error.txt"}
    record = session.folder.artifacts / "study" / none.info.run_id / "artifacts" / "record.json"
    assert json.loads(record.read_text())["trial"] == "none-seed0"
    note = parent.data.tags["mlflow.note.content"]
    assert note.startswith("**Best on development data: ") and "a *description*" in note and "| none" in note
    plots = {"plots/best_so_far.png", "plots/arms.png"}
    tables = {"leaderboard.md", "leaderboard.csv", "trials.csv", "config.yaml", "environment.json", "report.html"}
    assert files_of(session, parent) == plots | tables
    assert parent.data.params["seeds"] == "0" and parent.data.params["arms"] == "none full random-3-s5"
    best = session.client.get_metric_history(parent.info.run_id, "best_so_far")
    assert [(metric.step, metric.value) for metric in best] == [(1, 0.5), (2, 0.5), (3, 0.5)]
    assert parent.data.metrics["n_failed"] == 1.0 and parent.data.metrics["n_finished"] == 2.0
    assert parent.data.params.keys() & {"realign.temperature"} and parent.data.tags["git_commit"] == "a" * 40


def files_of(session: Any, run: Run) -> set[str]:
    folder = session.folder.artifacts / "study" / run.info.run_id / "artifacts"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_an_interrupted_sweep_is_killed_and_continues_the_same_runs(
    session: Any, pos_scores: Callable[..., tuple[dict[str, Any], ...]]
) -> None:
    callback = session.start()
    scores = pos_scores(deu_Latn=60, wol_Latn=30)
    for number in (0, 1):
        callback.on_trial_start(0, [], session.trial(number))
    session.record(0, scores)
    callback.on_trial_complete(0, [], session.trial(0))
    callback.on_experiment_end([])
    before = session.runs()
    assert before["full | seed 0"].data.tags["stop_reason"] == "interrupted"
    assert [before[name].info.status for name in ("tiny", "none | seed 0", "full | seed 0")] == [
        "KILLED",
        "FINISHED",
        "KILLED",
    ]
    again = session.start()
    assert session.runs()["tiny"].info.status == "RUNNING"
    for number in (1, 2):
        again.on_trial_start(0, [], session.trial(number))
        session.record(number, scores)
        again.on_trial_complete(0, [], session.trial(number))
    again.on_experiment_end([])
    after = session.runs()
    assert {name: after[name].info.run_id for name in before} == {name: run.info.run_id for name, run in before.items()}
    assert {run.info.status for run in after.values()} == {"FINISHED"} and len(after) == 4
    assert not after["full | seed 0"].data.tags["stop_reason"]


def test_records_that_mlflow_never_heard_of_are_written_on_resume(
    session: Any, pos_scores: Callable[..., tuple[dict[str, Any], ...]]
) -> None:
    """The driver was killed between writing a record and telling MLflow, or the database was lost."""
    record = session.record(1, pos_scores(deu_Latn=60, wol_Latn=30))
    session.start()
    run = session.runs()["full | seed 0"]
    assert run.info.status == "FINISHED" and run.data.metrics["test_sets/pos/accuracy/deu_Latn"] == 0.6
    assert run.info.end_time == int(record.ended_s * 1000)
    assert run.data.tags["subset"] == " ".join(record.languages) and run.data.params["seed"] == "0"


def test_more_metrics_than_a_batch_holds(session: Any, score: Callable[..., dict[str, Any]]) -> None:
    many = tuple(score("pos", f"l{i:04d}", "test", i % 100) for i in range(1200))
    session.record(0, (*many, score("ner", "kin_Latn", "test", 20, source="panx")))
    session.start()
    metrics = session.runs()["none | seed 0"].data.metrics
    assert sum(name.startswith("test_sets/pos/accuracy/l") for name in metrics) == 1200
    assert metrics["test_sets/ner/f1/kin_Latn.panx"] == metrics["ner/f1/all"] == 0.2


def test_the_callback_can_be_pickled_by_tune_while_open(session: Any) -> None:
    callback = session.start()
    parent = session.runs()["tiny"].info.run_id
    again = pickle.loads(pickle.dumps(callback))
    again.setup()
    again.flush()
    assert {name: run.info.run_id for name, run in session.runs().items()} == {"tiny": parent}


def test_a_failure_of_mlflow_is_said_once_and_made_good(
    session: Any, pos_scores: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mlflow_callback, "PAUSE_S", 0.0)
    callback = session.start()
    callback.flush()

    def broken(*arguments: Any, **more: Any) -> None:
        raise ConnectionError("no route to the server")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(MlflowStore, "create", broken)
        for number in (0, 1):
            callback.on_trial_start(0, [], session.trial(number))
            curve = {"step": [1], "time_s": [time.time()], "loss": [1.0]}
            callback.on_trial_result(0, [], session.trial(number), {"stage": "realign", "curve": curve})
            session.record(number, pos_scores(deu_Latn=60, wol_Latn=30))
            callback.on_trial_complete(0, [], session.trial(number))
        callback.flush()
        assert len(session.runs()) == 1
    said = [record.getMessage() for record in caplog.records if "no route to the server" in record.getMessage()]
    assert len(said) == 1 and "realign-sweep sync tiny" in said[0]
    callback.on_trial_start(0, [], session.trial(2))
    session.record(2, pos_scores(deu_Latn=60, wol_Latn=30))
    callback.on_trial_complete(0, [], session.trial(2))
    callback.on_experiment_end([])
    runs = session.runs()
    assert len(runs) == 4 and {run.info.status for run in runs.values()} == {"FINISHED"}


def test_curves_and_data_sets_written_twice_are_there_once(session: Any, pos_scores: Callable[..., Any]) -> None:
    plain = session.record(1, pos_scores(deu_Latn=60, wol_Latn=30))
    curves = {"realign": {"step": [1, 2], "time_s": [plain.ended_s - 2, plain.ended_s - 1], "loss": [0.5, 0.25]}}
    data = {"realign": "d" * 20, "finetune/pos": "e" * 20, "evaluate/pos": "e" * 20}
    view = session.view()
    record = dataclasses.replace(plain, curves=curves, data=data)
    view.report(session.trial(1).config, {"stage": "realign", "curve": curves["realign"]})
    for _ in range(2):
        view.close_trial(record)
    run = session.runs()["full | seed 0"]
    history = session.client.get_metric_history(run.info.run_id, "progress/realign/loss")
    assert [(metric.step, metric.value) for metric in history] == [(1, 0.5), (2, 0.25)]
    inputs = {i.dataset.name: (i.dataset.digest, i.tags[0].value) for i in run.inputs.dataset_inputs}
    assert inputs == {
        "bitext (folder)": ("d" * 20, "realignment"),
        "pos-train-eng (folder)": ("e" * 20, "fine-tuning"),
        "pos-test (folder)": ("e" * 20, "evaluation"),
    }


def test_a_stopped_trial_is_killed_and_says_why(session: Any) -> None:
    stopped = dataclasses.replace(session.record(0, ()), status="stopped", scores=(), score=None, signals=SIGNALS)
    session.view().close_trial(stopped)
    run = session.runs()["none | seed 0"]
    assert run.info.status == "KILLED"
    assert (run.data.tags["status"], run.data.tags["stop_reason"]) == (
        "killed",
        "stopped early at retrieval_so_far 0.250",
    )
    history = session.client.get_metric_history(run.info.run_id, "signal/retrieval_so_far")
    assert [(metric.step, metric.value) for metric in history] == [(10, 0.5), (20, 0.25)]  # per cent of the realignment
