"""Writes a record whenever a trial on Ray is over."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ray import tune

from sweep.records.records import MAX_ERROR, RecordStore, make_record


class RecordCallback(tune.Callback):
    """Writes a record whenever a trial is over. Driver-side: one writer.

    Args:
        store: where to.
        environment: "sweep", "versions", "git_commit", the same for all trials.
    """

    def __init__(self, store: RecordStore, environment: Mapping[str, Any]) -> None:
        self.store = store
        self.environment = dict(environment)
        self._started_s: dict[str, float] = {}

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Remembers when."""
        self._started_s.setdefault(trial.trial_id, time.time())

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Writes the scores."""
        self._write(trial, error="")

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Writes the error."""
        self._write(trial, error=error_text(trial))

    def get_state(self) -> dict[str, Any]:
        """Start times, so that a resumed trial counts from its first start."""
        return {"started_s": dict(self._started_s)}

    def set_state(self, state: dict[str, Any]) -> None:
        """See `get_state`."""
        self._started_s = dict(state["started_s"])

    def _write(self, trial: Any, error: str) -> None:
        started_s = self._started_s.get(trial.trial_id, time.time())
        self.store.write(make_record(trial.config, trial.last_result, error, started_s, self.environment))


def error_text(trial: Any) -> str:
    """The end of what a Tune trial wrote about its error, or a sentence that says there is nothing."""
    path = trial.error_file
    if path and Path(path).is_file():
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()[-MAX_ERROR:]
    return "The trial failed without a message (its process may have been killed, e.g. for lack of memory)."
