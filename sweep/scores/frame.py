"""The tidy frames, from records: one row a score (trial x task x metric x split x language x test set), and one row a
language, which is what is averaged.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from search_spaces.languages import ENGLISH
from sweep.records.records import TrialRecord
from sweep.scores.titles import TITLES
from trainables.evaluation.scores import ScoredSet, ScoredSets, Scores

OF_TRIAL = ("trial", "arm", "label", "seed", "n_languages")
OF_LANGUAGE = ("english", "seen", "realigned")
COLUMNS = (*OF_TRIAL, "task", "metric", "split", "language", "source", "value", "n_correct", "n_total", *OF_LANGUAGE)


def score_frame(records: Sequence[TrialRecord]) -> pd.DataFrame:
    """All scores of the finished records.

    Returns:
        the columns COLUMNS; `source` names the test set where a language has several ("" is its main one), `seen` is
        True, False or None (what the encoder saw is not known), `realigned` says whether the language was in the
        trial's own subset. Scores over nothing (`n_total` 0) are left out.

    Raises:
        ValueError: one trial scores a test set twice on the same task, metric and split.
    """
    finished = [record for record in records if record.finished]
    scores = [_checked(record) for record in finished]
    rows = _Rows.of(finished, [one.of.sets for one in scores])
    numbers = {
        name: np.concatenate([getattr(one, column) for one in scores]) if scores else np.array([], dtype=object)
        for name, column in (("value", "values"), ("n_correct", "n_correct"), ("n_total", "n_total"))
    }
    return rows.frame({**numbers, "value": np.asarray(numbers["value"], dtype=float)})[list(COLUMNS)]


def language_frame(records: Sequence[TrialRecord], split: str = "test") -> pd.DataFrame:
    """What is averaged over languages: the main metric of each task on one split, one row a language.

    Returns:
        the columns of `score_frame` but `source` and the counts. A language with several test sets has the plain mean
        of their scores (`language_scores`).

    Raises:
        ValueError: see `score_frame`.
    """
    finished = [record for record in records if record.finished]
    plans: dict[ScoredSets, _Plan] = {}
    sets, values = [], []
    for record in finished:
        scores = _checked(record)
        if scores.of not in plans:
            plans[scores.of] = _Plan.of(scores.of, split)
        plan = plans[scores.of]
        found = scores.values[plan.places]
        for i, places in plan.several.items():
            found[i] = fmean(scores.values[places].tolist())
        sets.append(plan.sets)
        values.append(found)
    rows = _Rows.of(finished, sets)
    frame = rows.frame({"value": np.concatenate(values) if values else np.array([], dtype=float)})
    return frame[[column for column in COLUMNS if column not in ("source", "n_correct", "n_total")]]


@dataclass(frozen=True)
class _Plan:
    """Which scores are averaged, see `language_frame`: the first of each task and language, and where there are
    several, all of them.
    """

    sets: list[ScoredSet]
    places: npt.NDArray[np.int64]
    several: dict[int, list[int]]

    @classmethod
    def of(cls, scored: ScoredSets, split: str) -> "_Plan":
        found: dict[ScoredSet, list[int]] = {}
        for task in scored.tasks:
            metric = TITLES[task].metric
            for place, language in scored.places.get((task, metric, split), ()):
                found.setdefault(ScoredSet(task, metric, language, split, ""), []).append(place)
        first = np.array([places[0] for places in found.values()], dtype=np.int64)
        return cls(list(found), first, {i: own for i, own in enumerate(found.values()) if len(own) > 1})


@dataclass(frozen=True)
class _Rows:
    """The rows of a frame before they are one: trial by trial, and what each is of, as places in short lists."""

    records: Sequence[TrialRecord]
    trial: npt.NDArray[np.int64]
    sets: Sequence[ScoredSet]
    of_set: npt.NDArray[np.int64]

    @classmethod
    def of(cls, records: Sequence[TrialRecord], sets: Sequence[Sequence[ScoredSet]]) -> "_Rows":
        """Of the sets of each record; sequences that are one object are looked at once."""
        known: dict[ScoredSet, int] = {}
        places: dict[int, npt.NDArray[np.int64]] = {}
        for own in sets:
            if id(own) not in places:
                places[id(own)] = np.array([known.setdefault(one, len(known)) for one in own], dtype=np.int64)
        trial = np.repeat(np.arange(len(records)), [len(own) for own in sets])
        of_set = np.concatenate([places[id(own)] for own in sets]) if sets else np.array([], dtype=np.int64)
        return cls(records, trial, list(known), of_set)

    def frame(self, numbers: Mapping[str, Any]) -> pd.DataFrame:
        """With `numbers`, columns by name, and all others."""
        languages = list(dict.fromkeys(one.language for one in self.sets))
        place = {language: i for i, language in enumerate(languages)}
        language = np.array([place[one.language] for one in self.sets], dtype=np.int64)[self.of_set]
        columns = {
            **{name: _taken([_of_trial(r)[i] for r in self.records], self.trial) for i, name in enumerate(OF_TRIAL)},
            **{name: _taken([getattr(one, name) for one in self.sets], self.of_set) for name in ScoredSet._fields},
            **numbers,
            "english": _taken([language == ENGLISH for language in languages], language),
            "seen": self._inside([record.seen_languages for record in self.records], place, language),
            "realigned": self._inside([record.languages for record in self.records], place, language),
        }
        return pd.DataFrame(columns)

    def _inside(
        self,
        sets: Sequence[Collection[str] | None],
        place: Mapping[str, int],
        language: npt.NDArray[np.int64],
    ) -> "pd.Series | npt.NDArray[Any]":
        """Whether the language of a row is in the set of its trial; None where that is None."""
        rows: dict[Collection[str] | None, int] = {}
        row = np.array([rows.setdefault(own, len(rows)) for own in sets], dtype=np.int64)
        table = np.zeros((len(rows), len(place)), dtype=bool if None not in rows else object)
        for own, i in rows.items():
            inside = [place[tag] for tag in own or () if tag in place]
            table[i] = None if own is None else np.isin(np.arange(len(place)), inside)
        return table[row[self.trial], language] if len(rows) else _taken([], self.trial)


def _taken(values: list[Any], places: npt.NDArray[np.int64]) -> "pd.Series":
    """A column out of a short one: of the same type, but without looking at each row."""
    return pd.Series(values, dtype=None if values else object).take(places).reset_index(drop=True)


def mean_arm(frame: pd.DataFrame, arms: Sequence[str], name: str) -> pd.DataFrame:
    """An arm whose scores are the means over `arms`, of seeds and test sets that all of them have."""
    rows = frame[frame["arm"].isin(arms)]
    key = ["seed", "task", "metric", "split", "language", "source"]
    complete = rows[rows.groupby(key)["arm"].transform("nunique") == len(arms)]
    means = complete.assign(value=complete.groupby(key)["value"].transform("mean"), arm=name, label=name)
    return means.drop_duplicates(key).assign(realigned=False)


def cost_frame(records: Sequence[TrialRecord]) -> pd.DataFrame:
    """Costs of the finished records, in seconds ("realign_s") or bytes: trial, arm, label, seed, cost, value."""
    rows = [
        (record.trial, record.arm, record.label, record.seed, cost, value)
        for record in records
        if record.finished
        for cost, value in record.costs.items()
    ]
    return pd.DataFrame(rows, columns=["trial", "arm", "label", "seed", "cost", "value"])


def _checked(record: TrialRecord) -> Scores:
    """The scores of a record that are over something, each once."""
    scores = record.columns
    if not scores.n_total.all():
        scores = Scores.of_rows(row for row in scores if row.n_total > 0)
    if len(set(scores.of.sets)) < len(scores):
        (task, _, language, split, _), n = Counter(scores.of.sets).most_common(1)[0]
        raise ValueError(
            f"A test set may be scored once, but {language} has {n} {split} scores of {task} in {record.trial}. "
            "Delete that record and run the trial again."
        )
    return scores


def _of_trial(record: TrialRecord) -> tuple[object, ...]:
    return record.trial, record.arm, record.label, record.seed, len(record.languages)
