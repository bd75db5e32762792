"""Whose fault a failure is, in Ray's own exceptions, and when a sweep that fails in all its trials ends."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import ray
from ray import tune
from ray.core.generated.common_pb2 import ActorDiedErrorContext, NodeDeathInfo
from ray.exceptions import ActorDiedError, ActorUnavailableError, NodeDiedError, OutOfMemoryError, RayTaskError
from ray.tune.experiment import Trial

from sweep.execution.failures import (
    N_ALIKE,
    SameFailure,
    cause_of,
    is_node_loss,
    node_losses_uncounted,
    retried_before_the_first_step,
)
from sweep.records.records import TrialRecord

ACTOR = bytes(16)


def died(message: str, preempted: bool = False) -> ActorDiedError:
    info = NodeDeathInfo(reason=NodeDeathInfo.AUTOSCALER_DRAIN_PREEMPTED) if preempted else None
    return ActorDiedError(ActorDiedErrorContext(actor_id=ACTOR, error_message=message, node_death_info=info))


# What Ray 2.60 says: of a node whose raylet was killed, of a drained one, of a process that was killed.
NODE_DIED = "The actor died because its node has died. Node Id: 00aa"
TERMINATED = "The actor died because its node has died.\n\tthe actor's node was terminated expectedly: received SIGTERM"
PROCESS_DIED = "The actor is dead because its worker process has died. Worker exit type: SYSTEM_ERROR"


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (died(NODE_DIED), True),
        (died(TERMINATED), True),
        (died("drained", preempted=True), True),
        (ActorUnavailableError("connection reset", ACTOR), True),
        (NodeDiedError("node 00aa died"), True),
        (died(PROCESS_DIED), False),
        (OutOfMemoryError("Task was killed due to the node running low on memory."), False),
        (RayTaskError("step", "Traceback ...", ValueError("node died")), False),
        (None, False),
    ],
    ids=["died", "terminated", "preempted", "unavailable", "node error", "process", "memory", "its own error", "none"],
)
def test_a_lost_node_is_told_from_a_failing_trial(error: Exception | None, lost: bool) -> None:
    assert is_node_loss(error) is lost


def test_lost_nodes_cost_no_try_and_errors_do() -> None:
    trial: Any = Trial("none", stub=True, max_failures=1)
    trial.storage = SimpleNamespace(trial_driver_staging_path=None)  # nowhere to write errors to
    with node_losses_uncounted():
        for error, n_failures in ((died(NODE_DIED), 0), (died(PROCESS_DIED), 1), (died(NODE_DIED), 1)):
            trial.handle_error(error)
            assert trial.run_metadata.num_failures == n_failures and trial.should_recover()
        trial.handle_error(died(PROCESS_DIED))
        assert not trial.should_recover()
    trial.handle_error(died(NODE_DIED))
    assert trial.run_metadata.num_failures == 3  # Tune's own rule is back


class DiesInReset(tune.Trainable):  # type: ignore[misc]
    """Its process is killed when it is to be used again, as often as there are files in a folder."""

    def setup(self, config: dict[str, Any]) -> None:
        self.config = config

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        for shot in sorted(Path(new_config["shots"]).iterdir()):
            shot.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        self.config = new_config
        return True

    def step(self) -> dict[str, Any]:
        return {"score": self.config["n"], "done": True}


@pytest.mark.slow
def test_a_trial_whose_used_process_dies_before_its_first_step_is_tried_again(tmp_path: Path) -> None:
    """Three trials, one at a time; the second meets a process that dies."""
    shots = tmp_path / "shots"
    shots.mkdir()
    (shots / "one").touch()
    ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False)
    try:
        with retried_before_the_first_step():
            results = tune.Tuner(
                tune.with_resources(DiesInReset, {"cpu": 1}),
                param_space={"n": tune.grid_search([1, 2, 3]), "shots": str(shots)},
                tune_config=tune.TuneConfig(reuse_actors=True),
                run_config=tune.RunConfig(
                    storage_path=str(tmp_path / "tune"), verbose=0,
                    checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
                    failure_config=tune.FailureConfig(max_failures=1),
                ),
            ).fit()  # fmt: skip
    finally:
        ray.shutdown()
    assert not [*shots.iterdir()]
    assert (len(results), len(results.errors)) == (3, 0)


@pytest.fixture
def ended(record_of: Callable[..., TrialRecord]) -> Callable[..., TrialRecord]:
    """(number, error text or "") -> a record."""

    def make(n: int, error: str = "", **fields: Any) -> TrialRecord:
        status = {"status": "failed", "error": f"Traceback ...\n{error}", "scores": ()} if error else {}
        return record_of(f"arm{n}", 0, **status, **fields)

    return make


def test_the_first_trials_that_fail_alike_end_the_sweep_with_the_cause(ended: Callable[..., TrialRecord]) -> None:
    watch = SameFailure()
    said = [watch.note(ended(n, f"OSError: no file '/data/{n}' at {n} s")) for n in range(N_ALIKE)]
    assert said[:-1] == ["", ""] and "OSError: no file '/data/2'" in said[-1]


@pytest.mark.parametrize(
    ("errors", "fields"),
    [
        (["OSError: a", "ValueError: b", "OSError: a", "OSError: a"], {}),
        (["DivergedError: loss is inf"] * 4, {"point": {"realign.learning_rate": 1.0}}),  # a search may go on
    ],
    ids=["two causes", "of the point"],
)
def test_other_failures_do_not(ended: Callable[..., TrialRecord], errors: list[str], fields: dict[str, Any]) -> None:
    watch = SameFailure()
    assert not any(watch.note(ended(n, error, **fields)) for n, error in enumerate(errors))


def test_one_trial_that_fails_again_counts_once(ended: Callable[..., TrialRecord]) -> None:
    watch = SameFailure()
    assert not any(watch.note(ended(0, "OSError: a")) for _ in range(5))


def test_a_cause_is_the_error_without_its_particulars() -> None:
    assert cause_of("x\nOutOfMemoryError: 3.2 GiB at 0xff in 'a'") == cause_of("OutOfMemoryError: 14 GiB at 0x1 in 'b'")
    assert cause_of("ValueError: a") != cause_of("ValueError: b")
