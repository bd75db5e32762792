"""SweepSearcher: hands Tune the planned trials, then asks the search for more. The border of our ask/tell and Ray's.

Every session starts from the records and the search's own memory; what Ray once knew counts for nothing. A trial whose
record is finished is never suggested; one that the search asked for and that is not over comes before any new one, with
the checkpoint that it has.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ray.tune.search import Searcher

from sweep.execution.checkpoints import Checkpoints
from sweep.execution.search_log import SearchLog
from sweep.plan import Plan
from sweep.records.records import RecordStore, rows_of, status_of
from sweep.search.endings import told_of_ending
from sweep.search.sets import LANGUAGES
from sweep.trials.planned_trial import PlannedTrial
from trainables.trial import CHECKPOINT_FOLDER


class SweepSearcher(Searcher):
    """Suggests complete trial configs (`PlannedTrial.config`).

    Args:
        plan: the trials and what to search.
        records: which trials are over.
        path: of the search's own memory (`SearchLog`).
        concurrency: trials at a time at most; None = no limit here.
        checkpoints: where trials write theirs; None = nowhere.
        n_slots: gives how many trials Ray has room for; None = no limit here. One more is asked for, so that no process
            is idle while the search thinks; what is asked for earlier still would be chosen knowing less.
    """

    def __init__(
        self,
        plan: Plan,
        records: RecordStore,
        path: Path,
        concurrency: int | None = None,
        checkpoints: Checkpoints | None = None,
        n_slots: Callable[[], int] | None = None,
    ) -> None:
        super().__init__()  # a metric given here would be demanded of every intermediate result
        self.plan = plan
        self.records = records
        self.path = path
        self.concurrency = concurrency
        self.checkpoints = checkpoints
        self.n_slots = n_slots
        self.n_suggested = 0  # planned trials that Ray has been given
        self.handed: set[int] = set()  # numbers of searched ones
        self.live: dict[str, str] = {}  # Tune's trial id -> trial's name
        self._log: SearchLog | None = None

    @property
    def log(self) -> SearchLog:
        """The search; read from its file when it is first needed."""
        if self._log is None:
            self._log = SearchLog(self.plan, self.records, self.path)
        return self._log

    def suggest(self, trial_id: str) -> Any:
        """The next config, None (not now) or FINISHED."""
        if self.concurrency is not None and len(self.live) >= self.concurrency:
            return None
        if self.n_slots is not None and len(self.live) >= self.n_slots() + 1:
            return None
        over = self.records.finished_names()
        while self.n_suggested < len(self.plan.trials):
            trial = self.plan.trials[self.n_suggested]
            self.n_suggested += 1
            if trial.name not in over:
                self.live[trial_id] = trial.name
                return self._config(trial)
        if not self.plan.n_searched:
            return Searcher.FINISHED
        asked = self.log.next(self.handed, over)
        if asked is None:
            return None if self.log.waits else Searcher.FINISHED
        self.handed.add(asked.number)
        self.live[trial_id] = asked.trial
        return self._config(self.log.trial(asked))

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Tells the search: a failed trial as failed, one that ends without a score as stopped."""
        result = result or {}
        name = self.live.pop(trial_id, None) or _name_in(result)
        asked = self.log.by_name(name) if self.plan.n_searched else None
        arm = next((trial for trial in self.plan.trials if trial.name == name), None)
        if not self.plan.n_searched or (asked is None and arm is None):
            return
        told = told_of_ending(
            self.plan.config, trial=name, number=asked.number if asked else None,
            point=asked.point if asked else {LANGUAGES: list(arm.subset.languages) if arm else []},
            seed=asked.seed if asked else arm.run.seed if arm else None,
            status="failed" if error else status_of(result), scores=rows_of(result),
            seen=result.get("seen_languages"), signals=result.get("signals", []),
        )  # fmt: skip
        self.log.tell(told)

    def save(self, checkpoint_path: str) -> None:
        """Nothing: Ray's copy is never read."""

    def restore(self, checkpoint_path: str) -> None:
        """Never: a session starts anew."""
        raise NotImplementedError

    def _config(self, trial: PlannedTrial) -> dict[str, Any]:
        # What its worker loads first.
        given = self.plan.config
        config = trial.config() | {"plugins": list(given.plugins), "languages": list(given.languages)}
        if self.checkpoints is not None:
            config[CHECKPOINT_FOLDER] = str(self.checkpoints.of(trial.name))
        return config

    def __getstate__(self) -> dict[str, Any]:
        # A live search does not belong in Tune's pickle.
        return {**self.__dict__, "_log": None}


def _name_in(result: Mapping[str, Any]) -> str:
    """The trial's name out of its own config: Tune gives a restarted trial a new id, and flattens results."""
    return str(result.get("config/name") or result.get("config", {}).get("name", ""))
