"""`sync`: the view made anew from records, here and elsewhere, whatever happened to it, and no store that hangs."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from sweep.commands.main import main
from sweep.launch import catch_trackers_up
from sweep.records.session import exclusive, remember
from sweep.tracking.sync import SyncOutcome, sync


def test_sync_repairs_what_a_killed_driver_left(session: Any, pos_scores: Callable[..., Any]) -> None:
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
    with exclusive(session.folder), pytest.raises(ValueError, match="may run in one process at a time"):
        sync(session.folder)


def test_a_deleted_parent_and_runs_of_others_change_nothing(session: Any, pos_scores: Callable[..., Any]) -> None:
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


@pytest.mark.parametrize("uri", ["foo/bar", "sqlite:////", "http://127.0.0.1:9", "nonsense://x"])
def test_a_store_that_does_not_answer_is_one_sentence(
    session: Any, uri: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    remember(session.plan.config, session.folder)
    started_s = time.monotonic()
    assert main(["sync", "tiny", "--tracking-uri", uri, "--mlruns", str(session.folder.mlruns)]) == 2
    assert time.monotonic() - started_s < 15
    said = capsys.readouterr().err
    assert f"that answers, but {uri} is not (" in said and "--tracking-uri" in said
    assert len(said.strip().splitlines()) == 1 and len(said) < 600


def test_sync_into_another_store_shows_the_same(
    session: Any, migrated: Path, tmp_path: Path, pos_scores: Callable[..., Any]
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
        moved = {"mlflow.parentRunId", "mlflow.user", "realign_sweep.folder"}
        assert {k: v for k, v in other.data.tags.items() if k not in moved} == {
            k: v for k, v in run.data.tags.items() if k not in moved
        }
        assert len(list((tmp_path / "other" / "artifacts" / "study" / other.info.run_id).rglob("*.*"))) >= 2


def test_a_sweep_with_nothing_left_to_run_catches_its_trackers_up(
    session: Any, pos_scores: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its driver was cut off after the last record."""
    remember(session.plan.config, session.folder)
    callback = session.start()
    callback.on_trial_start(0, [], session.trial(0))
    session.record(0, pos_scores(deu_Latn=60, wol_Latn=30))
    assert {run.info.status for run in session.runs().values()} == {"RUNNING"}
    said: list[str] = []
    catch_trackers_up(session.folder, None, said.append)
    assert session.runs()["none | seed 0"].info.status == "FINISHED" and not said
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    catch_trackers_up(session.folder, "http://127.0.0.1:9", said.append)
    assert len(said) == 1 and "Write them later: `realign-sweep sync tiny" in said[0]
