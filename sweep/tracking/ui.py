"""Starts MLflow's own web server on a store."""

import contextlib
import os
import socket
import sqlite3
import sys
from collections.abc import Callable

from sweep.folders import SweepFolder
from sweep.tracking.pages import page_path
from sweep.tracking.store import SQLITE
from sweep.tracking.view import artifacts_folder
from trainables.store.secrets import redacted

# Without the last part MLflow opens on its pages for language models, where no run is to be seen.
PAGE = "/#/experiments?workflowType=machine_learning"
MAX_STUDIES = 5


def serve(folder: SweepFolder, port: int, say: Callable[[str], None], tracking_uri: str | None = None) -> None:
    """Becomes `mlflow ui` (so that Ctrl-C and signals reach it) and does not return; of a server, says where its own
    pages are.

    Args:
        tracking_uri: of another store; None = the one in the folder.

    Raises:
        ValueError: no sweep has been run in this folder, or the port is taken.
    """
    if tracking_uri and tracking_uri.startswith(("http://", "https://")):
        say(f"an MLflow server has pages of its own: open {redacted(tracking_uri).rstrip('/')}{PAGE}")
        return
    database = folder.mlruns / "mlflow.db"
    if not tracking_uri and not database.exists():
        raise ValueError(
            f"An MLflow store must exist to be shown, but {database} does not. Run a sweep or give `--mlruns`."
        )
    try:
        with socket.create_server(("127.0.0.1", port)):
            pass
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(
            f"MLflow's pages need a port of their own, but {port} cannot be had ({reason}). Give another `--port`, or "
            f"open what is there: http://127.0.0.1:{port}"
        ) from None
    uri = tracking_uri or folder.tracking_uri
    artifacts = artifacts_folder(uri, folder)
    command = [sys.executable, "-m", "mlflow", "ui", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    if artifacts is not None:
        command += ["--default-artifact-root", artifacts.as_uri()]
    host = f"http://127.0.0.1:{port}"
    pages = [f"open {host}{PAGE} when it says that it runs (stop with Ctrl-C)"]
    pages += [f"  {name}: {host}{page_path(number)}" for name, number in newest_studies(uri)]
    say("\n".join([f"{' '.join(command)} --backend-store-uri {redacted(uri)}", *pages]))
    # Not among the arguments, which everyone on the machine can see: the URI may hold a password.
    os.execve(command[0], command, {**os.environ, "MLFLOW_BACKEND_STORE_URI": uri})


def newest_studies(tracking_uri: str) -> list[tuple[str, str]]:
    """(name, id) of the studies in an SQLite store, newest first, a few; none of another store, or of a damaged one."""
    if not tracking_uri.startswith(SQLITE):
        return []
    asked = "SELECT name, experiment_id FROM experiments WHERE lifecycle_stage = 'active' ORDER BY experiment_id DESC"
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(f"file:{tracking_uri.removeprefix(SQLITE)}?mode=ro", uri=True)) as database,
    ):
        return [(str(name), str(number)) for name, number in database.execute(asked).fetchmany(MAX_STUDIES)]
    return []
