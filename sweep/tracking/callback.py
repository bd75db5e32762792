"""Callbacks that show a sweep from the driver while it runs: in MLflow, and in the other trackers.

One thread of the driver writes for each, so that trials never wait for a database or a server. A tracker is a view:
where it fails (a server is down, a disk is full) that is said once, the sweep goes on, and the view catches up from the
records as soon as it can: at the latest when the sweep ends, or by `realign-sweep sync`.
"""

import logging
import shlex
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ray import tune

from sweep.folders import SweepFolder, tracking_option
from sweep.records.records import RecordStore, TrialRecord
from sweep.tracking.base import Tracker
from sweep.tracking.store import be_impatient, migrate
from sweep.tracking.sync import sync_search
from sweep.tracking.trackers import TRACKERS, Shown
from sweep.tracking.view import SweepView, check_store
from trainables.store.secrets import redacted
from trainables.trial import CHECKPOINT_FOLDER

__all__ = ["FolderCallback", "MlflowCallback", "TrackerCallback", "check_store", "migrate"]

REPORTED = ("stage", "curve")  # of a result, what a tracker is told while the trial runs
PAUSE_S = 60.0  # after a failure nothing is tried for so long
DESCRIBE_S = 300.0  # the parent's note is not written more often
GROWTH = 1.25  # nor before so many times more trials are over

logger = logging.getLogger(__name__)


class TrackerCallback(tune.Callback):
    """One tracker of a running sweep; members say how it is opened.

    Args:
        records: written before this callback is told that a trial is over.
    """

    def __init__(self, records: RecordStore) -> None:
        self.records = records
        self._view: Tracker | None = None  # only the writing thread touches it
        self._writer: ThreadPoolExecutor | None = None
        self._reports: dict[str, Future[None]] = {}  # trial -> its latest report
        self._said = self._ends = False
        self._paused_until_s = self._described_s = 0.0
        self._n_over = self._n_described = 0

    def open(self, records: list[TrialRecord]) -> Tracker:
        """The tracker, new, to be used by one thread."""
        raise NotImplementedError

    @property
    def place(self) -> str:
        """What people call it, and where it is: `MLflow at URI`."""
        raise NotImplementedError

    @property
    def sync_command(self) -> str:
        """What a person types to have everything in it."""
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        # Tune pickles callbacks, into a file: a tracker holds a database connection.
        return {**self.__dict__, "_view": None, "_writer": None, "_reports": {}}

    def setup(self, **info: Any) -> None:
        """Opens it, and catches up on records that it has not heard of."""
        self._said, self._ends, self._paused_until_s = False, False, 0.0
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="tracker")
        self._submit(lambda view: None)

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Opens the trial's run."""
        config = {key: value for key, value in trial.config.items() if key != CHECKPOINT_FOLDER}  # of this machine
        self._submit(lambda view: view.open_trial(config))

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """Draws the curves of the current stage on. Reports that come faster than they are written are left out: the
        record has the whole curve.
        """
        config, name = trial.config, trial.config["name"]
        # The last result holds all scores and curves, and may wait here for long: a quarter of a MiB a trial.
        shown = {key: result[key] for key in REPORTED if key in result}
        before = self._reports.get(name)
        if shown.get("curve") and (before is None or before.done()):
            self._reports[name] = self._submit(lambda view: view.report(config, shown))

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Closes the trial's run with what its record says."""
        self._end(trial.config["name"])

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Closes the trial's run as failed."""
        self._end(trial.config["name"])

    def on_experiment_end(self, trials: list[Any], **info: Any) -> None:
        """Writes what a pause or a failure has left out, closes the runs that were cut off as KILLED, and the parent
        with the leaderboard.
        """
        self.flush()
        self._paused_until_s, self._said, self._ends = 0.0, False, True  # a failure now is made good by nothing here
        self._submit(self._finish)
        self.flush()
        if self._writer is not None:
            self._writer.shutdown()
            self._writer = None

    def flush(self) -> None:
        """Waits until everything so far is written, or has failed to be."""
        if self._writer is not None:
            self._writer.submit(lambda: None).result()

    def _end(self, name: str) -> None:
        self._reports.pop(name, None)
        self._submit(lambda view: self._close(view, name))

    def _submit(self, act: Callable[[Tracker], object]) -> "Future[None]":
        assert self._writer is not None, "setup() makes the writer"
        return self._writer.submit(self._try, act)

    def _try(self, act: Callable[[Tracker], object]) -> None:
        """Does `act` on the view, made anew after a failure; failing is said and survived."""
        if time.monotonic() < self._paused_until_s:
            return
        try:
            if self._view is None:
                self._view = self._connect()
            act(self._view)
            if self._said:
                self._said = False
                logger.warning("%s answers again: it has what it lacked.", self.place)
        except Exception as error:  # whatever a library, its server, the disk or a proxy can think of
            self._view = None
            self._paused_until_s = time.monotonic() + PAUSE_S
            if not self._said:
                self._said = True
                what_next = "Write it" if self._ends else "The sweep goes on, and writes it when that is possible, or"
                logger.warning(
                    "%s could not be written to (%s: %s). The records are complete; it lacks a part of them. %s by "
                    "`%s`.",
                    self.place, type(error).__name__, redacted(" ".join(str(error).split()))[:300], what_next,
                    self.sync_command,
                )  # fmt: skip

    def _connect(self) -> Tracker:
        records = self.records.all()
        view = self.open(records)
        view.catch_up(records)
        self._n_over = len(records)
        return view

    def _close(self, view: Tracker, name: str) -> None:
        record = self.records.get(name)
        if record is None:
            return
        view.close_trial(record)
        self._n_over += 1
        now_s = time.monotonic()
        if now_s > self._described_s + DESCRIBE_S and self._n_over > GROWTH * self._n_described:
            view.describe(self.records.all())
            self._described_s, self._n_described = now_s, self._n_over

    def _finish(self, view: Tracker) -> None:
        view.close_left_open()
        view.finish(self.records.all())


class FolderCallback(TrackerCallback):
    """A tracker that writes below the sweep's folder.

    Args:
        name: in `TRACKERS`. shown: what it is told of the sweep.
    """

    def __init__(self, name: str, shown: Shown, records: RecordStore) -> None:
        super().__init__(records)
        self.name, self.shown = name, shown

    def open(self, records: list[TrialRecord]) -> Tracker:
        """Made anew; its libraries are imported now."""
        return TRACKERS[self.name](self.shown)

    @property
    def place(self) -> str:
        """With the folder."""
        return f"The tracker {self.name} in {self.shown.folder.root}"

    @property
    def sync_command(self) -> str:
        """Of all trackers."""
        return self.shown.folder.sync_command


class MlflowCallback(TrackerCallback):
    """The MLflow view of a running sweep.

    Args:
        tracking_uri: "sqlite:///..." or "http://...". artifacts: folder for all artifacts; None = the server's.
        study: the experiment. sweep: the parent run's name. config: the complete sweep config, plain data.
        records: written before this callback is told that a trial is over.
        environment: see `records.RecordCallback`. n_trials: of the whole sweep.
        folder: of the sweep, for what its search learned and what confirming it found; None = without.
    """

    def __init__(
        self,
        *,
        tracking_uri: str,
        artifacts: Path | None,
        study: str,
        sweep: str,
        config: Mapping[str, Any],
        records: RecordStore,
        environment: Mapping[str, Any],
        n_trials: int,
        folder: SweepFolder | None = None,
    ) -> None:
        super().__init__(records)
        self.folder = folder
        self.tracking_uri, self.artifacts, self.study, self.sweep = tracking_uri, artifacts, study, sweep
        self.config, self.environment, self.n_trials = dict(config), dict(environment), n_trials

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "tracking_uri": redacted(self.tracking_uri)}  # a URI may hold a password

    def setup(self, **info: Any) -> None:
        """Opens the store, finds or makes the parent run, and catches up on records that MLflow has not heard of."""
        be_impatient()
        super().setup(**info)

    def open(self, records: list[TrialRecord]) -> Tracker:
        """The sweep's runs."""
        return SweepView(
            self.tracking_uri, self.artifacts, study=self.study, sweep=self.sweep, config=self.config,
            environment=self.environment, n_trials=self.n_trials,
            started_s=min((record.started_s for record in records), default=None), folder=self.folder,
        )  # fmt: skip

    @property
    def place(self) -> str:
        """With the store, without a password."""
        return f"MLflow at {redacted(self.tracking_uri)}"

    @property
    def sync_command(self) -> str:
        """Into this very store."""
        is_own = self.folder is not None and self.tracking_uri == self.folder.tracking_uri
        mlruns = f" --mlruns {shlex.quote(str(self.folder.mlruns))}" if self.folder else ""
        return f"realign-sweep sync {self.sweep}{mlruns}{'' if is_own else tracking_option(self.tracking_uri)}"

    def _finish(self, view: Tracker) -> None:
        super()._finish(view)
        if self.folder is not None:
            sync_search(self.folder, self.tracking_uri)
