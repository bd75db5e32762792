"""`realign-sweep sync`: a sweep's records into its trackers, on request with the models of its best trial in MLflow."""

import argparse
from collections.abc import Callable, Sequence

from sweep.commands.options import add_tracking_uri
from sweep.folders import SweepFolder
from trainables.store.secrets import redacted


def add_sync(sub: argparse.ArgumentParser) -> None:
    """The options of `sync`."""
    sub.add_argument("name", metavar="NAME")
    add_tracking_uri(sub)
    sub.add_argument(
        "--trackers", type=lambda text: tuple(filter(None, text.split(","))), default=(), metavar="NAME,...",
        help="which are written: mlflow, wandb, tensorboard, optuna (default: `trackers` of the sweep's file, and "
        "optuna for a search)",
    )  # fmt: skip
    sub.add_argument(
        "--best-model", action="store_true",
        help="also log the fine-tuned models of the trial with the highest dev score, one a task, in MLflow's "
        "transformers flavour with a model card; needs `run.keep_models: true` when the trial ran",
    )  # fmt: skip


def run_sync(
    folder: SweepFolder,
    *,
    tracking_uri: str | None = None,
    trackers: Sequence[str] = (),
    best_model: bool = False,
    say: Callable[[str], None],
) -> None:
    """Writes all trackers, then the models; says what for `mlflow.transformers.load_model` they are called.

    Raises:
        ValueError: see `sync_all` and `log_best_model`.
    """
    from sweep.tracking.sync import sync_all

    sync_all(folder, tracking_uri, trackers, say)
    if best_model:
        from sweep.tracking.best_model import log_best_model

        for uri in log_best_model(folder, tracking_uri):
            where = redacted(tracking_uri or folder.tracking_uri)
            say(f"logged: mlflow.transformers.load_model({uri!r}), with MLFLOW_TRACKING_URI={where}")
