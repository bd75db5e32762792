"""THE STORY of a sweep: config -> plan -> searcher -> Ray -> callbacks -> Tune -> records -> report.

Deciding (searcher), executing (Ray and the trials) and recording (callbacks) are different objects; this file puts
them together. Running a sweep again under its name continues where it stopped: a finished trial never runs twice.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace

from sweep.config.load import as_mapping
from sweep.config.sections import SweepConfig
from sweep.execution.checkpoints import Checkpoints
from sweep.execution.cluster_nodes import check_nodes
from sweep.execution.interruption import Interruption
from sweep.execution.measured_gradients import with_gradients
from sweep.execution.page_callback import PageCallback
from sweep.execution.pinned_encoder import remember_encoder, with_pinned_encoder
from sweep.execution.prepare import prepare_encoder
from sweep.execution.progress_callback import ProgressCallback
from sweep.execution.ray_session import check_answers, check_local_resources, ray_session
from sweep.execution.record_callback import RecordCallback
from sweep.execution.same_inputs import check_inputs, say_libraries
from sweep.execution.tuning import run_trials
from sweep.execution.visible_paths import check_cluster_sees
from sweep.findings.phases import search_phases
from sweep.folders import SweepFolder
from sweep.plan import Plan, make_plan
from sweep.prediction.automatic import AUTO_ON_A_CLUSTER, with_chosen_resources
from sweep.prediction.known import known_prediction
from sweep.prediction.text import headline
from sweep.prediction.time_to_go import TimeToGo
from sweep.records.provenance import git_commit, versions
from sweep.records.records import RecordStore, TrialRecord
from sweep.records.session import check_plugins, exclusive, remember
from sweep.reports.page.data import Progress, State
from sweep.reports.stamp import report_digest, report_options, write_stamp
from sweep.reports.write import ReportOptions, write_reports
from sweep.search.length import n_trials_in_the_end
from sweep.search.warm_start import freeze_warm_start
from sweep.tracking.callback import FolderCallback, MlflowCallback, TrackerCallback, check_store
from sweep.tracking.sync import sync_all
from sweep.tracking.trackers import MLFLOW, Shown, check_installed, trackers_of
from sweep.tracking.view import artifacts_folder
from trainables.mapping import ConfigError
from trainables.trial import RealignTrial

Say = Callable[[str], None]


@dataclass(frozen=True)
class SweepOutcome:
    """Where a sweep stands: the records of trials that are over, of `n_trials` in all.

    problem: why trials are left, where nobody has interrupted them; a sentence.
    interrupted: somebody has, with trials left or before the report was written.
    """

    records: list[TrialRecord]
    n_trials: int
    problem: str = ""
    interrupted: bool = False

    @property
    def n_failed(self) -> int:
        """Trials that failed."""
        return sum(record.failed for record in self.records)

    @property
    def n_open(self) -> int:
        """Trials that are not over, as the sweep was interrupted."""
        return self.n_trials - len(self.records)

    @property
    def state(self) -> State:
        """As `realign-sweep list` calls it."""
        return "complete" if not self.n_open and not self.n_failed else "interrupted"

    @property
    def what_is_left(self) -> str:
        """That trials are left, and why, in a sentence or two."""
        return f"{self.problem} {self.n_open} trials are left.".lstrip()


def run_sweep(
    config: SweepConfig,
    folder: SweepFolder,
    *,
    address: str | None = None,
    tracking_uri: str | None = None,
    say: Say,
) -> SweepOutcome:
    """Runs what is left of a sweep.

    Args:
        folder: where it lives; a sweep of the same name must have the same config, once a trial of it has begun.
        address: of a Ray cluster; None = a local Ray.
        tracking_uri: of an MLflow server or another store; None = the one in `folder.mlruns`.
        say: shows one line of progress.

    Raises:
        ConfigError, ValueError: anything that can be known before training starts, or what has stopped the sweep.
        KeyboardInterrupt: somebody has stopped it before the first trial. Later that is no error: the outcome says it.
    """
    with Interruption(f"Continue with `{folder.resume_command}`.", say).watching() as interruption:
        if not folder.records.is_dir():  # of one that has begun, nothing may be left to run
            if config.resources.auto and address is not None:
                raise ConfigError([AUTO_ON_A_CLUSTER])
            if address is not None:
                check_answers(address)
            elif not config.resources.auto:
                check_local_resources(config)
        check_installed(config.trackers)
        say(f"{config.name}: reading the data, choosing languages, checking everything")
        pinned = with_pinned_encoder(config, folder)
        plan = make_plan(pinned, folder)
        if config.resources.auto:
            config = with_chosen_resources(plan, config, folder, say)
            pinned = replace(pinned, resources=config.resources, concurrency=config.concurrency)
            plan = make_plan(pinned, folder)  # trials have as many threads as cores
        with exclusive(folder, say=say):
            records, checkpoints = RecordStore(folder.records), Checkpoints(folder.checkpoints)
            clear_up(folder, records, checkpoints, say)
            remember(config, folder, begun=records.any() or checkpoints.any())
            remember_encoder(config, pinned, folder)
            n_trials = n_trials_of(plan, folder)
            n_left = n_trials - len(records.finished_names())
            interruption.over = lambda: len(records.finished_names()) >= n_trials
            problem = ""
            try:
                if n_left:
                    check_plugins(records.all(), versions(), folder)
                    check_inputs(plan, records.all(), folder, say)
                    say_libraries(records.all(), versions(), folder, say)
                    prediction = known_prediction(plan, folder, over=records.finished_names()) if not address else None
                    expected = f", {headline(prediction)}" if prediction else ""
                    say(f"{config.name}: {n_left} of {n_trials} trials to run{expected}")
                    to_go = TimeToGo(prediction.trial_s, n_left, prediction.n_at_a_time) if prediction else None
                    if MLFLOW in config.trackers and (shown := check_store(config, folder, tracking_uri)):
                        say(shown)
                    with ray_session(config, address, say) as resources:
                        interruption.install()  # Ray has taken the signals
                        plan = replace(plan, config=replace(plan.config, resources=resources))
                        if address is not None:
                            check_nodes()
                            check_cluster_sees(plan.config, folder, say)
                        prepare_encoder(plan.config, say)
                        plan = with_gradients(plan, say)
                        freeze_warm_start(plan.earlier, folder)
                        problem = _run(
                            config,
                            plan,
                            folder,
                            records,
                            checkpoints,
                            interruption,
                            tracking_uri,
                            say,
                            to_go,
                        )
                    interruption.install()  # Ray has let go of them: a signal would end the process without a word
                outcome = SweepOutcome(records.all(), n_trials_of(plan, folder), problem)
                if not outcome.n_open:
                    interruption.over, interruption.last_words = lambda: True, f"realign-sweep: {folder.all_over}"
                checkpoints.tidy(records.finished_names())
                if any(record.finished for record in outcome.records) and not interruption.received:
                    over = Progress(n_over=len(outcome.records), n_trials=outcome.n_trials, state=outcome.state)
                    phases = search_phases(folder, {config.name: outcome.records}).sections
                    options = ReportOptions(phases=phases, progress={config.name: over})
                    write_reports(outcome.records, config.name, folder.root, options)
                    write_stamp(folder.root, report_digest([folder], [], report_options()), figures=True)
            except KeyboardInterrupt:
                outcome = SweepOutcome(records.all(), n_trials_of(plan, folder), problem)
                if not interruption.received or outcome.n_open:
                    raise
        if not n_left and not interruption.received:
            catch_trackers_up(folder, tracking_uri, say)
    return replace(outcome, interrupted=interruption.received)


def catch_trackers_up(folder: SweepFolder, tracking_uri: str | None, say: Say) -> None:
    """Shows trackers what records say, where a driver was cut off from them after its last trial."""
    if tracking_uri is None and not folder.database.exists():
        return
    try:
        sync_all(folder, tracking_uri)
    except (ValueError, OSError) as error:
        say(f"{folder.name}: {error} Write them later: `realign-sweep sync {folder.name} --mlruns {folder.mlruns}`.")


def _run(
    config: SweepConfig,
    plan: Plan,
    folder: SweepFolder,
    records: RecordStore,
    checkpoints: Checkpoints,
    interruption: Interruption,
    tracking_uri: str | None,
    say: Say,
    to_go: TimeToGo | None,
) -> str:
    """Why the trials could not be recorded, or ""."""
    recorder, *viewers = make_callbacks(config, plan, folder, records, checkpoints, tracking_uri, to_go)
    viewers.append(PageCallback(folder, records, plan.n_trials, say))
    with interruption.tuning():
        run_trials(plan, folder, records, checkpoints, RealignTrial, [recorder, *viewers], say)
    return recorder.problem


def n_trials_of(plan: Plan, folder: SweepFolder) -> int:
    """How many trials the sweep has, see `n_trials_in_the_end`."""
    return n_trials_in_the_end(folder.search, n_planned=plan.n_trials, n_arm_trials=len(plan.trials))


def clear_up(folder: SweepFolder, records: RecordStore, checkpoints: Checkpoints, say: Say) -> None:
    """Sets aside what is damaged, and removes what is obsolete."""
    for path in records.set_aside_damaged():
        say(f"{folder.name}: a record was damaged and is set aside as {path}; its trial runs again")
    checkpoints.tidy(records.finished_names())
    if folder.ray.exists():
        say(f"{folder.name}: {folder.ray} of an earlier version is not used: trials that were running start again")
        shutil.rmtree(folder.ray, ignore_errors=True)


def make_callbacks(
    config: SweepConfig,
    plan: Plan,
    folder: SweepFolder,
    records: RecordStore,
    checkpoints: Checkpoints,
    tracking_uri: str | None = None,
    to_go: TimeToGo | None = None,
) -> tuple[RecordCallback, *tuple[TrackerCallback, ...], ProgressCallback]:
    """Records first: the others show what it has written.

    Args:
        config: as it was asked for, which is what a sweep is known by; the plan's has its encoder's commit in it, too.
        to_go: how long it will take, where that was predicted.
    """
    environment = {"sweep": config.name, "versions": versions(), "git_commit": git_commit()}
    uri = tracking_uri or folder.tracking_uri
    shown = Shown(folder=folder, config=config, n_trials=plan.n_trials)
    trackers = [
        MlflowCallback(
            tracking_uri=uri, artifacts=artifacts_folder(uri, folder), study=config.study, sweep=config.name,
            config=as_mapping(config), records=records, environment=environment, n_trials=plan.n_trials, folder=folder,
        )
        if name == MLFLOW
        else FolderCallback(name, shown, records)
        for name in trackers_of(config)
    ]  # fmt: skip
    progress = ProgressCallback(config.name, plan.n_trials, records, to_go=to_go)
    return RecordCallback(records, environment, checkpoints), *trackers, progress
