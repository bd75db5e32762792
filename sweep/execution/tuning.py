"""Runs what is left of a plan with Ray Tune, from a clean start each time.

Tune keeps a state of its own, in pickles that hold absolute paths. It goes to a temporary folder and is thrown away:
what is left to do is in the records and the search's memory, and where running trials stood in their checkpoints.
"""

import contextlib
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ray import tune
from ray.exceptions import RayError
from ray.tune.experiment import Trial

from sweep.config.rungs import rungs_of
from sweep.config.space import n_repeats
from sweep.execution.checkpoints import Checkpoints
from sweep.execution.failures import node_losses_uncounted, retried_before_the_first_step
from sweep.execution.ray_searcher import SweepSearcher
from sweep.execution.schedulers import SweepScheduler
from sweep.execution.slots import ClusterSlots
from sweep.folders import SweepFolder, write_atomically
from sweep.plan import Plan
from sweep.records.records import RecordStore

NEVER_S = "1e9"
PREFIX, NOTE = "realign-sweep-tune-", "tune_folder.txt"


class SweepStopped(ValueError):
    """Ray or the driver's disk has ended a sweep before its trials were over; the text says why."""


def run_trials(
    plan: Plan,
    folder: SweepFolder,
    records: RecordStore,
    checkpoints: Checkpoints,
    trainable: type[tune.Trainable],
    callbacks: Sequence[tune.Callback],
    say: Callable[[str], None],
) -> None:
    """Returns when all trials are over, or somebody has asked Tune to end.

    Args:
        records: of what is over. checkpoints: of what is not. callbacks: told of every start, result and end.

    Raises:
        SweepStopped: Ray was lost, or a record could not be written.
    """
    os.environ["TUNE_GLOBAL_CHECKPOINT_S"] = NEVER_S  # writing a state that nobody reads costs seconds a trial
    # Tune would ask for one trial, start its process and only then ask for the next. Our searcher knows when to stop.
    os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = str(max(1, plan.n_trials))
    n_slots = None if plan.config.cluster.autoscaling else ClusterSlots(plan.config.resources)
    searcher = SweepSearcher(plan, records, folder.search, plan.config.concurrency, checkpoints, n_slots)
    if plan.n_searched and searcher.log.notice:
        say(searcher.log.notice)
    with scratch_folder(folder) as scratch:
        try:
            with node_losses_uncounted(), retried_before_the_first_step():
                make_tuner(plan, folder, records, searcher, trainable, callbacks, scratch).fit()
        except (tune.TuneError, RayError, OSError) as error:
            cause = error.__cause__ or error
            said = next(iter(str(cause).strip().splitlines()), type(cause).__name__)
            raise SweepStopped(
                f"The sweep {folder.name!r} must run until its trials are over, but was stopped by "
                f"{type(cause).__name__}: {said} What was recorded is complete. "
                f"Continue with `{folder.resume_command}`."
            ) from error


@contextlib.contextmanager
def scratch_folder(folder: SweepFolder) -> Iterator[str]:
    """A temporary folder for Tune; what a driver of this sweep that was killed has left on this machine goes first.

    A note in the sweep's folder names it. The sweep's lock keeps other drivers away meanwhile.
    """
    note = folder.root / NOTE
    with contextlib.suppress(OSError, ValueError):
        host, left = note.read_text(encoding="utf-8").splitlines()
        if host == platform.node() and Path(left).name.startswith(PREFIX):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=PREFIX) as scratch:
        with contextlib.suppress(OSError):  # a disk that is full is said where a record is lost
            write_atomically(note, f"{platform.node()}\n{scratch}\n")
        yield scratch
    with contextlib.suppress(OSError):
        note.unlink(missing_ok=True)


def make_tuner(
    plan: Plan,
    folder: SweepFolder,
    records: RecordStore,
    searcher: SweepSearcher,
    trainable: type[tune.Trainable],
    callbacks: Sequence[tune.Callback],
    scratch: str,
) -> tune.Tuner:
    """The Tuner: our searcher, our scheduler, a process that is used again for the next trial."""
    config = plan.config
    return tune.Tuner(
        tune.with_resources(trainable, {"cpu": config.resources.cpu, "gpu": config.resources.gpu or 0}),
        param_space={},
        tune_config=tune.TuneConfig(
            search_alg=searcher,
            scheduler=SweepScheduler(
                records, config.scheduler, rungs_of(config.scheduler, config.run), plan.n_searched - n_repeats(config)
            ),
            num_samples=plan.n_trials,
            reuse_actors=True,
            trial_name_creator=trial_name,
            trial_dirname_creator=trial_name,
        ),
        run_config=tune.RunConfig(
            name=folder.name,
            storage_path=scratch,
            callbacks=list(callbacks),
            # Tune would save every trial at its end, which nobody reads; on a full disk the trial would fail by that.
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            failure_config=tune.FailureConfig(max_failures=config.resources.max_failures),
            verbose=0,
        ),
    )


def trial_name(trial: Trial) -> str:
    """The planned name, also of the trial's folder."""
    return str(trial.config["name"])
