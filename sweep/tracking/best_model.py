"""Logs the fine-tuned models of a sweep's best trial to MLflow, in its transformers flavour, with a model card.

The weights come from the stage store, where `run.keep_models` leaves them. They are put into the class that
`transformers` has for the task (the two compute the same), so that whoever loads them needs nothing of ours.
"""

from collections.abc import Sequence
from typing import Any

import mlflow.transformers
import torch
from huggingface_hub import ModelCard
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus
from mlflow.models import Model
from torch import nn
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, PreTrainedModel

from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, TrialRecord
from sweep.search.answer import answer_of
from sweep.tracking.metrics import record_metrics
from sweep.tracking.names import SWEEP_TAG, TRIAL_TAG, planned_config, trial_note
from sweep.tracking.store import answering
from trainables.encoders.load import load_encoder
from trainables.mapping import from_mapping
from trainables.parallel_data import SOURCES
from trainables.run_config import RunConfig
from trainables.shared_stages import SharedStages, open_store
from trainables.tasks import TASKS
from trainables.tasks.base import Task
from trainables.tasks.heads import PairClassifier, WordTagger

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
    record = best_record(RecordStore(folder.records).all(), folder.name)
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
        mlflow.set_tracking_uri(uri)
        run = runs[0].info
        there = {
            model.name: model.model_uri
            for model in client.search_logged_models([run.experiment_id])
            if model.source_run_id == run.run_id and model.status == LoggedModelStatus.READY
        }
        return [
            there.get(_name(record, task)) or _log(client, run, record, task, *kept)
            for task, kept in kept_models(record).items()
        ]


def best_record(records: Sequence[TrialRecord], name: str) -> TrialRecord:
    """The best trial of the sweep's one answer, see `answer_of`.

    Raises:
        ValueError: no trial has a development score.
    """
    answer = answer_of(records)
    if answer is None:
        raise ValueError(f"A best trial needs a finished trial, but {name} has none. Run or resume the sweep first.")
    return answer.record


def kept_models(record: TrialRecord) -> dict[str, tuple[PreTrainedModel, Any]]:
    """Task -> (model, tokenizer) of a trial, from the stage store.

    Raises:
        ValueError: the store holds none for a task.
    """
    config = from_mapping(RunConfig, record.config)
    store = open_store(config)
    data = SOURCES[config.data.source](config.data, store)
    models = {}
    for name in config.tasks:
        task, encoder = TASKS[name], load_encoder(config.encoder, data, store)
        model = task.new_model(encoder.model, len(task.labels))
        if not SharedStages(config, encoder, data, store).take_model(task, model):
            raise ValueError(
                f"The store must have kept the models of {record.trial} to log them, but {config.store} has none for "
                f"{name!r}: `run.keep_models` was off, or the store has been cleared. Delete the record "
                f"{record.trial}.json and run the sweep again under its name with `--set run.keep_models=true`: the "
                "trial trains again, to the same scores, and keeps its models."
            )
        models[name] = (in_transformers(model.eval(), task), encoder.tokenizer)
    store.close()
    return models


def in_transformers(model: nn.Module, task: Task) -> PreTrainedModel:
    """The same function of the input as a model class of `transformers`, with the task's labels.

    Raises:
        ValueError: the encoder's family keeps its head where we do not know.
    """
    if not isinstance(model, WordTagger | PairClassifier):
        raise ValueError(
            f"A model must have one of our heads to be logged, but that of task {task.name!r} is a "
            f"{type(model).__name__}. Log another task's model."
        )
    config = model.encoder.config
    config.num_labels, config.id2label = len(task.labels), dict(enumerate(task.labels))
    config.label2id = {label: i for i, label in config.id2label.items()}
    auto = AutoModelForTokenClassification if isinstance(model, WordTagger) else AutoModelForSequenceClassification
    known: PreTrainedModel = auto.from_config(config).eval()
    body = getattr(known, known.base_model_prefix)
    places: dict[nn.Module, nn.Module | None] = {model.classifier: known.classifier}
    if isinstance(model, PairClassifier):
        head = known.classifier
        pooler = getattr(body, "pooler", None)
        # RoBERTa has the hidden layer in its head; BERT has it, with the same tanh, in its pooler.
        hidden = getattr(head, "dense", None) or getattr(pooler, "dense", None)
        places = {model.dense: hidden, model.classifier: getattr(head, "out_proj", head)}
    if any(place is None for place in places.values()):
        raise ValueError(
            f"A model must have a known head to be logged, but {type(known).__name__} has none that matches ours. "
            "Log another task's model."
        )
    with torch.no_grad():
        body.load_state_dict(model.encoder.state_dict(), strict=False)  # ours has no pooler
        for ours, theirs in places.items():
            assert theirs is not None
            theirs.load_state_dict(ours.state_dict())
    return known


def model_card(record: TrialRecord, task: Task) -> str:
    """What the model is, for whom, and how good: Markdown with the metadata block of the Hugging Face hub."""
    metrics = {k: v for k, v in record_metrics(record).items() if k.startswith(f"{task.name}/{task.metric}/")}
    groups = "\n".join(f"| {name.rsplit('/', 1)[1]} | {value:.3f} |" for name, value in metrics.items())
    encoder = record.config.get("encoder", {})
    languages = "\n".join(f"- {language.split('_')[0]}" for language in record.languages) or "- eng"
    return (
        f"---\nlanguage:\n{languages}\ntags:\n- realignment\n- zero-shot\n---\n"
        f"# {task.name} by {record.label}, seed {record.seed}\n\n{trial_note(planned_config(record))}\n\n"
        f"- Encoder: {encoder.get('provider', '')} {encoder.get('name', '')} ({record.encoder_fingerprint})\n"
        f"- Sweep: {record.sweep}, trial {record.trial}, configuration {record.config_fingerprint}, code "
        f"{record.git_commit or 'not under version control'}\n- Labels: {' '.join(task.labels)}\n\n"
        "Fine-tuned on English alone; every other language is zero-shot. It was chosen as the best of its sweep on "
        "development data; the scores below are of the test sets.\n\n"
        f"| test | {task.metric} |\n| :-- | --: |\n{groups}\n"
    )


def _name(record: TrialRecord, task: str) -> str:
    return f"{record.trial}-{task}"


def _log(client: MlflowClient, run: Any, record: TrialRecord, task: str, model: PreTrainedModel, tokenizer: Any) -> str:
    card = model_card(record, TASKS[task])
    client.log_text(run.run_id, card, f"model_card_{task}.md")
    logged = client.create_logged_model(run.experiment_id, name=_name(record, task), source_run_id=run.run_id)
    pipeline = "token-classification" if TASKS[task].has_words else "text-classification"
    info = Model.log(
        None, name=logged.name, flavor=mlflow.transformers, run_id=run.run_id, model_id=logged.model_id,
        transformers_model={"model": model, "tokenizer": tokenizer}, task=pipeline,
        model_card=ModelCard(card), pip_requirements=list(PACKAGES),
    )  # fmt: skip
    return str(info.model_uri)
