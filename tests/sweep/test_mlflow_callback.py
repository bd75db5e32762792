"""The MLflow view on a real (temporary) database: one run a trial, true statuses, caught up after an interruption, made
anew by `sync`, and no failure of MLflow's is a failure of the sweep.
"""

import dataclasses
import json
import logging
import pickle
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from sweep import mlflow_callback
from sweep.cli import main
from sweep.config import as_mapping
from sweep.folders import SweepFolder
from sweep.mlflow_callback import MlflowCallback, check_store, migrate
from sweep.plan import Plan
from sweep.records import RecordStore, TrialRecord, make_record
from sweep.search_log import SearchLog
from sweep.session import exclusive, remember
from sweep.tracking.store import MlflowStore
from sweep.tracking.sync import SyncOutcome, sync
from sweep.tracking.view import SweepView
from sweep.yaml_reader import write_yaml

SIGNALS = tuple({"name": "retrieval_so_far", "at": at, "value": value} for at, value in ((0.1, 0.5), (0.2, 0.25)))
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

    def start(self, folder: SweepFolder | None = None) -> MlflowCallback:
        callback = MlflowCallback(
            tracking_uri=self.folder.tracking_uri, artifacts=self.folder.artifacts, study="study", sweep="tiny",
            config=as_mapping(self.plan.config), records=self.records, environment=ENVIRONMENT,
            n_trials=self.plan.n_trials, folder=folder,
        )  # fmt: skip
        callback.setup()
        self.callback = callback
        return callback

    def view(self, uri: str = "", artifacts: Path | None = None) -> SweepView:
        return SweepView(
            uri or self.folder.tracking_uri, artifacts or self.folder.artifacts, study="study", sweep="tiny",
            config=as_mapping(self.plan.config), environment=ENVIRONMENT, n_trials=self.plan.n_trials,
        )  # fmt: skip

    def trial(self, number: int) -> Any:
        return SimpleNamespace(config=self.plan.trials[number].config())

    def record(self, number: int, scores: tuple[dict[str, Any], ...], error: str = "") -> TrialRecord:
        result = {"score": 0.5, "scores": scores, "costs": {"realign_s": 2.0}, "encoder_fingerprint": "f",
                  "seen_languages": ["deu_Latn"]}  # fmt: skip
        record = make_record(self.trial(number).config, result, error, time.time(), ENVIRONMENT)
        self.records.write(record)
        return record

    def runs(self) -> dict[str, Run]:
        if hasattr(self, "callback"):
            self.callback.flush()
        experiment = self.client.get_experiment_by_name("study")
        runs = self.client.search_runs([experiment.experiment_id])
        named = {run.info.run_name: run for run in runs}
        assert len(named) == len(runs), "one run a trial"
        return named


@pytest.fixture
def session(plan_of: Callable[..., Plan], store: SweepFolder) -> Session:
    return Session(plan_of(seeds=[0], study="study", description="a *description*"), store)


def test_a_whole_sweep(session: Session, pos_scores: Callable[..., tuple[dict[str, Any], ...]]) -> None:
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
    assert files_of(session, none) == {"config.yaml", "record.json"}
    assert files_of(session, failed) == {"config.yaml", "record.json", "error.txt"}
    record = session.folder.artifacts / "study" / none.info.run_id / "artifacts" / "record.json"
    assert json.loads(record.read_text())["trial"] == "none-seed0"
    note = parent.data.tags["mlflow.note.content"]
    assert note.startswith("**Best on development data: ") and "a *description*" in note and "| none" in note
    plots = {"plots/best_so_far.png", "plots/arms.png"}
    tables = {"leaderboard.md", "leaderboard.csv", "trials.csv", "config.yaml", "environment.json"}
    assert files_of(session, parent) == plots | tables
    assert parent.data.params["seeds"] == "0" and parent.data.params["arms"] == "none full random-3-s5"
    best = session.client.get_metric_history(parent.info.run_id, "best_so_far")
    assert [(metric.step, metric.value) for metric in best] == [(1, 0.5), (2, 0.5), (3, 0.5)]
    assert parent.data.metrics["n_failed"] == 1.0 and parent.data.metrics["n_finished"] == 2.0
    assert parent.data.params.keys() & {"realign.temperature"} and parent.data.tags["git_commit"] == "a" * 40


def files_of(session: Session, run: Run) -> set[str]:
    folder = session.folder.artifacts / "study" / run.info.run_id / "artifacts"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


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
    callback = session.start()
    parent = session.runs()["tiny"].info.run_id
    again = pickle.loads(pickle.dumps(callback))
    again.setup()
    again.flush()
    assert {name: run.info.run_id for name, run in session.runs().items()} == {"tiny": parent}


def test_a_failure_of_mlflow_is_said_once_and_made_good(
    session: Session, pos_scores: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
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


def test_sync_repairs_what_a_killed_driver_left(session: Session, pos_scores: Callable[..., Any]) -> None:
    remember(session.plan.config, session.folder)
    callback = session.start()
    for number in (0, 1):
        callback.on_trial_start(0, [], session.trial(number))
    session.record(0, pos_scores(deu_Latn=60, wol_Latn=30))
    left = session.runs()
    assert {run.info.status for run in left.values()} == {"RUNNING"}
    twin = left["full | seed 0"]  # a server's answer was lost, and the call repeated
    session.client.create_run(twin.info.experiment_id, tags=twin.data.tags, run_name=twin.info.run_name)
    assert sync(session.folder) == SyncOutcome(n_written=1, n_there=0, n_closed=1)
    runs = session.runs()
    statuses = {name: run.info.status for name, run in runs.items()}
    assert statuses == {"tiny": "KILLED", "none | seed 0": "FINISHED", "full | seed 0": "KILLED"}
    assert {name: run.info.run_id for name, run in left.items()} == {n: run.info.run_id for n, run in runs.items()}
    assert sync(session.folder) == SyncOutcome(n_written=0, n_there=1, n_closed=0)
    with exclusive(session.folder), pytest.raises(ValueError, match="may run once at a time"):
        sync(session.folder)


def test_a_deleted_parent_and_runs_of_others_change_nothing(session: Session, pos_scores: Callable[..., Any]) -> None:
    remember(session.plan.config, session.folder)
    for number in range(3):
        session.record(number, pos_scores(deu_Latn=60, wol_Latn=30))
    sync(session.folder)
    before = session.runs()
    parent = before.pop("tiny")
    experiment = parent.info.experiment_id
    session.client.delete_run(parent.info.run_id)
    note = session.client.create_run(experiment, tags={"mlflow.parentRunId": parent.info.run_id}, run_name="my notes")
    assert sync(session.folder) == SyncOutcome(n_written=0, n_there=3, n_closed=0)
    after = session.runs()
    again = after.pop("tiny")
    assert again.info.run_id != parent.info.run_id and after.pop("my notes").info.run_id == note.info.run_id
    assert {name: run.info.run_id for name, run in after.items()} == {n: run.info.run_id for n, run in before.items()}
    assert {run.data.tags["mlflow.parentRunId"] for run in after.values()} == {again.info.run_id}
    session.client.set_tag(note.info.run_id, "mlflow.parentRunId", again.info.run_id)
    assert sync(session.folder).n_there == 3 and len(session.runs()) == 5
    assert session.client.get_run(note.info.run_id).info.status == "RUNNING"  # not ours to close


def test_another_sweep_of_the_same_name_is_refused_and_an_old_one_is_taken(
    session: Session, plan_of: Callable[..., Plan], capsys: pytest.CaptureFixture[str]
) -> None:
    remember(session.plan.config, session.folder)
    sync(session.folder)
    parent = session.runs()["tiny"]
    other = plan_of(seeds=[1], study="study").config  # description, paths and resources do not tell sweeps apart
    same = plan_of(seeds=[0], study="study", resources={"cpu": 2}, run={"n_threads": 3}).config
    check_store(same, session.folder)
    with pytest.raises(ValueError, match="'tiny' has another config in the study 'study' there. Give another name"):
        check_store(other, session.folder)
    session.folder.config.write_text(write_yaml(as_mapping(other)))
    assert main(["sync", "tiny", "--mlruns", str(session.folder.mlruns)]) == 2
    assert "has another config" in capsys.readouterr().err and len(session.runs()) == 1
    session.client.delete_tag(parent.info.run_id, "realign_sweep.config")  # as an earlier version wrote it
    sync(session.folder)
    (taken,) = session.runs().values()
    assert taken.info.run_id == parent.info.run_id
    assert taken.data.tags["realign_sweep.config"] not in ("", parent.data.tags["realign_sweep.config"])


def test_a_search_that_has_tried_all_sets_is_finished(
    plan_of: Callable[..., Plan], store: SweepFolder, pos_scores: Callable[..., Any]
) -> None:
    search = {"kind": "random-sets", "size": 2, "n_samples": 7}
    plan = plan_of(arms=["none"], seeds=[0], pool=["deu", "fra", "jpn"], search=search, study="study")
    session = Session(plan, store)
    remember(plan.config, store)
    log, scores = SearchLog(plan, session.records, store.search), pos_scores(deu_Latn=60, wol_Latn=30)
    configs = [plan.trials[0].config()]
    while asked := log.next([config["number"] for config in configs], ()):
        configs.append(log.trial(asked).config())
    assert len(configs) == 4  # of three languages there are three pairs
    for config in configs:
        session.records.write(make_record(config, {"score": 0.5, "scores": scores}, "", time.time(), ENVIRONMENT))
    callback = session.start(store)
    callback.on_experiment_end([])
    for _ in range(2):
        parent = session.runs()["tiny"]
        note = parent.data.tags["mlflow.note.content"]
        assert parent.info.status == "FINISHED" and "Not complete" not in note
        assert "**All sets that the search may propose were tried**" in note and "4 trials instead of 8" in note
        assert parent.data.params["search"] == "random-sets"
        sync(store)


@pytest.mark.parametrize("uri", ["foo/bar", "sqlite:////", "http://127.0.0.1:9", "nonsense://x"])
def test_a_store_that_does_not_answer_is_one_sentence(
    session: Session, uri: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    remember(session.plan.config, session.folder)
    started_s = time.monotonic()
    assert main(["sync", "tiny", "--tracking-uri", uri, "--mlruns", str(session.folder.mlruns)]) == 2
    assert time.monotonic() - started_s < 15
    said = capsys.readouterr().err
    assert f"that answers, but {uri} is not: " in said and "--tracking-uri" in said
    assert len(said.strip().splitlines()) == 1 and len(said) < 600


def test_sync_into_another_store_shows_the_same(
    session: Session, migrated: Path, tmp_path: Path, pos_scores: Callable[..., Any]
) -> None:
    remember(session.plan.config, session.folder)
    callback = session.start()
    for number in range(3):
        callback.on_trial_start(0, [], session.trial(number))
        session.record(
            number, pos_scores(deu_Latn=60 + number, wol_Latn=30), error="ValueError: x" if number == 2 else ""
        )
        callback.on_trial_complete(0, [], session.trial(number))
    callback.on_experiment_end([])
    here = session.runs()
    (tmp_path / "other").mkdir()
    shutil.copy(migrated, tmp_path / "other" / "mlflow.db")
    uri = f"sqlite:///{tmp_path / 'other' / 'mlflow.db'}"
    assert sync(session.folder, uri).n_written == 3
    there = {run.info.run_name: run for run in MlflowClient(uri).search_runs(["1"])}
    assert there.keys() == here.keys()
    for name, run in here.items():
        other = there[name]
        assert other.data.metrics == run.data.metrics and other.data.params == run.data.params
        assert (other.info.status, other.info.end_time) == (run.info.status, run.info.end_time)
        moved = {"mlflow.parentRunId", "mlflow.user"}
        assert {k: v for k, v in other.data.tags.items() if k not in moved} == {
            k: v for k, v in run.data.tags.items() if k not in moved
        }
        assert len(list((tmp_path / "other" / "artifacts" / "study" / other.info.run_id).rglob("*.*"))) >= 2


def test_curves_and_data_sets_written_twice_are_there_once(session: Session, pos_scores: Callable[..., Any]) -> None:
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


def test_a_stopped_trial_is_killed_and_says_why(session: Session) -> None:
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
