"""Rungs: the points of a trial at which a scheduler may stop it, and the signal that is compared there.

During realignment the objective does not exist yet, so a rung there compares `retrieval_so_far`, the alignment probe on
a few languages, at `realigned_frac`. Scores of a half-trained task model are no signal (warm-up and decay make them
incomparable): the other rungs compare `score_so_far`, the mean score of the tasks that are over, at `n_tasks_done`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sweep.config.sections import SchedulerConfig
from trainables.run_config import RunConfig


def rungs_of(scheduler: SchedulerConfig, run: RunConfig) -> tuple[float, ...]:
    """Where trials are compared, ascending, in units of the signal's time (`TIME_OF`); () without a scheduler."""
    if scheduler.kind == "none":
        return ()
    if scheduler.metric == "retrieval_so_far":
        possible = sorted({*run.evaluate.probe_at, 1.0})
    else:
        possible = [float(n) for n in range(1, len(run.tasks))]  # after the last task nothing is left to stop
    return tuple(time for time in possible if time >= scheduler.grace)


def reached(
    scheduler: SchedulerConfig, run: RunConfig, signals: Sequence[Mapping[str, Any]]
) -> tuple[float | None, float]:
    """Where a stopped trial stood: its last signal, and the share of all rungs (the end counted as one) in [0, 1).

    Args:
        signals: of the trial, in order: "name", "at" and "value" each.
    """
    rungs = rungs_of(scheduler, run)
    seen = [signal for signal in signals if signal["name"] == scheduler.metric and signal["at"] in rungs]
    if not seen:
        return None, 0.0
    return seen[-1]["value"], (rungs.index(seen[-1]["at"]) + 1) / (len(rungs) + 1)
