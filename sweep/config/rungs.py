"""Rungs: the points of a trial at which a scheduler may stop it, and the signal that is compared there.

During realignment the objective does not exist yet, so a rung there compares `retrieval_so_far`, the alignment probe on
a few languages, at `realigned_frac`. Scores of a half-trained task model are no signal (warm-up and decay make them
incomparable): the other rungs compare `score_so_far`, the mean score of the tasks that are over, at `n_tasks_done`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trainables.run_config import RunConfig
from trainables.signals import TIME_OF

if TYPE_CHECKING:
    from sweep.config.load import SchedulerConfig, SweepConfig


def rungs_of(scheduler: "SchedulerConfig", run: RunConfig) -> tuple[float, ...]:
    """Where trials are compared, ascending, in units of the signal's time (`TIME_OF`); () without a scheduler."""
    if scheduler.kind == "none":
        return ()
    if scheduler.metric == "retrieval_so_far":
        possible = sorted({*run.evaluate.probe_at, 1.0})
    else:
        possible = [float(n) for n in range(1, len(run.tasks))]  # after the last task nothing is left to stop
    return tuple(time for time in possible if time >= scheduler.grace)


def reached(
    scheduler: "SchedulerConfig", run: RunConfig, signals: Sequence[Mapping[str, Any]]
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


def problems_of_scheduler(config: "SweepConfig") -> list[str]:
    """One sentence for each thing that is wrong with `scheduler`."""
    scheduler, run = config.scheduler, config.run
    if scheduler.kind == "none":
        return []
    problems = []
    if config.search.is_empty(config.space):
        problems.append("`scheduler` may stop searched trials only, but nothing is searched. Add a `search`.")
    if scheduler.metric == "retrieval_so_far":
        if not run.evaluate.n_retrieval:
            problems.append(
                "`scheduler.metric: retrieval_so_far` needs the probe, but `run.evaluate.n_retrieval` is 0."
            )
        protocols = {run.realign.protocol}
        if "realign.protocol" in config.space:
            protocols = set(config.space["realign.protocol"].bounds)
        if "during" in protocols:
            problems.append(
                "`scheduler.metric: retrieval_so_far` never appears where realignment happens during fine-tuning. "
                "Use `score_so_far` or `run.realign.protocol: before`."
            )
    elif len(run.tasks) < 2:
        problems.append(
            "`scheduler.metric: score_so_far` needs two tasks or more to stop between them, but `run.tasks` is "
            f"{list(run.tasks)}. Use `retrieval_so_far`."
        )
    if not rungs_of(scheduler, run) and not problems:
        problems.append(
            f"`scheduler.grace` must leave a rung to stop at (in {TIME_OF[scheduler.metric]}), but is "
            f"{scheduler.grace:g}. Lower it."
        )
    if scheduler.reduction_factor < 2:
        problems.append(f"`scheduler.reduction_factor` must be at least 2, but is {scheduler.reduction_factor}.")
    if scheduler.kind == "hyperband" and len(rungs_of(scheduler, run)) == 1:
        problems.append("`scheduler.kind: hyperband` needs two rungs or more, but there is 1. Use `asha`.")
    return problems
