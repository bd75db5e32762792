"""The weights of a trial: its realigned encoder and its tasks' models, out of the stage store or trained again.

The stage store always keeps realigned encoders, and fine-tuned models where `run.keep_models` was on.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from sweep.folders import SweepFolder
from sweep.models.transform import in_transformers
from sweep.records.records import TrialRecord
from sweep.search.answer import answer_of
from trainables.encoders.load import load_encoder
from trainables.mapping import from_mapping
from trainables.parallel_data import SOURCES
from trainables.run import Run, release
from trainables.run_config import RunConfig
from trainables.shared_stages import SharedStages, open_store
from trainables.tasks import TASKS

Say = Callable[[str], None]


@dataclass(frozen=True)
class Kept:
    """A model in eval mode on the CPU, and its tokenizer."""

    model: PreTrainedModel
    tokenizer: Any


def best_record(records: Sequence[TrialRecord], name: str) -> TrialRecord:
    """The best trial of the sweep's one answer, see `answer_of`.

    Raises:
        ValueError: no trial has a development score.
    """
    answer = answer_of(records)
    if answer is None:
        raise ValueError(f"A best trial needs a finished trial, but {name} has none. Run or resume the sweep first.")
    return answer.record


def run_config_of(record: TrialRecord, folder: SweepFolder) -> RunConfig:
    """The trial's configuration, on the kind of device that it was computed on, by which the store keeps models apart,
    and with the store where it is now: a sweep's folder may have been moved.

    Raises:
        ConfigError: the record is of a version with other settings.
    """
    config = from_mapping(RunConfig, record.config).on_device("cuda" if "cuda" in record.machine else "cpu")
    if config.store and "://" not in config.store and not Path(config.store).is_dir() and folder.store.is_dir():
        return replace(config, store=str(folder.store))
    return config


def kept_models(record: TrialRecord, folder: SweepFolder, tasks: Sequence[str] = ()) -> dict[str, Kept]:
    """Task -> model with its task's labels, of a class of `transformers`; of all tasks of the trial, or of `tasks`.

    Raises:
        ValueError: the store holds none for a task, or the trial has no such task.
    """
    config = run_config_of(record, folder)
    if unknown := sorted(set(tasks) - set(config.tasks)):
        raise ValueError(
            f"A task must be one of the trial's ({', '.join(config.tasks)}), but is {unknown[0]!r}. Name another."
        )
    models = {}
    for name in tasks or config.tasks:
        task = TASKS[name]
        with _stages(config) as (shared, encoder):
            model = task.new_model(encoder.model, len(task.labels))
            if not shared.take_model(task, model):
                raise ValueError(
                    f"The store must have kept the models of {record.trial}, but {config.store} has none for {name!r}: "
                    "`run.keep_models` was off, or the store has been cleared. The trial can train again, to the same "
                    f"scores: `realign-sweep export {record.sweep} {record.trial} --train --to FOLDER`; for a whole "
                    "sweep, run it with `--set run.keep_models=true`."
                )
            models[name] = Kept(in_transformers(model.eval(), task), encoder.tokenizer)
    return models


def realigned_encoder(record: TrialRecord, folder: SweepFolder) -> Kept:
    """The encoder after realignment and before fine-tuning, which all tasks of the trial started from.

    Raises:
        ValueError: the trial has none, or the store has lost it.
    """
    config = run_config_of(record, folder)
    if not config.languages or config.realign.protocol != "before":
        why = "realigned while it was fine-tuned" if config.languages else "realigned nothing"
        raise ValueError(
            f"A trial must have realigned before it fine-tuned to have a realigned encoder, but {record.trial} {why}. "
            "Name another trial."
        )
    with _stages(config) as (shared, encoder):
        if not shared.take_realigned():
            raise ValueError(
                f"The store must hold the realigned encoder of {record.trial}, but {config.store} has lost it. The "
                f"trial can train again: `realign-sweep export {record.sweep} {record.trial} --train --encoder --to "
                "FOLDER`."
            )
        return Kept(encoder.model.eval(), encoder.tokenizer)


def train_again(record: TrialRecord, folder: SweepFolder, say: Say) -> bool:
    """Trains the trial here, as far as the store lacks its stages, and keeps its models there.

    Returns:
        whether all scores are those of the record: another device or library may give other digits.
    """
    run = Run(replace(run_config_of(record, folder), keep_models=True))
    try:
        stage = None
        while not run.done:
            if run.stage != stage:
                stage = run.stage
                say(f"{record.trial}: {stage}")
            run.advance()
        return {_key(row): row.value for row in run.scores} == {_key(row): row.value for row in record.scores}
    finally:
        release(run)


def _key(row: Any) -> tuple[str, ...]:
    return row.task, row.metric, row.split, row.language, row.source


@contextmanager
def _stages(config: RunConfig) -> Iterator[tuple[SharedStages, Any]]:
    store = open_store(config)
    try:
        data = SOURCES[config.data.source](config.data, store)
        encoder = load_encoder(config.encoder, data, store)
        yield SharedStages(config, encoder, data, store), encoder
    finally:
        store.close()
