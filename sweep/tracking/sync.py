"""`sync`: makes what trackers show of a sweep anew from its records, MLflow's in the sweep's own store or another one.

Repeatable: a second time it writes nothing new. It also closes what a killed driver left RUNNING.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sweep.config.load import as_mapping, saved_config
from sweep.config.space import n_planned
from sweep.folders import CONFIRM_SUFFIX, SweepFolder
from sweep.published.study import imported_config
from sweep.records.records import RecordStore, TrialRecord
from sweep.records.session import exclusive
from sweep.tracking.names import SWEEP_TAG
from sweep.tracking.results import by_end
from sweep.tracking.store import MlflowStore, answering, migrate
from sweep.tracking.trackers import MLFLOW, OPTUNA, TRACKERS, Shown, check_installed, trackers_of
from sweep.tracking.view import EXPERIMENT_TAGS, SweepView, artifacts_folder
from trainables.store.secrets import redacted


@dataclass(frozen=True)
class SyncOutcome:
    """What `sync` did: trials written, trials that were there already, runs that were left RUNNING and are closed."""

    n_written: int
    n_there: int
    n_closed: int

    def __str__(self) -> str:
        return f"{self.n_written} trials written, {self.n_there} already there, {self.n_closed} left open and closed"


def sync(folder: SweepFolder, tracking_uri: str | None = None, say: Callable[[str], None] | None = None) -> SyncOutcome:
    """Writes everything that a sweep's records say to MLflow.

    Args:
        folder: of a sweep that has been started and is not running, or of imported records.
        tracking_uri: of another store; None = the sweep's own.
        say: shows one line of progress.

    Raises:
        ValueError: the sweep is running, a record is damaged, the store does not answer, or the study was deleted
            there.
    """
    uri = tracking_uri or folder.tracking_uri
    with exclusive(folder, to_read=tracking_uri is not None):
        records = RecordStore(folder.records).all()
        is_imported = not folder.has_config
        config = imported_config(folder.name, records) if is_imported else saved_config(folder.config)
        migrate(uri)
        if say:
            say(f"{config.name}: writing {len(records)} trials to {redacted(uri)}")
        with answering(uri):
            view = SweepView(
                uri, artifacts_folder(uri, folder), study=config.study, sweep=config.name, config=as_mapping(config),
                environment=environment_of(config.name, records),
                n_trials=len(records) if is_imported else n_planned(config),
                started_s=min((record.started_s for record in records), default=None), folder=folder,
            )  # fmt: skip
            n_written = view.catch_up(records)
            n_closed = view.close_left_open()
            view.finish(records)
    with answering(uri):
        sync_search(folder, tracking_uri)
    return SyncOutcome(n_written, len(records) - n_written, n_closed)


def sync_all(
    folder: SweepFolder,
    tracking_uri: str | None = None,
    trackers: Sequence[str] = (),
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """`sync`, and the same for all other trackers. One that fails keeps none of the others from being written.

    Args:
        trackers: names; () = those of the sweep's config.

    Raises:
        ValueError: a tracker that is not known or not installed; what could not be written, at the end.
    """
    config = saved_config(folder.config) if folder.has_config else None
    names = tuple(trackers) or (trackers_of(config) if config else (MLFLOW,))
    if config is None and names != (MLFLOW,):
        raise ValueError(
            f"Imported scores are shown in MLflow alone, but {', '.join(names)} is asked for. Leave it out."
        )
    check_installed(names)
    problems = []
    for name in names:
        try:
            say(f"{name}: {sync(folder, tracking_uri, say) if name == MLFLOW else sync_folder(name, folder)}")
        except Exception as error:  # whatever a library can think of
            if len(names) == 1:
                raise
            problems.append(f"The tracker {name} must be written, but could not be ({redacted(str(error))}).")
    if problems:
        raise ValueError(" ".join(problems))


def sync_folder(name: str, folder: SweepFolder) -> SyncOutcome:
    """The same for a tracker below the sweep's folder.

    Raises:
        ValueError: the sweep is running, or a record is damaged. Anything of the tracker's library's.
    """
    with exclusive(folder):
        records, config = RecordStore(folder.records).all(), saved_config(folder.config)
        shown = [record for record in records if name != OPTUNA or record.number is not None]
        if name == OPTUNA and OPTUNA not in trackers_of(config):
            raise ValueError(
                f"An Optuna study mirrors a search, but {config.name!r} searches for nothing. Leave it out."
            )
        tracker = TRACKERS[name](Shown(folder=folder, config=config, n_trials=n_planned(config)))
        n_written = tracker.catch_up(records)
        n_closed = tracker.close_left_open()
        tracker.finish(records)
    return SyncOutcome(n_written, len(shown) - n_written, n_closed)


def sync_search(folder: SweepFolder, tracking_uri: str | None = None) -> None:
    """Where this sweep confirms a search that is in the same store, the search's parent run shows the verdict too."""
    search, uri = (
        SweepFolder(folder.mlruns, folder.name.removesuffix(CONFIRM_SUFFIX)),
        tracking_uri or folder.tracking_uri,
    )
    if search.name == folder.name or not search.has_config:
        return
    store = MlflowStore(uri, saved_config(search.config).study, artifacts_folder(uri, folder), EXPERIMENT_TAGS)
    if store.find({SWEEP_TAG: search.name, "kind": "sweep"}):
        with contextlib.suppress(ValueError):  # a search that is running shows it at its own end
            sync(search, tracking_uri)


def environment_of(sweep: str, records: list[TrialRecord]) -> dict[str, object]:
    """What the latest trial ran with."""
    if not records:
        return {"sweep": sweep, "versions": {}, "git_commit": None}
    latest = by_end(records)[-1]
    return {"sweep": sweep, "versions": dict(latest.versions), "git_commit": latest.git_commit}
