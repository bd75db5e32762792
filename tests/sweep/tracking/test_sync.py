"""`sync`: the view made anew from records, here and elsewhere, whatever happened to it, and no store that hangs."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from sweep.commands.main import main
from sweep.config.load import as_mapping
from sweep.config.yaml_reader import write_yaml
from sweep.execution.search_log import SearchLog
from sweep.plan import Plan
from sweep.records.records import make_record
from sweep.records.session import exclusive, remember
from sweep.tracking.callback import check_store
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


def test_another_sweep_of_the_same_name_is_refused_and_an_old_one_is_taken(
    session: Any, plan_of: Callable[..., Plan], capsys: pytest.CaptureFixture[str]
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
    plan_of: Callable[..., Plan], session_of: Callable[[Plan], Any], pos_scores: Callable[..., Any]
) -> None:
    search = {"kind": "random-sets", "size": 2, "n_samples": 7}
    plan = plan_of(arms=["none"], seeds=[0], pool=["deu", "fra", "jpn"], search=search, study="study")
    session = session_of(plan)
    store = session.folder
    remember(plan.config, store)
    log, scores = SearchLog(plan, session.records, store.search), pos_scores(deu_Latn=60, wol_Latn=30)
    configs = [plan.trials[0].config()]
    while asked := log.next([config["number"] for config in configs], ()):
        configs.append(log.trial(asked).config())
    assert len(configs) == 4  # of three languages there are three pairs
    for config in configs:
        session.records.write(
            make_record(config, {"score": 0.5, "scores": scores}, "", time.time(), session.environment)
        )
    callback = session.start(store)
    callback.on_experiment_end([])
    for _ in range(2):
        parent = session.runs()["tiny"]
        note = parent.data.tags["mlflow.note.content"]
        assert parent.info.status == "FINISHED" and "Not complete" not in note
        assert "**The search has nothing left to try**" in note and "4 trials instead of 8" in note
        assert parent.data.params["search"] == "random-sets"
        sync(store)


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
        moved = {"mlflow.parentRunId", "mlflow.user"}
        assert {k: v for k, v in other.data.tags.items() if k not in moved} == {
            k: v for k, v in run.data.tags.items() if k not in moved
        }
        assert len(list((tmp_path / "other" / "artifacts" / "study" / other.info.run_id).rglob("*.*"))) >= 2
