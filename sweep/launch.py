"""THE STORY of a sweep: config -> plan -> searcher -> Ray -> callbacks -> Tuner.fit -> records -> report.

Deciding (searcher), executing (Ray and the trials) and recording (callbacks) are different objects; this file puts
them together. Running a sweep again under its name goes on where it stopped: a finished trial never runs twice.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from ray import tune
from ray.tune.experiment import Trial

from sweep.config.load import as_mapping
from sweep.config.rungs import rungs_of
from sweep.config.sections import SweepConfig
from sweep.config.space import n_repeats
from sweep.execution.prepare import prepare_encoder
from sweep.execution.progress_callback import ProgressCallback
from sweep.execution.ray_searcher import SweepSearcher
from sweep.execution.ray_session import ray_session
from sweep.execution.record_callback import RecordCallback
from sweep.execution.schedulers import SweepScheduler
from sweep.execution.search_log import n_asked_if_exhausted
from sweep.findings.phases import search_phases
from sweep.folders import SweepFolder
from sweep.plan import Plan, make_plan
from sweep.records.provenance import git_commit, versions
from sweep.records.records import RecordStore, TrialRecord
from sweep.records.session import exclusive, remember, remember_encoder, with_pinned_encoder
from sweep.reports.write import ReportOptions, write_reports
from sweep.search.warm_start import freeze_warm_start
from sweep.tracking.callback import MlflowCallback, check_store
from trainables.trial import RealignTrial

Say = Callable[[str], None]


@dataclass(frozen=True)
class SweepOutcome:
    """Where a sweep stands: the records of trials that are over, of `n_trials` in all."""

    records: list[TrialRecord]
    n_trials: int

    @property
    def n_failed(self) -> int:
        """Trials that failed."""
        return sum(record.failed for record in self.records)

    @property
    def n_open(self) -> int:
        """Trials that are not over, as the sweep was interrupted."""
        return self.n_trials - len(self.records)


def run_sweep(config: SweepConfig, folder: SweepFolder, *, address: str | None = None, say: Say) -> SweepOutcome:
    """Runs what is left of a sweep.

    Args:
        folder: where it lives; a sweep of the same name must have the same config.
        address: of a Ray cluster; None = a local Ray.
        say: shows one line of progress.

    Raises:
        ConfigError, ValueError: anything that can be known before training starts.
    """
    say(f"{config.name}: reading the data, choosing languages, checking everything")
    pinned = with_pinned_encoder(config, folder)
    plan = make_plan(pinned, folder)
    with exclusive(folder):
        remember(config, folder)
        remember_encoder(config, pinned, folder)
        freeze_warm_start(plan.earlier, folder)
        records = RecordStore(folder.records)
        n_trials = n_trials_of(plan, folder)
        n_left = n_trials - len(records.finished_names())
        if n_left:
            say(f"{config.name}: {n_left} of {n_trials} trials to run")
            check_store(config, folder)
            prepare_encoder(plan.config.run, say)
            with ray_session(config, address):
                make_tuner(plan, folder, records).fit()
        outcome = SweepOutcome(records.all(), n_trials_of(plan, folder))
        if not outcome.n_open:
            shutil.rmtree(folder.ray, ignore_errors=True)  # only checkpoints of trials that are over
        if any(record.finished for record in outcome.records):
            options = ReportOptions(phases=search_phases(folder, {config.name: outcome.records}).sections)
            write_reports(outcome.records, config.name, folder.root, options)
    return outcome


def n_trials_of(plan: Plan, folder: SweepFolder) -> int:
    """How many trials the sweep has: fewer than planned where its search has said that there is no more to try."""
    n_asked = n_asked_if_exhausted(folder.search)
    return plan.n_trials if n_asked is None else len(plan.trials) + n_asked


def make_tuner(plan: Plan, folder: SweepFolder, records: RecordStore) -> tune.Tuner:
    """A Tuner for the trials that are left; after an interruption the one that knows where its running trials stood."""
    config = plan.config
    trainable = tune.with_resources(RealignTrial, {"cpu": config.resources.cpu, "gpu": config.resources.gpu})
    if tune.Tuner.can_restore(str(folder.ray)) and any(folder.ray.glob("experiment_state-*.json")):
        return tune.Tuner.restore(str(folder.ray), trainable, resume_unfinished=True, restart_errored=True)
    return tune.Tuner(
        trainable,
        param_space={},
        tune_config=tune.TuneConfig(
            search_alg=SweepSearcher(plan, records, folder.search, config.concurrency),
            scheduler=SweepScheduler(
                records, config.scheduler, rungs_of(config.scheduler, config.run), plan.n_searched - n_repeats(config)
            ),
            num_samples=plan.n_trials,
            reuse_actors=True,
            trial_name_creator=trial_name,
            trial_dirname_creator=trial_name,
        ),
        run_config=tune.RunConfig(
            name=folder.ray.name,
            storage_path=str(folder.ray.parent),
            callbacks=make_callbacks(plan, folder, records),
            failure_config=tune.FailureConfig(max_failures=1),
            # The trial asks for a checkpoint at each stage's end. Keeping one also makes Tune save its state each time.
            checkpoint_config=tune.CheckpointConfig(num_to_keep=1, checkpoint_at_end=False),
            verbose=0,
        ),
    )


def make_callbacks(plan: Plan, folder: SweepFolder, records: RecordStore) -> list[tune.Callback]:
    """Records first: the others show what it has written."""
    config = plan.config
    environment = {"sweep": config.name, "versions": versions(), "git_commit": git_commit()}
    return [
        RecordCallback(records, environment),
        MlflowCallback(
            tracking_uri=folder.tracking_uri, artifacts=folder.artifacts, study=config.study, sweep=config.name,
            config=as_mapping(config), records=records, environment=environment, n_trials=plan.n_trials, folder=folder,
        ),
        ProgressCallback(config.name, plan.n_trials, records),
    ]  # fmt: skip


def trial_name(trial: Trial) -> str:
    """The planned name, also of the trial's folder."""
    return str(trial.config["name"])
