"""A sweep in MLflow: which runs are its own, and statuses that are true."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.commands.main import main
from sweep.config.load import as_mapping
from sweep.config.yaml_reader import write_yaml
from sweep.execution.search_log import SearchLog
from sweep.folders import SweepFolder
from sweep.plan import Plan
from sweep.records.records import make_record
from sweep.records.session import remember
from sweep.tracking.callback import check_store
from sweep.tracking.sync import sync


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


@pytest.mark.slow
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


def test_who_starts_a_sweep_that_runs_in_another_folder_is_told_where(session: Any, tmp_path: Path) -> None:
    """Two people with a folder each and one store: there it is one run."""
    config, uri = session.plan.config, session.folder.tracking_uri
    assert check_store(config, session.folder, uri) == ""
    callback = session.start(session.folder)
    callback.flush()
    assert check_store(config, session.folder, uri) == ""  # resumed after a crash, where it was
    mine = SweepFolder.below(tmp_path / "mine", "tiny")
    said = check_store(config, mine, uri)
    assert f":{session.folder.root}, too" in said and "\n" not in said
    callback.on_experiment_end([])
    assert check_store(config, mine, uri) == ""
