"""SharedStages: what a trial takes from the stage store and leaves there for others, and what those stages *are*.

"realigned": the encoder after realignment. "finetuned": a task's model (on request). "scores": its rows. An identity
holds everything that decides the content and nothing else: runs that agree on it share the stage, whichever sweep they
belong to.
"""

import json
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors.torch import load_model, save_model
from torch import nn

from search_spaces.languages import Language
from trainables.data.folder import DataFolder
from trainables.data.segmenters import versions
from trainables.encoders.base import Encoder
from trainables.evaluation.scores import ScoreRow
from trainables.parallel_data.announced import AnnouncedData
from trainables.realignment.alignments import files_fingerprint
from trainables.realignment.objectives import OBJECTIVES
from trainables.run_config import RealignConfig, RunConfig
from trainables.stepping.devices import device_identity
from trainables.stepping.parts import groups_identity, parts_identity
from trainables.stepping.progress import Progress
from trainables.store.fingerprint import fingerprint
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS
from trainables.tasks.base import Task

REALIGNED, FINETUNED, SCORES = "realigned", "finetuned", "scores"
WEIGHTS, ROWS = "model.safetensors", "scores.json"
WAITING = Progress(0, 1, {"waiting": 1.0})  # another process is building the stage that a trial needs
# Raise one when a change of the code changes the digits that come out.
REALIGN_ARITHMETIC = 1
FINETUNE_ARITHMETIC = 1
EVALUATE_ARITHMETIC = 1


def open_store(config: RunConfig) -> StageStore:
    """The store that a run's configuration names."""
    limit_bytes = None if config.store_limit_gb is None else config.store_limit_gb * 1e9
    return StageStore(config.store, config.store_cache, limit_bytes)


class SharedStages:
    """The shared stages of one trial.

    Args:
        encoder: as it was loaded; its model is where realigned weights are put.
    """

    def __init__(self, config: RunConfig, encoder: Encoder, data: DataFolder, store: StageStore) -> None:
        self.config, self.encoder, self.data, self.store = config, encoder, data, store

    def realigned(self, train: Callable[[], Iterator[Progress]]) -> Generator[Progress, None, bool]:
        """Realigns the encoder by `train()`, or waits for another process that is at it, or takes what is there.

        Returns:
            whether it was trained here. The weights are the same, to the digit.
        """

        def build(folder: Path) -> Iterator[Progress]:
            yield from train()
            save_model(self.encoder.model, str(folder / WEIGHTS))

        _, built = yield from self.store.build_in_steps(REALIGNED, self._realigned, build, WAITING)
        return built or not self.take_realigned()

    def take_realigned(self) -> bool:
        """Whether the store had the realigned encoder; its weights are in the encoder then."""
        return self._take_weights(REALIGNED, self._realigned, self.encoder.model)

    def take_model(self, task: Task, model: nn.Module) -> bool:
        """Whether the store had the task's fine-tuned model; its weights are in `model` then."""
        return self._take_weights(FINETUNED, self._finetuned(task), model)

    def keep_model(self, task: Task, model: nn.Module) -> None:
        """Stores a fine-tuned model."""
        self.store.get_or_build(FINETUNED, self._finetuned(task), lambda folder: save_model(model, folder / WEIGHTS))

    def take_scores(self, task: Task) -> list[ScoreRow] | None:
        """The task's scores, or None where the store has none, or lacks a model that is to be kept."""
        if self.config.keep_models and not self.store.holds(FINETUNED, self._finetuned(task)):
            return None
        stage = self.store.find(SCORES, self._scores(task))
        return None if stage is None else [ScoreRow.from_dict(row) for row in json.loads((stage / ROWS).read_text())]

    def keep_scores(self, task: Task, rows: list[ScoreRow]) -> None:
        """Stores a task's scores."""
        text = json.dumps([row.as_dict() for row in rows])
        self.store.get_or_build(SCORES, self._scores(task), lambda folder: _write(folder / ROWS, text))

    def _take_weights(self, kind: str, identity: dict[str, Any], model: nn.Module) -> bool:
        stage = self.store.find(kind, identity)
        if stage is not None:
            load_model(model, stage / WEIGHTS, device=str(next(model.parameters()).device))
        return stage is not None

    @property
    def _realigned(self) -> dict[str, Any]:
        return realigned_identity(self.config, self.encoder.fingerprint, self.data)

    def _finetuned(self, task: Task) -> dict[str, Any]:
        return {
            **TASKS.plugin_identity(task.name),
            "start": self._realigned,
            "task": task.name,
            "labels": task.labels,
            "data": self.data.fingerprint(task),
            "finetune": (settings := self.config.finetune.for_task(task.name)),
            **parts_identity(settings.micro_batch, settings.batch_size),
            **groups_identity(self.config.length_groups),
            "seed": self.config.seed,
            "precision": self.config.precision,
            "arithmetic": FINETUNE_ARITHMETIC,
        }

    def _scores(self, task: Task) -> dict[str, Any]:
        return {
            "model": self._finetuned(task),
            "evaluate": replace(
                self.config.evaluate.for_task(task.name), n_retrieval=0
            ),  # of the probe, not of the tasks
            "arithmetic": EVALUATE_ARITHMETIC,
        }


def realigned_identity(config: RunConfig, encoder: str, data: DataFolder | AnnouncedData) -> dict[str, Any]:
    """What decides the encoder that fine-tuning starts from, and the realignment "during" it.

    Args:
        encoder: fingerprint of the encoder that the trial starts from.
    """
    start: dict[str, Any] = {"encoder": encoder, "frozen_embeddings": config.encoder.freeze_embeddings}
    start |= device_identity(config.device, config.deterministic, config.cuda_graphs)
    if not config.languages:
        return start
    return {
        **start,
        "languages": sorted(config.languages),
        "data": data.bitext_fingerprint([Language(language) for language in config.languages]),
        "alignments": files_fingerprint(config.realign, [Language(language) for language in config.languages]),
        "realign": config.realign.explicit(),
        **parts_identity(config.realign.micro_batch, config.realign.batch_size),
        **groups_identity(config.length_groups),
        **OBJECTIVES.plugin_identity(config.realign.objective),
        "segmenters": versions_of(config.realign),
        "seed": config.seed,
        "precision": config.precision,
        "arithmetic": REALIGN_ARITHMETIC,
    }


def versions_of(realign: RealignConfig) -> dict[str, str]:
    """All segmenters' versions where words are cut by them, as other words are other vectors; else {}."""
    return versions() if realign.explicit().words == "reference" else {}


def realignment_key(config: RunConfig, data: DataFolder | AnnouncedData, encoder: str | None = None) -> str | None:
    """One key for all trials that share a realignment; None where nothing is realigned before fine-tuning.

    Args:
        encoder: the encoder's fingerprint, with which the key is the stage's name in the store (`store/realigned/KEY`);
            where it is not known yet, the encoder's configuration stands in, which counts as well.
    """
    if not config.languages or config.realign.protocol != "before":
        return None
    return fingerprint(realigned_identity(config, encoder or fingerprint(config.encoder), data))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
