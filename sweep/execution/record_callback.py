"""Writes a record whenever a trial on Ray is over."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ray import tune

from sweep.execution.checkpoints import Checkpoints
from sweep.execution.failures import SameFailure
from sweep.execution.interruption import end_tuning
from sweep.records.records import MAX_ERROR, RecordStore, make_record

RECORDED = (
    "scores", "signals", "curves", "curve", "data", "data_revisions", "costs", "seen_languages", "realigned_words",
    "software", "machine", "checks",
)  # fmt: skip
"""What is large in a last result, and in the record once that is written."""


class RecordCallback(tune.Callback):
    """Writes a record whenever a trial is over. Driver-side: one writer.

    Args:
        store: where to.
        environment: "sweep", "versions", "git_commit", the same for all trials.
        checkpoints: of unfinished trials; a trial that has ended well needs none. They know when a trial first began.

    Attributes:
        problem: why no further trial is of use, a sentence: a record could not be written, or all fail alike (see
            `SameFailure`). Then Tune is ended.
    """

    def __init__(self, store: RecordStore, environment: Mapping[str, Any], checkpoints: Checkpoints) -> None:
        self.store = store
        self.environment = dict(environment)
        self.checkpoints = checkpoints
        self.problem = ""
        self._started_s: dict[str, float] = {}
        self._same_failure = SameFailure()

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
        forget_what_is_recorded(trial)
        if record.failed and not self.store.finished_names():
            self.problem = self._same_failure.note(record)
            if self.problem:
                end_tuning()


def forget_what_is_recorded(trial: Any) -> None:
    """Takes what is large from a Tune trial that is over: Tune keeps its trials in memory, with the highest, lowest and
    last values of every number that they have ever reported, and writes all of it down at the end.
    """
    for key in (*RECORDED, "config"):
        (trial.last_result or {}).pop(key, None)
    trial.config = {key: value for key, value in trial.config.items() if not isinstance(value, dict)}
    trial._Trial__unresolved_config = trial.config  # as it was asked for, once more
    trial.evaluated_params = {}  # and flattened
    if metadata := getattr(trial, "run_metadata", None):
        metadata.metric_analysis, metadata.metric_n_steps = {}, {}


def error_text(trial: Any) -> str:
    """The end of what a Tune trial wrote about its error, or a sentence that says there is nothing."""
    path = trial.error_file
    if path and Path(path).is_file():
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()[-MAX_ERROR:]
    return "The trial failed without a message (its process may have been killed, e.g. for lack of memory)."
