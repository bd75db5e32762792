"""A live sweep on a real MLflow server that asks who calls, goes down in the middle and comes back."""

import logging
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from sweep.config.load import as_mapping, config_text
from sweep.folders import SweepFolder, write_atomically
from sweep.tracking import callback as mlflow_callback
from sweep.tracking.callback import MlflowCallback, check_store
from sweep.tracking.sync import sync
from tests.faults.mlflow_server import PASSWORD, START_S, USER, Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    pytest.importorskip("flask_wtf", reason="MLflow's basic-auth app needs Flask-WTF")
    with Server(tmp_path_factory.mktemp("lab")) as server:
        server.start()
        yield server


@pytest.fixture
def as_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    log_in(monkeypatch, USER, PASSWORD)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no fault: only a server that is down is."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", str(int(START_S)))


def log_in(monkeypatch: pytest.MonkeyPatch, user: str, password: str) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", user)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", password)


def callback_of(session: Any, uri: str) -> MlflowCallback:
    return MlflowCallback(
        tracking_uri=uri, artifacts=None, study="study", sweep="tiny", config=as_mapping(session.plan.config),
        records=session.records, environment=session.environment, n_trials=session.plan.n_trials,
        folder=session.folder,
    )  # fmt: skip


def runs_of(uri: str, study: str = "study") -> dict[str, Run]:
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name(study)
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    named = {run.info.run_name: run for run in runs}
    assert len(named) == len(runs), "one run a trial"
    return named


@pytest.mark.slow
@pytest.mark.usefixtures("as_admin")
def test_a_server_that_goes_down_and_comes_back_has_everything_in_the_end(
    server: Server,
    session: Any,
    pos_scores: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(mlflow_callback, "PAUSE_S", 0.0)
    check_store(session.plan.config, session.folder, server.uri)
    callback = callback_of(session, server.uri)
    scores = pos_scores(deu_Latn=60, wol_Latn=30)

    def train(number: int) -> None:
        callback.on_trial_start(0, [], session.trial(number))
        session.record(number, scores)
        callback.on_trial_complete(0, [], session.trial(number))
        callback.flush()

    with caplog.at_level(logging.WARNING):
        callback.setup()
        train(0)
        server.kill()
        train(1)
        server.start()
        train(2)
        callback.on_experiment_end([])
    runs = runs_of(server.uri)
    assert {run.info.status for run in runs.values()} == {"FINISHED"} and len(runs) == 4
    trials = [run for name, run in runs.items() if name != "tiny"]
    assert all(run.data.metrics["test_sets/pos/accuracy/deu_Latn"] == 0.6 for run in trials)
    assert all(run.data.tags["mlflow.parentRunId"] == runs["tiny"].info.run_id for run in trials)
    files = [file.path for file in MlflowClient(server.uri).list_artifacts(trials[0].info.run_id)]
    assert {"record.json", "config.yaml"} <= set(files)  # through the server
    said = [record.getMessage() for record in caplog.records if record.name == mlflow_callback.__name__]
    assert len(said) == 2 and "The sweep goes on" in said[0] and "answers again" in said[1]
    assert f"sync tiny --mlruns {session.folder.mlruns} --tracking-uri {server.uri}`" in said[0]
    assert PASSWORD not in " ".join(said)


@pytest.mark.slow
@pytest.mark.usefixtures("as_admin")
def test_what_a_server_missed_at_the_end_is_written_by_sync(
    server: Server, session: Any, pos_scores: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = SweepFolder(session.folder.mlruns, "tiny")
    write_atomically(elsewhere.config, config_text(session.plan.config).replace("study: study", "study: late"))
    callback = callback_of(session, server.uri)
    callback.study = "late"
    callback.setup()
    callback.on_trial_start(0, [], session.trial(0))
    callback.flush()
    server.kill()
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            session.record(number, pos_scores(deu_Latn=60))
            callback.on_trial_complete(0, [], session.trial(number))
        callback.on_experiment_end([])
    last = caplog.records[-1].getMessage()
    assert "Write it by `realign-sweep sync tiny" in last and "goes on" not in last
    server.start()
    elsewhere.config.write_text(elsewhere.config.read_text().partition("\n")[2])  # edited: without its digest
    sync(elsewhere, server.uri)
    runs = runs_of(server.uri, "late")
    assert {run.info.status for run in runs.values()} == {"FINISHED"} and len(runs) == 4
    assert str(sync(elsewhere, server.uri)).startswith("0 trials written, 3 already there, 0 left open")


@pytest.mark.slow
def test_who_may_not_write_is_told_before_anything_runs(
    server: Server, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_USERNAME", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_PASSWORD", raising=False)
    with pytest.raises(ValueError, match="must know who calls.*Set MLFLOW_TRACKING_USERNAME"):
        check_store(session.plan.config, session.folder, server.uri)
    log_in(monkeypatch, USER, PASSWORD)
    check_store(session.plan.config, session.folder, server.uri)  # the administrator's study
    server.call("users/create", username="reader", password="a-long-password-of-mine")
    log_in(monkeypatch, "reader", "a-long-password-of-mine")
    with pytest.raises(ValueError, match="must let us write to the study"):
        check_store(session.plan.config, session.folder, server.uri)
    log_in(monkeypatch, USER, "a wrong password")
    with pytest.raises(ValueError) as caught:
        check_store(session.plan.config, session.folder, server.uri)
    assert "knows nobody" in str(caught.value) and "a wrong password" not in str(caught.value)


def test_a_password_in_the_address_reaches_no_file_of_tune(session: Any) -> None:
    callback = callback_of(session, f"http://me:{PASSWORD}@localhost:1")
    assert PASSWORD.encode() not in pickle.dumps(callback) and PASSWORD not in callback.sync_command
