"""Keeps the page of a running sweep fresh: `report.html` says "10 of 33, running", and reloads itself in the browser.

A thread makes the page from the records, so that no trial waits for it, and at most 2 % of the time: after a page that
took a second of computing the next one is fifty seconds away. What takes longest, comparisons and figures, comes with
the report at the end.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ray import tune

from sweep.findings.live_page import live_page
from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import RecordStore
from sweep.reports.page.assemble import with_status
from sweep.reports.page.data import Progress

SHARE = 0.02
"""Of the driver's time."""
LEAST_S = 20.0
"""Between two pages."""

logger = logging.getLogger(__name__)
Clock = Callable[[], float]


class PageCallback(tune.Callback):
    """The page of a sweep while it runs.

    Args:
        folder: of the sweep. records: of trials that are over. n_trials: of the whole sweep.
        say: shows one line, where the page is. clock, used: seconds on the clock, and of computing in this thread.
    """

    def __init__(
        self,
        folder: SweepFolder,
        records: RecordStore,
        n_trials: int,
        say: Callable[[str], None] = lambda text: None,
        clock: Clock = time.monotonic,
        used: Clock = time.thread_time,
    ) -> None:
        self.folder, self.records, self.n_trials, self.say = folder, records, n_trials, say
        self.path = folder.root / "report.html"
        self._clock, self._used = clock, used
        self._writer: ThreadPoolExecutor | None = None
        self._lock: threading.Lock | None = None
        self._next_s = 0.0
        self._busy = self._said = self._ended = False

    def __getstate__(self) -> dict[str, Any]:
        # Tune pickles callbacks; what shows a line may hold a terminal.
        return {**self.__dict__, "_writer": None, "_lock": None, "say": None}

    def setup(self, **info: Any) -> None:
        """A page of an earlier session says that the sweep runs again."""
        self._writer, self._lock = ThreadPoolExecutor(1, thread_name_prefix="page"), threading.Lock()
        self._ended = self._busy = False
        self._next_s = 0.0
        self.refresh()

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A record more."""
        self.refresh()

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A record more."""
        self.refresh()

    def on_experiment_end(self, trials: list[Any], **info: Any) -> None:
        """What is there says how it ended; the report that follows has the rest. A page in the making is not waited
        for: somebody may have interrupted the sweep.
        """
        if self._lock is None or self._writer is None:
            return
        with self._lock:
            self._ended = True
            self._say_ended()
        self._writer.shutdown(wait=False, cancel_futures=True)
        self._writer = None

    def refresh(self) -> None:
        """Makes the page anew, unless one is being made or the last one is too young."""
        if self._writer is not None and not self._busy and self._clock() >= self._next_s:
            self._busy = True
            self._writer.submit(self._make)

    def _make(self) -> None:
        started = self._used()
        try:
            records = self.records.all()
            if any(record.finished for record in records):
                page = live_page(self.folder, records, self._progress(len(records), "running"))
                assert self._lock is not None
                with self._lock:
                    if not self._ended:
                        write_atomically(self.path, page)
                if not self._said:
                    self._said = True
                    self.say(f"{self.folder.name}: look at {self.path} (made anew now and then, it reloads itself)")
        except Exception as error:  # a view: whatever is wrong with it must not end the sweep
            logger.warning("The page %s could not be made anew: %s", self.path, error)
        finally:
            self._next_s = self._clock() + max(LEAST_S, (self._used() - started) / SHARE)
            self._busy = False

    def _say_ended(self) -> None:
        try:
            page = self.path.read_text(encoding="utf-8")
            n_over = len(list(self.folder.records.glob("*.json")))
            state = "complete" if n_over >= self.n_trials else "interrupted"
            write_atomically(self.path, with_status(page, {self.folder.name: self._progress(n_over, state)}))
        except OSError:
            return  # none was made, or the disk is full: the records are what counts

    def _progress(self, n_over: int, state: Any) -> Progress:
        return Progress(n_over=n_over, n_trials=max(n_over, self.n_trials), state=state)
