"""The MLflow view on a real (temporary) database: one run a trial, true statuses, caught up after an interruption."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from sweep.config import as_mapping
from sweep.folders import SweepFolder
from sweep.mlflow_callback import MlflowCallback, migrate
from sweep.plan import Plan
from sweep.records import RecordStore, TrialRecord, make_record

ENVIRONMENT = {"sweep": "tiny", "versions": {"python": "3.11"}, "git_commit": "a" * 40}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database takes seconds to migrate: made once, copied by every test."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def store(migrated: Path, folder: SweepFolder) -> SweepFolder:
    folder.mlruns.mkdir(parents=True, exist_ok=True)
    shutil.copy(migrated, folder.mlruns / "mlflow.db")
    return folder


class Session:
    """One sweep as Tune would drive it, event by event."""

    def __init__(self, plan: Plan, folder: SweepFolder) -> None:
        self.plan, self.folder, self.records = plan, folder, RecordStore(folder.records)
        self.client = MlflowClient(folder.tracking_uri)

    def start(self) -> MlflowCallback:
        callback = MlflowCallback(
            tracking_uri=self.folder.tracking_uri, artifacts=self.folder.artifacts, study="study", sweep="tiny",
            config=as_mapping(self.plan.config), records=self.records, environment=ENVIRONMENT,
            n_trials=self.plan.n_trials,
        )  # fmt: skip
        callback.setup()
        return callback

    def trial(self, number: int) -> Any:
        return SimpleNamespace(config=self.plan.trials[number].config())

    def record(self, number: int, scores: tuple[dict[str, Any], ...], error: str = "") -> TrialRecord:
        result = {"score": 0.5, "scores": scores, "costs": {"realign_s": 2.0}, "encoder_fingerprint": "f",
                  "seen_languages": ["deu_Latn"]}  # fmt: skip
        record = make_record(self.trial(number).config, result, error, time.time(), ENVIRONMENT)
        self.records.write(record)
        return record

    def runs(self) -> dict[str, Run]:
        experiment = self.client.get_experiment_by_name("study")
        runs = self.client.search_runs([experiment.experiment_id])
        named = {run.info.run_name: run for run in runs}
        assert len(named) == len(runs), "one run a trial"
        return named


@pytest.fixture
def session(plan_of: Callable[..., Plan], store: SweepFolder) -> Session:
    return Session(plan_of(seeds=[0], description="a *description*"), store)


def test_a_whole_sweep(session: Session, pos_scores: Callable[..., tuple[dict[str, Any], ...]]) -> None:
    callback = session.start()
    for number in range(3):
        trial = session.trial(number)
        callback.on_trial_start(0, [], trial)
        for step in (1, 2):
            callback.on_trial_result(0, [], trial, {"stage": "realign", "stage_step": step, "loss": 1 / step})
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
        runs["random k=3 s=5 | seed 0"],
    )
    assert len(runs) == 4
    assert [run.info.status for run in (parent, none, full, failed)] == ["FAILED", "FINISHED", "FINISHED", "FAILED"]
    assert all(run.data.tags["mlflow.parentRunId"] == parent.info.run_id for run in (none, full, failed))
    assert none.data.metrics["pos/accuracy/wol_Latn"] == 0.3 and none.data.metrics["dev/pos/accuracy/wol_Latn"] == 0.2
    assert none.data.metrics["pos/accuracy/unseen"] == 0.3 and none.data.metrics["pos/accuracy/all"] == pytest.approx(
        0.45
    )
    assert none.data.metrics["stage_s/realign"] == 2.0 and none.data.metrics["score"] == 0.5
    history = session.client.get_metric_history(none.info.run_id, "progress/realign/loss")
    assert [(metric.step, metric.value) for metric in history] == [(1, 1.0), (2, 0.5)]
    assert full.data.params["realign.temperature"] == "0.1" and full.data.params["subset.size"] == "8"
    assert not {"store", "device", "checkpoint_s", "data.root", "languages"} & set(full.data.params)
    assert full.data.tags["subset"].split()[0] == "deu_Latn" and full.data.tags["status"] == "finished"
    assert failed.data.tags["error"] == "RuntimeError: x" and "pos/accuracy/all" not in failed.data.metrics
    folder = session.folder.artifacts / "study" / none.info.run_id / "artifacts"
    assert {path.name for path in folder.iterdir()} == {"config.yaml", "environment.json", "record.json"}
    assert json.loads((folder / "record.json").read_text())["trial"] == "none-seed0"
    note = parent.data.tags["mlflow.note.content"]
    assert note.startswith("# tiny") and "| none" in note
    board = session.folder.artifacts / "study" / parent.info.run_id / "artifacts" / "leaderboard.md"
    assert board.read_text() == note


def test_an_interrupted_sweep_is_killed_and_continues_the_same_runs(
    session: Session, pos_scores: Callable[..., tuple[dict[str, Any], ...]]
) -> None:
    callback = session.start()
    scores = pos_scores(deu_Latn=60, wol_Latn=30)
    for number in (0, 1):
        callback.on_trial_start(0, [], session.trial(number))
    session.record(0, scores)
    callback.on_trial_complete(0, [], session.trial(0))
    callback.on_experiment_end([])
    before = session.runs()
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


def test_records_that_mlflow_never_heard_of_are_written_on_resume(
    session: Session, pos_scores: Callable[..., tuple[dict[str, Any], ...]]
) -> None:
    """The driver was killed between writing a record and telling MLflow, or the database was lost."""
    record = session.record(1, pos_scores(deu_Latn=60, wol_Latn=30))
    session.start()
    run = session.runs()["full | seed 0"]
    assert run.info.status == "FINISHED" and run.data.metrics["pos/accuracy/deu_Latn"] == 0.6
    assert run.info.end_time == int(record.ended_s * 1000)
    assert run.data.tags["subset"] == " ".join(record.languages) and run.data.params["seed"] == "0"


def test_more_metrics_than_a_batch_holds(session: Session, score: Callable[..., dict[str, Any]]) -> None:
    many = tuple(score("pos", f"l{i:04d}", "test", i % 100) for i in range(1200))
    session.record(0, (*many, score("ner", "kin_Latn", "test", 20, source="panx")))
    session.start()
    metrics = session.runs()["none | seed 0"].data.metrics
    assert sum(name.startswith("pos/accuracy/l") for name in metrics) == 1200
    assert metrics["ner/f1/kin_Latn.panx"] == metrics["ner/f1/all"] == 0.2


def test_the_callback_can_be_pickled_by_tune_while_open(session: Session) -> None:
    import pickle

    callback = session.start()
    again = pickle.loads(pickle.dumps(callback))
    again.setup()
    assert again._parent == callback._parent and os.path.isabs(session.folder.artifacts)
