"""MLflow's own pages."""

import os
import socket

import pytest

from sweep.folders import SweepFolder
from sweep.tracking.ui import serve


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
