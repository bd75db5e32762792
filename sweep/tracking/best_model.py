"""Logs the fine-tuned models of a sweep's best trial to MLflow, in its transformers flavour, with a model card.

The folder `model/` of the artifact is a whole Hugging Face folder, as `realign-sweep export` writes it.
"""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import mlflow.transformers
from huggingface_hub import ModelCard
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus
from mlflow.models import Model

from sweep.folders import SweepFolder
from sweep.models.card import PIPELINES, model_card
from sweep.models.kept import Kept, best_record, kept_models
from sweep.records.records import RecordStore, TrialRecord
from sweep.tracking.names import SWEEP_TAG, TRIAL_TAG
from sweep.tracking.store import answering
from trainables.tasks import TASKS

PACKAGES = ("torch", "transformers")


def log_best_model(folder: SweepFolder, tracking_uri: str | None = None) -> list[str]:
    """Logs one model a task of the trial with the highest development score, on that trial's run; those that are there
    already are left.

    Args:
        folder: of the sweep, whose runs are in MLflow.
        tracking_uri: of another store that holds them; None = the sweep's own.

    Returns:
        URIs for `mlflow.transformers.load_model`.

    Raises:
        ValueError: no trial has finished, its run is not in MLflow, the store has not kept its models, or MLflow does
            not answer.
    """
    records = RecordStore(folder.records).all()
    record = best_record(records, folder.name)
    uri = tracking_uri or folder.tracking_uri
    with answering(uri):
        client = MlflowClient(uri)
        experiments = [experiment.experiment_id for experiment in client.search_experiments()]
        condition = f"tags.`{TRIAL_TAG}` = '{record.trial}' AND tags.`{SWEEP_TAG}` = '{folder.name}'"
        runs = client.search_runs(experiments, condition, max_results=1)
        if not runs:
            raise ValueError(
                f"The best trial must have a run in MLflow to log its model, but {record.trial} has none at {uri}. "
                f"Write the runs first: `realign-sweep sync {folder.name}`."
            )
        run = runs[0].info
        there = {
            model.name: model.model_uri
            for model in client.search_logged_models([run.experiment_id])
            if model.source_run_id == run.run_id and model.status == LoggedModelStatus.READY
        }
        with _default_store(uri):
            return [
                there.get(_name(record, task)) or _log(client, run, record, task, kept, records)
                for task, kept in kept_models(record, folder).items()
            ]


@contextlib.contextmanager
def _default_store(uri: str) -> Iterator[None]:
    """MLflow logs models to its default store, which it keeps in the environment, too: that is put back."""
    before = mlflow.get_tracking_uri() if mlflow.tracking.is_tracking_uri_set() else None
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before)


def _name(record: TrialRecord, task: str) -> str:
    return f"{record.trial}-{task}"


def _log(
    client: MlflowClient, run: Any, record: TrialRecord, task: str, kept: Kept, records: Sequence[TrialRecord]
) -> str:
    card = model_card(record, TASKS[task], records, tokenizer=kept.tokenizer)
    client.log_text(run.run_id, card, f"model_card_{task}.md")
    logged = client.create_logged_model(run.experiment_id, name=_name(record, task), source_run_id=run.run_id)
    info = Model.log(
        None, name=logged.name, flavor=mlflow.transformers, run_id=run.run_id, model_id=logged.model_id,
        transformers_model={"model": kept.model, "tokenizer": kept.tokenizer}, task=PIPELINES[TASKS[task].has_words],
        model_card=ModelCard(card), pip_requirements=list(PACKAGES),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        # MLflow keeps the tokenizer elsewhere, and transformers makes an empty one, silently, where there is none
        # beside the weights.
        kept.tokenizer.save_pretrained(folder)
        (Path(folder) / "README.md").write_text(card, encoding="utf-8")
        client.log_model_artifacts(logged.model_id, folder, "model")
    return str(info.model_uri)
