"""Whose fault a failure is: a lost node is not the trial's and costs it no try; what all trials fail of ends a sweep.

A trial whose node was lost goes on elsewhere from its checkpoint, however often that happens. An error of its own is
tried again `resources.max_failures` times.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from ray.exceptions import ActorUnavailableError, LocalRayletDiedError, NodeDiedError, ObjectLostError, RayActorError
from ray.tune.execution.tune_controller import TuneController
from ray.tune.experiment import Trial

from sweep.records.records import TrialRecord, error_line

NODE_LOST = re.compile(r"node (has )?died|node was (terminated|preempted|drained)", re.IGNORECASE)
OF_ITS_SETTINGS = re.compile(r"DivergedError|OutOfMemory")  # another point of a search may well do without
N_ALIKE = 3


def is_node_loss(error: BaseException | None) -> bool:
    """Whether a trial was cut off because its node, or the way to it, was lost. A process that dies on a node that
    lives is the trial's own failure: most often it was killed for lack of memory.
    """
    if isinstance(error, RayActorError):
        return (
            error.preempted or isinstance(error, ActorUnavailableError) or bool(NODE_LOST.search(str(error.error_msg)))
        )
    return isinstance(error, NodeDiedError | LocalRayletDiedError | ObjectLostError)


@contextlib.contextmanager
def node_losses_uncounted() -> Iterator[None]:
    """Within, Tune counts no lost node among a trial's failures. By itself it counts all but announced preemptions."""
    original = Trial.handle_error

    def handle_error(trial: Trial, exc: Any = None) -> None:
        n_before = trial.run_metadata.num_failures
        original(trial, exc)
        if is_node_loss(exc):
            trial.run_metadata.num_failures = n_before

    Trial.handle_error = handle_error
    try:
        yield
    finally:
        Trial.handle_error = original


@contextlib.contextmanager
def retried_before_the_first_step() -> Iterator[None]:
    """Within, a trial is tried again also when the process that is to be used again for it dies before it has taken it.

    By itself Tune (2.60) hears of that death twice, of the process and of its task: it counts two failures, and of the
    second, as the trial waits again by then, it tells the search that the trial has failed for good.
    """
    original = TuneController._process_trial_failure
    heard: set[tuple[str, str]] = set()  # (trial, process)

    def process(controller: Any, trial: Trial, exception: Any) -> None:
        actor = getattr(exception, "actor_id", None)
        was_reset = trial in controller._resetting_trials
        controller._resetting_trials.discard(trial)  # else it would wait for the dead process
        if actor:
            if (trial.trial_id, actor) in heard:
                return
            heard.add((trial.trial_id, actor))
        if was_reset and trial.status == Trial.PENDING:  # as `_actor_failed` does for a process that is being created
            controller._set_trial_status(trial, Trial.RUNNING)
            if trial in controller._staged_trials:
                controller._unstage_trial_with_resources(trial)
        original(controller, trial, exception)

    TuneController._process_trial_failure = process
    try:
        yield
    finally:
        TuneController._process_trial_failure = original


class SameFailure:
    """Watches a sweep in which no trial has ended well: where the first `N_ALIKE` to end all fail of one error, the
    others would too.
    """

    def __init__(self) -> None:
        self._causes: dict[str, str] = {}  # of each failed trial

    def note(self, record: TrialRecord) -> str:
        """Looks at a failure. Returns a sentence that says the cause, if it is time to stop; else "" ."""
        if record.point and OF_ITS_SETTINGS.search(error_line(record.error)):
            return ""
        self._causes[record.trial] = cause_of(record.error)
        if len(self._causes) < N_ALIKE or len(set(self._causes.values())) > 1:
            return ""
        return (
            f"The first {len(self._causes)} trials to end have all failed of one error, so no other was started: "
            f"{error_line(record.error)}"
        )


def cause_of(error: str) -> str:
    """An error's last line without what differs from trial to trial: numbers, addresses, names in quotes and paths."""
    return re.sub(r"0x[0-9a-f]+|\d+(\.\d+)?|'[^']*'|/\S+", "#", error_line(error))
