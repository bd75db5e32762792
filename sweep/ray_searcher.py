"""SweepSearcher: hands Tune the planned trials, then asks the search for more. The border of our ask/tell and Ray's.

Its state is small and its suggestions are a function of the plan, the records and the results told, so it survives a
kill at any moment: a trial whose record is finished is never suggested, and what the search had learnt is told again.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ray.tune.experiment import Trial
from ray.tune.schedulers import FIFOScheduler
from ray.tune.search import Searcher

from sweep.folders import write_atomically
from sweep.plan import Plan
from sweep.point_search import SEARCHES, PointSearch
from sweep.records import RecordStore


class SweepSearcher(Searcher):
    """Suggests complete trial configs (`PlannedTrial.config`).

    Args:
        plan: the trials and how to make searched ones.
        records: which trials are over.
        concurrency: trials at a time at most; None = no limit here. (Tune's own limiter would wait for ever for a trial
            that was running when the driver was killed and turned out to be recorded.)
    """

    def __init__(self, plan: Plan, records: RecordStore, concurrency: int | None = None) -> None:
        super().__init__()  # a metric given here would be demanded of every intermediate result
        self.plan = plan
        self.records = records
        self.concurrency = concurrency
        self.n_suggested = 0
        self.n_asked = 0
        self.live: dict[str, dict[str, Any]] = {}  # Tune's trial id -> {"name", "number", "point"}
        self.told: list[dict[str, Any]] = []  # {"number", "point", "score"}, in the order of the tells
        self._search: PointSearch | None = None

    def suggest(self, trial_id: str) -> Any:
        """The next config, None (not now) or FINISHED."""
        if self.concurrency is not None and len(self.live) >= self.concurrency:
            return None
        finished = self.records.finished_names()
        while self.n_suggested < len(self.plan.trials):
            trial = self.plan.trials[self.n_suggested]
            self.n_suggested += 1
            if trial.name not in finished:
                self.live[trial_id] = {"name": trial.name, "number": None, "point": {}}
                return trial.config()
        return self._suggest_searched(trial_id, finished)

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Tells the search; a failed trial is told as failed."""
        live = self.live.pop(trial_id, None) or _live_of(result)
        if live is None or live["number"] is None:
            return
        score = None if error or result is None else result.get("score")
        self._tell(live["number"], live["point"], score)

    def save(self, checkpoint_path: str) -> None:
        """Writes the state as JSON."""
        state = {"n_suggested": self.n_suggested, "n_asked": self.n_asked, "live": self.live, "told": self.told}
        write_atomically(Path(checkpoint_path), json.dumps(state))

    def restore(self, checkpoint_path: str) -> None:
        """Reads the state. Trials that were recorded after it was written no longer count as running."""
        state = json.loads(Path(checkpoint_path).read_text(encoding="utf-8"))
        finished = self.records.finished_names()
        self.n_suggested, self.n_asked = state["n_suggested"], state["n_asked"]
        self.live = {key: live for key, live in state["live"].items() if live["name"] not in finished}
        self.told, self._search = state["told"], None
        recorded = {live["number"] for key, live in state["live"].items() if key not in self.live} - {None}
        self._tell_recorded(recorded - {told["number"] for told in self.told})

    def __getstate__(self) -> dict[str, Any]:
        # A live study does not belong in Tune's pickle; it is rebuilt from `told`.
        return {**self.__dict__, "_search": None}

    def _suggest_searched(self, trial_id: str, finished: frozenset[str]) -> Any:
        while self.n_asked < self.plan.n_searched:
            number = self.n_asked
            record = self.records.get(self._searched_name(number))
            self.n_asked += 1
            if record is not None and record.trial in finished:
                if all(told["number"] != number for told in self.told):
                    self._tell(number, record.point, record.score)
                continue
            point = self._asking().ask(number)
            if point is None:
                break
            self.live[trial_id] = {"name": self._searched_name(number), "number": number, "point": point}
            return self.plan.chooser.searched_trial(number, point).config()
        return Searcher.FINISHED

    def _searched_name(self, number: int) -> str:
        return self.plan.chooser.searched_name(number)

    def _tell(self, number: int, point: Mapping[str, Any], score: float | None) -> None:
        self._asking().tell(number, dict(point), score)
        self.told.append({"number": number, "point": dict(point), "score": score})

    def _tell_recorded(self, numbers: set[int]) -> None:
        for number in sorted(numbers):
            record = self.records.get(self._searched_name(number))
            if record is not None:
                self._tell(number, record.point, record.score)

    def _asking(self) -> PointSearch:
        """The search, rebuilt from what it was told if this is a new session."""
        if self._search is None:
            config = self.plan.config
            make: Callable[..., PointSearch] = SEARCHES[config.search.kind]
            self._search = make(config.space, config.search.seed)
            for told in self.told:
                self._search.tell(told["number"], told["point"], told["score"])
        return self._search


def _live_of(result: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a trial that is not known by its id was (Tune gives a restarted trial a new id), from its own config."""
    config = (result or {}).get("config")
    return None if not config else {"name": config["name"], "number": config["number"], "point": config["point"]}


class SkipRecorded(FIFOScheduler):
    """First come, first served, but a restored trial whose record is finished stays finished.

    Tune saves its state now and then; a driver that is killed in between comes back to trials that have ended since.
    """

    def __init__(self, records: RecordStore) -> None:
        super().__init__()
        self.records = records

    def on_trial_add(self, tune_controller: Any, trial: Trial) -> None:
        """Called for new and restored trials, before they are queued."""
        if trial.status == Trial.PENDING and trial.config["name"] in self.records.finished_names():
            trial.set_status(Trial.TERMINATED)
