"""MLflow's own pages."""

import json
import os
import socket

import pytest

from sweep.folders import SweepFolder
from sweep.tracking.pages import VIEW, VIEW_TAG, view_state
from sweep.tracking.store import MlflowStore
from sweep.tracking.ui import newest_studies, serve


def test_a_port_that_is_taken_is_said(store: SweepFolder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ValueError, match=f"{port} cannot be had"):
            serve(store, port, lambda text: None)
    with pytest.raises(ValueError, match="99999 cannot be had"):
        serve(store, 99999, lambda text: None)


def test_a_server_shows_its_own_pages(folder: SweepFolder) -> None:
    said: list[str] = []
    serve(folder, 5000, said.append, "https://me:geheim@mlflow.lab/")
    (line,) = said
    assert "https://me:***@mlflow.lab/#/experiments" in line


def test_a_password_of_a_database_is_not_among_the_arguments(
    folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda path, arguments, environment: called.append((arguments, environment)))
    uri, said = "postgresql://me:geheim@host/db", list[str]()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    serve(folder, port, said.append, uri)
    ((arguments, environment),) = called
    assert "geheim" not in " ".join([*arguments, *said]) and environment["MLFLOW_BACKEND_STORE_URI"] == uri
    assert "--default-artifact-root" not in arguments  # the database is not beside a folder of ours


def test_a_study_has_our_view_and_there_is_no_other_study(store: SweepFolder) -> None:
    study = MlflowStore(store.tracking_uri, "study", store.artifacts, {VIEW_TAG: view_state()})
    assert newest_studies(store.tracking_uri) == [("study", study.experiment_id)]  # no empty Default
    state = json.loads(study.client.get_experiment(study.experiment_id).tags[f"mlflow.sharedViewState.{VIEW}"])
    assert {"metrics.`score`", "tags.`languages`"} <= set(state["selectedColumns"])
    sections = {section["name"]: section for section in state["compareRunSections"]}
    assert sections["What matters"]["display"] and not sections["test_sets/pos/accuracy"]["display"]
    assert {chart["metricSectionId"] for chart in state["compareRunCharts"]} == {sections["What matters"]["uuid"]}
    assert newest_studies("http://localhost:1") == newest_studies(f"sqlite:///{store.mlruns}/no.db") == []
