"""The rows that a leaderboard averages, with numbers in place of texts: a large sweep has millions of them.

A unit is an arm on a task. Means are those of pandas, over the rows in their order.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sweep.scores.groups import Group

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
BATCH = 2_000_000
"""Rows that are averaged at a time; a row is in many groups."""


@dataclass(frozen=True, eq=False)
class LanguageRows:
    """One row a trial, task and language.

    frame: see `language_frame`; what follows is of its rows. units: arm, task and metric of each unit.
    complete: whether the language is scored in every trial of the unit. Where none but English is, the trial with the
        most languages stands for the arm.
    change: of the value against fine-tuning only, same seed and language; NaN where there is none, or not in every
        trial of the arm that shares task and seed with the baseline.
    """

    frame: pd.DataFrame
    units: pd.DataFrame
    unit: Codes
    seed: Codes
    language: Codes
    complete: Mask
    change: npt.NDArray[np.float64]

    @classmethod
    def of(cls, frame: pd.DataFrame, choosing: Collection[str]) -> "LanguageRows":
        """Args: choosing: trials without a change, see `choosing_trials`."""
        names = ("trial", "arm", "task", "seed", "language")
        trial, arm, task, seed, language = (pd.factorize(frame[name])[0].astype(np.int64) for name in names)
        unit, found = pd.factorize(_pairs(arm, task))
        first = _first(unit, len(found))
        units = frame[["arm", "task", "metric"]].take(first).reset_index(drop=True)
        complete = _complete(frame, unit, trial, language)
        change = _change(frame, task, seed, language)
        fresh = ~frame["trial"].isin(list(choosing)).to_numpy(dtype=bool) if choosing else np.ones(len(frame), bool)
        shared = fresh & _shared(frame, task, seed)
        n_shared = _n_distinct(unit[shared], trial[shared], len(units))
        of_language = _pairs(unit, language)
        known = fresh & ~np.isnan(change)
        n_changed = _n_distinct(of_language[known], trial[known], int(of_language.max(initial=-1)) + 1)
        throughout = fresh & (n_changed[of_language] == n_shared[unit])
        return cls(frame, units, unit, seed, language, complete, np.where(throughout, change, np.nan))

    def averaged(self, groups: Mapping[str, Group], arms: Collection[str] | None) -> pd.DataFrame:
        """A row a group and unit: their places, and what the leaderboard says of them but for the texts.

        Args:
            arms: that have rows; None = all.
        """
        kind, distinct = _kinds(self.frame, self.language)
        wanted = np.ones(len(self.units), bool) if arms is None else self.units["arm"].isin(list(arms)).to_numpy(bool)
        parts, batch = [], dict[int, Codes]()
        for i, mask in enumerate(groups.values()):  # what a group looks at is the same for all rows of a kind
            rows = np.flatnonzero(mask(distinct).to_numpy(dtype=bool)[kind])
            batch[i] = rows[wanted[self.unit[rows]]]
            if sum(map(len, batch.values())) > BATCH or i == len(groups) - 1:
                parts.append(self._of_groups(np.concatenate(list(batch.values())), np.repeat(*_lengths(batch))))
                batch = {}
        return pd.concat(parts, ignore_index=True)

    def _of_groups(self, rows: Codes, group: Codes) -> pd.DataFrame:
        """Of rows, each in its group. A cell is a group and a unit."""
        n_units = len(self.units)
        cell, n_cells = group * n_units + self.unit[rows], (int(group.max(initial=-1)) + 1) * n_units
        complete = self.complete[rows]
        means, sizes = self._by_seed(self.frame["value"].to_numpy(dtype=float), rows[complete], cell[complete])
        per_cell = means.groupby(level=0)
        # Fine-tuning only is not compared with itself.
        known = (self.frame["n_languages"].to_numpy()[rows] > 0) & ~np.isnan(self.change[rows])
        changed, _ = self._by_seed(self.change, rows[known], cell[known])
        paired = changed.groupby(level=0)
        table = pd.DataFrame(
            {
                "n_seeds": per_cell.size(), "n_group_languages": sizes.groupby(level=0).min(),
                "mean": per_cell.mean(), "std": per_cell.std(ddof=1),
                "change": paired.mean(), "change_std": paired.std(ddof=1), "n_pairs": paired.size(),
            },
            index=per_cell.size().index,
        )  # fmt: skip
        cells = table.index.to_numpy()
        first = self.frame[["label", "n_languages"]].take(_first(cell[complete], n_cells, rows[complete])[cells])
        n_left_out = _n_distinct(cell[~complete], self.language[rows[~complete]], n_cells)
        return table.assign(
            group=cells // n_units, unit=cells % n_units, n_left_out=n_left_out[cells],
            n_pairs=table["n_pairs"].fillna(0).astype(int),
            label=first["label"].array, n_languages=first["n_languages"].array,
        )  # fmt: skip

    def _by_seed(
        self, values: npt.NDArray[np.float64], rows: Codes, cell: Codes
    ) -> tuple["pd.Series[float]", "pd.Series[int]"]:
        """Mean and number of the values of each cell and seed; index: the cell."""
        n_seeds = int(self.seed.max(initial=0)) + 1
        grouped = pd.Series(values[rows]).groupby(cell * n_seeds + self.seed[rows])
        means, sizes = grouped.mean(), grouped.size()
        return means.set_axis(means.index // n_seeds), sizes.set_axis(sizes.index // n_seeds)


def distinct_kinds(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each language and what it is to a trial, which is all that a group of languages looks at."""
    return _kinds(frame, pd.factorize(frame["language"])[0].astype(np.int64))[1]


def _kinds(frame: pd.DataFrame, language: Codes) -> tuple[Codes, pd.DataFrame]:
    """Of each row the place of its kind in `distinct_kinds`, and these."""
    seen = pd.factorize(frame["seen"])[0] + 1
    kind, found = pd.factorize((language * 3 + seen) * 2 + frame["realigned"].to_numpy(dtype=np.int64))
    return kind, frame.take(_first(kind, len(found)))


def _lengths(batch: Mapping[int, Codes]) -> tuple[list[int], list[int]]:
    return list(batch), [len(rows) for rows in batch.values()]


def _pairs(first: Codes, second: Codes) -> Codes:
    """A number for each pair of two codes."""
    return first * (int(second.max(initial=0)) + 1) + second


def _first(codes: Codes, n: int, rows: Codes | None = None) -> Codes:
    """The first of `rows` (by default their places) with each code below `n`; anything for a code that has none."""
    rows = np.arange(len(codes)) if rows is None else rows
    first = np.zeros(n, dtype=np.int64)
    first[codes[::-1]] = rows[::-1]
    return first


def _n_distinct(codes: Codes, members: Codes, n: int) -> Codes:
    """For each code below `n`, how many different members it has."""
    width = int(members.max(initial=0)) + 1
    return np.bincount(pd.unique(codes * width + members) // width, minlength=n)


def _complete(frame: pd.DataFrame, unit: Codes, trial: Codes, language: Codes) -> Mask:
    n_units = int(unit.max(initial=-1)) + 1
    of_language = _pairs(unit, language)
    n_scored = _n_distinct(of_language, trial, int(of_language.max(initial=-1)) + 1)
    complete: Mask = n_scored[of_language] == _n_distinct(unit, trial, n_units)[unit]
    others = complete & ~frame["english"].to_numpy(dtype=bool)  # English alone makes no average
    none = (np.bincount(unit[others], minlength=n_units) == 0)[unit]
    if none.any():
        counts = frame[none].groupby(["arm", "task", "trial"]).size().reset_index(name="n")
        largest = counts.sort_values(["n", "trial"], ascending=[False, True]).drop_duplicates(["arm", "task"])
        complete = np.where(none, frame["trial"].isin(largest["trial"]).to_numpy(dtype=bool), complete)
    return complete


def _change(frame: pd.DataFrame, task: Codes, seed: Codes, language: Codes) -> npt.NDArray[np.float64]:
    """Value minus that of fine-tuning only, of the first such trial; NaN where there is none."""
    key = _pairs(_pairs(task, seed), language)
    value = frame["value"].to_numpy(dtype=float)
    none = np.flatnonzero(frame["n_languages"].to_numpy() == 0)
    baseline = np.full(int(key.max(initial=-1)) + 1, np.nan)
    baseline[key[none][::-1]] = value[none][::-1]
    change: npt.NDArray[np.float64] = value - baseline[key]
    return change


def _shared(frame: pd.DataFrame, task: Codes, seed: Codes) -> Mask:
    """Whether fine-tuning only was run with the task and seed of a row."""
    key = _pairs(task, seed)
    there = np.zeros(int(key.max(initial=-1)) + 1, dtype=bool)
    there[key[frame["n_languages"].to_numpy() == 0]] = True
    return there[key]
