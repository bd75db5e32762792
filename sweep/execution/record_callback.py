"""Writes a record whenever a trial on Ray is over."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ray import tune

from sweep.execution.checkpoints import Checkpoints
from sweep.execution.interruption import end_tuning
from sweep.records.records import MAX_ERROR, RecordStore, make_record

RECORDED = (
    "scores", "signals", "curves", "curve", "data", "data_revisions", "costs", "seen_languages", "realigned_words",
    "software",
)  # fmt: skip
"""What is large in a last result, and in the record once that is written."""


class RecordCallback(tune.Callback):
    """Writes a record whenever a trial is over. Driver-side: one writer.

    Args:
        store: where to.
        environment: "sweep", "versions", "git_commit", the same for all trials.
        checkpoints: of unfinished trials; a trial that has ended well needs none. They know when a trial first began.

    Attributes:
        problem: why a record could not be written, a sentence; then no further trial is of use, and Tune is ended.
    """

    def __init__(self, store: RecordStore, environment: Mapping[str, Any], checkpoints: Checkpoints) -> None:
        self.store = store
        self.environment = dict(environment)
        self.checkpoints = checkpoints
        self.problem = ""
        self._started_s: dict[str, float] = {}

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Remembers when."""
        name = trial.config["name"]
        self._started_s[name] = self.checkpoints.begin(name, self._started_s.get(name, time.time()))

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Writes the scores."""
        self._write(trial, error="")

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Writes the error."""
        self._write(trial, error=error_text(trial))

    def _write(self, trial: Any, error: str) -> None:
        started_s = self._started_s.pop(trial.config["name"], time.time())
        record = make_record(trial.config, trial.last_result, error, started_s, self.environment)
        try:
            self.store.write(record)
        except OSError as problem:
            name, where = record.trial, self.store.folder
            self.problem = f"The record of {name} could not be written to {where} ({problem.strerror})."
            end_tuning()
            return
        if not record.failed:
            self.checkpoints.forget(record.trial)
        # Ray would keep a last result in memory, and write it down at the end, for every trial.
        for key in RECORDED:
            (trial.last_result or {}).pop(key, None)


def error_text(trial: Any) -> str:
    """The end of what a Tune trial wrote about its error, or a sentence that says there is nothing."""
    path = trial.error_file
    if path and Path(path).is_file():
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()[-MAX_ERROR:]
    return "The trial failed without a message (its process may have been killed, e.g. for lack of memory)."
