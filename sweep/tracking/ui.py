"""Starts MLflow's own web server on a store."""

import os
import socket
import sys
from collections.abc import Callable
from typing import NoReturn

from sweep.folders import SweepFolder


def serve(folder: SweepFolder, port: int, say: Callable[[str], None]) -> NoReturn:
    """Becomes `mlflow ui` (so that Ctrl-C and signals reach it); does not return.

    Raises:
        ValueError: no sweep has been run in this folder, or the port is taken.
    """
    database = folder.mlruns / "mlflow.db"
    if not database.exists():
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
    command = [
        sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", folder.tracking_uri,
        "--default-artifact-root", folder.artifacts.as_uri(), "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1",
    ]  # fmt: skip
    # Without the last part MLflow opens on its pages for language models, where no run is to be seen.
    address = f"http://127.0.0.1:{port}/#/experiments?workflowType=machine_learning"
    say(f"{' '.join(command)}\nopen {address} when it says that it runs (stop with Ctrl-C)")
    os.execv(command[0], command)
