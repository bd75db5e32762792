"""Starts MLflow's own web server on a store."""

import subprocess
import sys
from collections.abc import Callable

from sweep.folders import SweepFolder


def serve(folder: SweepFolder, port: int, say: Callable[[str], None]) -> int:
    """Runs `mlflow ui` until it is stopped; returns its exit code.

    Raises:
        ValueError: no sweep has been run in this folder.
    """
    database = folder.mlruns / "mlflow.db"
    if not database.exists():
        raise ValueError(
            f"An MLflow store must exist to be shown, but {database} does not. Run a sweep or give `--mlruns`."
        )
    command = [
        sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", folder.tracking_uri,
        "--default-artifact-root", folder.artifacts.as_uri(), "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    say(f"{' '.join(command)}\nopen http://127.0.0.1:{port} (stop with Ctrl-C)")
    try:
        return subprocess.call(command)
    except KeyboardInterrupt:
        return 0
