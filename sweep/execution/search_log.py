"""SearchLog: what a sweep's search was asked and told, kept in the sweep's own folder.

One JSON file, written whole after every step, says all that the next proposal depends on, so that a search that was
killed at any moment proposes what it would have proposed. Where the file is lost or damaged, the records take its
place. Knows nothing of Ray.
"""

import json
import math
import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from search_spaces.structured import read_json
from sweep.config.sections import SEARCH_PREFIX
from sweep.folders import write_atomically
from sweep.plan import Plan
from sweep.records.records import RecordStore, TrialRecord
from sweep.search.endings import told_of_ending
from sweep.search.points import SEARCHES, Point, PointSearch, Told
from sweep.search.sets import LANGUAGES, SetSearch, make_set_search, searched_set_trial
from sweep.trials.planned_trial import PlannedTrial
from trainables.mapping import from_mapping

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A trial that the search asked for.

    trial: its name. number: the search's count. origin: number of the trial it repeats, or its own.
    seed: of the training.
    """

    trial: str
    number: int
    origin: int
    seed: int
    point: Point


class SearchLog:
    """The search of a sweep with its memory.

    Args:
        plan: the sweep's. records: of trials that are over. path: of the file; may not be there yet.

    Attributes:
        asked: by number, in the order of asking.
        told: in the order of telling.
        notice: a sentence for people, where the file was damaged.
        skipped: numbers for which there is nothing to ask: all sets were tried, or too few to repeat so many.
    """

    def __init__(self, plan: Plan, records: RecordStore, path: Path) -> None:
        self.plan, self.records, self.path = plan, records, path
        self.asked: dict[int, Asked] = {}
        self.told: list[Told] = []
        self.skipped: set[int] = set()
        self.notice = ""
        self._first = 0  # all numbers below have been asked for or skipped
        self._texts: tuple[list[str], list[str]] = ([], [])  # `asked` and `told` as they are written
        self.search = _new_search(plan)
        recorded = sorted(records.all(), key=lambda record: (record.ended_s, record.trial))
        try:
            found = self._read({record.trial for record in recorded})
        except Exception as error:  # whatever a damaged file, or one of another version, leads to
            self._set_aside(error)
            found = False
        if not found:
            self._ask_recorded(recorded)
            self._restore({})
        for record in recorded:  # of trials that ended after the last write
            self.tell(told_of_record(record, plan))

    def next(self, handed: Collection[int], over: Collection[str]) -> Asked | None:
        """The next trial to run; None: not now if `waits`, else never.

        Args:
            handed: numbers that somebody runs or has run. Others that were asked for have been lost: they come first.
            over: names of trials that must not run again.
        """
        for number, asked in self.asked.items():
            if number not in handed and asked.trial not in over:
                return asked
        while (lowest := self._open) is not None and not self.waits:
            new = self._ask(lowest)
            if new is not None and new.trial not in over:
                return new
        return None

    @property
    def _open(self) -> int | None:
        """The lowest number that has not been asked for; None = all have."""
        while self._first in self.asked or self._first in self.skipped:
            self._first += 1
        return self._first if self._first < self.plan.n_searched else None

    @property
    def exhausted(self) -> bool:
        """Whether the search has ended with fewer trials than planned."""
        return bool(self.skipped) and self._open is None

    @property
    def waits(self) -> bool:
        """Whether the best sets are to be repeated, but not all sets have been tried yet."""
        if not isinstance(self.search, SetSearch) or not self.plan.config.search.repeats.seeds:
            return False
        ended = {told.trial for told in self.told}
        tried = all(asked.trial in ended for asked in self.asked.values())
        return self._open is not None and self._open >= self.search.n_samples and not tried

    def trial(self, asked: Asked) -> PlannedTrial:
        """The complete trial."""
        if isinstance(self.search, SetSearch):
            return searched_set_trial(self.plan.config, asked.number, asked.origin, asked.seed, asked.point)
        return self.plan.chooser.searched_trial(asked.number, asked.point)

    def by_name(self, trial: str) -> Asked | None:
        """What was asked for under a trial's name."""
        return next((asked for asked in self.asked.values() if asked.trial == trial), None)

    def tell(self, told: Told) -> None:
        """Tells the search, once a trial: only a failure may be followed by another end. Arms are told to set searches.

        A score that is not a number is a failure.
        """
        if told.score is not None and not math.isfinite(told.score):
            told = replace(told, score=None)
        failed = told.score is None and told.stopped_at is None
        before = [one for one in self.told if one.trial == told.trial]
        if any(one.score is not None or one.stopped_at is not None for one in before) or (before and failed):
            return
        if told.number is None and not (isinstance(self.search, SetSearch) and told.point.get(LANGUAGES)):
            return
        self.search.tell(told)
        self.told.append(told)
        self._write()

    def _ask(self, number: int) -> Asked | None:
        point = self.search.ask(number)
        if point is None:
            n_new = self.search.n_samples if isinstance(self.search, SetSearch) else self.plan.n_searched
            self.skipped |= set(range(number, max(n_new, number + 1)))  # there will be no other new set
            self._write()
            return None
        seed, origin = self.plan.config.seeds[0], number
        if isinstance(self.search, SetSearch):
            seed, origin = self.search.seed_of(number), self.search.origin(number) or 0
        asked = Asked(
            trial=f"{SEARCH_PREFIX}{origin:04d}-seed{seed}", number=number, origin=origin, seed=seed, point=point
        )
        self.asked[number] = asked
        self._write()
        return asked

    def _ask_recorded(self, recorded: list[TrialRecord]) -> None:
        """Takes what was asked and told from records, as far as they say: asked by number, told by the time."""
        numbered = [(record.number, record) for record in recorded if record.number is not None]
        for number, record in sorted(numbered, key=lambda pair: pair[0]):
            origin = int(record.arm.removeprefix(SEARCH_PREFIX))
            self.asked[number] = Asked(
                trial=record.trial, number=number, origin=origin, seed=record.seed, point=dict(record.point)
            )
        of_sets = isinstance(self.search, SetSearch)
        if isinstance(self.search, SetSearch):
            self.search.began_with({number: one.seed for number, one in self.asked.items()})
        told = [told_of_record(record, self.plan) for record in recorded]
        self.told = [one for one in told if one.number is not None or (of_sets and one.point.get(LANGUAGES))]

    def _read(self, over: Collection[str]) -> bool:
        """Takes everything from the file, if there is one. What may still be run of it must make sense."""
        if not self.path.exists():
            return False
        state = read_json(self.path)
        if state["version"] != VERSION:
            raise ValueError(f"version {state['version']}")
        asked = [from_mapping(Asked, one) for one in state["asked"]]
        self.asked = {one.number: one for one in asked}
        self.told = [from_mapping(Told, one) for one in state["told"]]
        self.skipped = set(map(int, state.get("skipped", ())))
        self._restore(state["search"])
        for one in asked:
            if isinstance(self.search, SetSearch) or one.trial not in over:  # sets may be repeated
                self.trial(one)
        return True

    def _restore(self, own: Mapping[str, Any]) -> None:
        self.search.restore({number: asked.point for number, asked in self.asked.items()}, self.told, own)

    def _set_aside(self, error: Exception) -> None:
        self.asked, self.told, self.skipped, self.search = {}, [], set(), _new_search(self.plan)
        self._first, self._texts = 0, ([], [])
        aside = self.path.with_name(f"{self.path.name}.damaged")
        if aside.is_dir():  # of an earlier time
            shutil.rmtree(aside)
        elif aside.exists() and self.path.is_dir():
            aside.unlink()
        self.path.replace(aside)
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        self.notice = (
            f"The search's memory was damaged ({reason}) and is set aside as {aside}; the records take its place."
        )

    def _write(self) -> None:
        # What was written before is not made into text again: a search of thousands writes its memory as often.
        asked, told = self._texts
        asked += [json.dumps(asdict(one)) for one in islice(self.asked.values(), len(asked), None)]
        told += [json.dumps(asdict(one)) for one in self.told[len(told) :]]
        rest = {"skipped": sorted(self.skipped), "exhausted": self.exhausted, "search": self.search.state()}
        text = f'"version": {VERSION}, "asked": [{", ".join(asked)}], "told": [{", ".join(told)}]'
        write_atomically(self.path, f"{{{text}, {json.dumps(rest)[1:]}")


def told_of_record(record: TrialRecord, plan: Plan) -> Told:
    """A trial's end as its record says it."""
    point: Mapping[str, Any] = record.point if record.number is not None else {LANGUAGES: list(record.languages)}
    return told_of_ending(
        plan.config, trial=record.trial, number=record.number, point=dict(point), seed=record.seed,
        status=record.status, scores=record.scores, seen=record.seen_languages, signals=record.signals,
    )  # fmt: skip


def _new_search(plan: Plan) -> PointSearch:
    config = plan.config
    if config.search.of_sets:
        return make_set_search(config, plan.chooser, plan.trials, plan.earlier)
    return SEARCHES[config.search.kind](config.space, config.search.seed)
