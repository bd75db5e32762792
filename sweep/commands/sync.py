"""`realign-sweep sync`: a sweep's records into MLflow, on request with the models of its best trial."""

import argparse
from collections.abc import Callable

from sweep.commands.options import add_tracking_uri
from sweep.folders import SweepFolder
from trainables.store.secrets import redacted


def add_sync(sub: argparse.ArgumentParser) -> None:
    """The options of `sync`."""
    sub.add_argument("name", metavar="NAME")
    add_tracking_uri(sub)
    sub.add_argument(
        "--best-model", action="store_true",
        help="also log the fine-tuned models of the trial with the highest dev score, one a task, in MLflow's "
        "transformers flavour with a model card; needs `run.keep_models: true` when the trial ran",
    )  # fmt: skip


def run_sync(
    folder: SweepFolder, *, tracking_uri: str | None = None, best_model: bool = False, say: Callable[[str], None]
) -> None:
    """Writes the runs, then the models; says what for `mlflow.transformers.load_model` they are called.

    Raises:
        ValueError: see `sync` and `log_best_model`.
    """
    from sweep.tracking.sync import sync

    say(str(sync(folder, tracking_uri, say)))
    if best_model:
        from sweep.tracking.best_model import log_best_model

        for uri in log_best_model(folder, tracking_uri):
            where = redacted(tracking_uri or folder.tracking_uri)
            say(f"logged: mlflow.transformers.load_model({uri!r}), with MLFLOW_TRACKING_URI={where}")
