"""Tracker: one view of a sweep for people, made on the driver: MLflow, Optuna, W&B, TensorBoard. All can be rebuilt.

A tracker shows what records say and changes nothing of a sweep. `callback.py` drives it while trials run, `sync.py`
afterwards; both must lead to the same. It may raise whatever it likes: the callback says so in one line and goes on.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from sweep.records.records import TrialRecord


class Tracker(ABC):
    """Contract: writing is repeatable. What is there already is left, what is missing or outdated is written."""

    def open_trial(self, config: Mapping[str, Any]) -> None:  # noqa: B027 - most show a trial when it is over
        """A trial has started.

        Args:
            config: as planned (`PlannedTrial.config`).
        """

    def report(self, config: Mapping[str, Any], result: Mapping[str, Any]) -> None:  # noqa: B027
        """A trial says how far it is; its record will have everything.

        Args:
            result: "stage" and "curve", the stage's curve so far.
        """

    @abstractmethod
    def close_trial(self, record: TrialRecord) -> None:
        """A trial is over."""

    @abstractmethod
    def catch_up(self, records: Sequence[TrialRecord]) -> int:
        """Writes the records that it has not heard of, or has heard otherwise; returns how many."""

    def close_left_open(self) -> int:
        """Ends what trials that were cut off have left open; returns how many."""
        return 0

    def describe(self, records: Sequence[TrialRecord]) -> None:  # noqa: B027
        """Says what the sweep has found so far."""

    @abstractmethod
    def finish(self, records: Sequence[TrialRecord]) -> None:
        """The session is over, with all trials or not."""
