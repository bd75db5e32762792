"""Who gains from whom: trials that realigned on one language alone, by what that language is to the tested one.

Itself, a relative (the same top-level family), or neither. Each score is compared with what the same trial and tested
language would have if everything simply added up: a worth of the realigned language, with the luck of its trial, and a
level of the tested one, both fitted where the two are of different families.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from search_spaces.languages import ENGLISH, Language
from sweep.findings.singles import MIN_SINGLES
from sweep.records.records import TrialRecord
from sweep.scores.frame import language_frame
from sweep.scores.groups import in_group
from sweep.statistics.confidence import Confidence, Over, confidence
from sweep.statistics.kinship import families_of
from sweep.statistics.paired import Floats, TooFewError

ANY, ITSELF, RELATIVE = "any", "itself", "relative"
RELATIONS = {
    ANY: "one of another family, over no realignment",
    ITSELF: "itself, over one of another family",
    RELATIVE: "a relative, over one of another family",
}
GROUPS = ("all", "seen", "unseen")
NONE = "none"
MIN_MEMBERS = 3
"""Realigned languages of a family, for an interval over them."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """How much more tested languages score for one relation to the single language that was realigned.

    relation: of RELATIONS. n_languages: tested ones that have it to one that was realigned. n_families: the units of
    the interval. confidence: of the difference, a fraction; of ANY over seeds and families of tested languages, else
    over families of tested languages.
    """

    task: str
    group: str
    relation: str
    n_languages: int
    n_families: int
    confidence: Confidence


@dataclass(frozen=True, kw_only=True)
class FamilyGain:
    """How much more the tested languages of a family score after realigning on a relative than on another language.

    n_sources: members that were realigned, n_tested: that were tested. confidence: over other members like these that
    one may realign on (trials are the units), on these tested languages; a fraction.
    """

    task: str
    family: str
    n_sources: int
    n_tested: int
    confidence: Confidence


def transfers(records: Sequence[TrialRecord], groups: Sequence[str] = GROUPS) -> list[Transfer]:
    """By task and group of tested languages; [] where fewer than MIN_SINGLES languages were realigned on alone.

    A relation that too few languages have, for an interval, is left out.
    """
    found = []
    for block in _blocks(records):
        for group in groups:
            for relation, families, differences, over in block.relations(block.members(group)):
                try:
                    believed = confidence(differences, over, families=families)
                except TooFewError:
                    continue
                found.append(
                    Transfer(
                        task=block.task, group=group, relation=relation, n_languages=differences.shape[1],
                        n_families=len(set(families)), confidence=believed,
                    )
                )  # fmt: skip
    return found


def family_gains(records: Sequence[TrialRecord]) -> list[FamilyGain]:
    """By task, the families with most realigned members first: those with MIN_MEMBERS that have a tested relative."""
    found = []
    for block in _blocks(records):
        rest = block.rest
        for family in sorted(set(block.of_sources), key=lambda one: (-block.of_sources.count(one), one)):
            members = [i for i, one in enumerate(block.of_sources) if one == family]
            tested = [j for j, one in enumerate(block.of_tested) if one == family]
            relatives = [[j for j in tested if block.tested[j] != block.sources[i]] for i in members]
            gains = [float(rest[i, columns].mean()) for i, columns in zip(members, relatives, strict=True) if columns]
            if len(gains) < MIN_MEMBERS:
                continue
            found.append(
                FamilyGain(
                    task=block.task, family=family, n_sources=len(gains), n_tested=len(tested),
                    confidence=confidence(np.array(gains)[:, None], "seeds"),
                )
            )  # fmt: skip
    return found


def additive_fit(scores: Floats, cells: Mask) -> tuple[Floats, Floats]:
    """Least squares of `scores` [rows, columns] = worth of the row + level of the column, over `cells` alone.

    Returns:
        (worth, level); the worths have the mean 0.
    """
    row, column = np.nonzero(cells)
    n_rows, n_columns = scores.shape
    X = np.zeros((len(row), n_rows + n_columns))
    X[np.arange(len(row)), row] = X[np.arange(len(row)), n_rows + column] = 1.0
    fitted = np.linalg.lstsq(X, scores[row, column], rcond=None)[0]
    shift = fitted[:n_rows].mean()
    return fitted[:n_rows] - shift, fitted[n_rows:] + shift


@dataclass(frozen=True)
class _Block:
    """One task.

    rows: of all its scores. singles: [trial of one language, tested language]; none: the same of trials without
    realignment. seeds: of each trial. sources: the language of each row of `singles`.
    """

    task: str
    rows: pd.DataFrame
    singles: pd.DataFrame
    none: pd.DataFrame
    seeds: "pd.Series[int]"
    sources: list[Language]

    @cached_property
    def tested(self) -> list[Language]:
        return [Language(str(tag)) for tag in self.singles.columns]

    @cached_property
    def of_sources(self) -> list[str]:
        return families_of(self.sources)

    @cached_property
    def of_tested(self) -> list[str]:
        return families_of(self.tested)

    @cached_property
    def apart(self) -> Mask:
        """Where the realigned and the tested language are of different families."""
        return np.array([[one != other for other in self.of_tested] for one in self.of_sources])

    def members(self, group: str) -> Mask:
        """Which tested languages are in a group of languages."""
        return np.isin(self.tested, in_group(self.rows, group)["language"].unique())

    @cached_property
    def rest(self) -> Floats:
        """What is left of the scores beside what adds up over all tested languages, see `additive_fit`."""
        scores = self.singles.to_numpy(dtype=float)
        worth, level = additive_fit(scores, self.apart)
        return scores - worth[:, None] - level

    def relations(self, members: Mask) -> Iterator[tuple[str, list[str], Floats, Over]]:
        """(relation, families of the tested languages among `members`, differences [seeds, languages], question)."""
        same: Mask = np.array([[one == other for other in self.tested] for one in self.sources])
        if len(rows := list(self._over_none())) > 1 and members.any():
            yield ANY, self._families(members), np.stack(rows)[:, members], "seeds and families"
        for relation, related in ((ITSELF, same), (RELATIVE, ~self.apart & ~same)):
            has = related.any(axis=0) & members
            if has.any():
                yield relation, self._families(has), _means(self.rest, related)[None, has], "families"

    def _families(self, chosen: Mask) -> list[str]:
        return [self.of_tested[i] for i in np.flatnonzero(chosen)]

    def _over_none(self) -> Iterator[Floats]:
        """Seed by seed: tested languages' mean over the trials of other families with this seed, less `none`'s."""
        of_singles = self.seeds.loc[self.singles.index].to_numpy()
        for trial, row in self.none.iterrows():
            cells = (of_singles == self.seeds.loc[trial])[:, None] & self.apart
            if cells.any(axis=0).all():
                yield _means(self.singles.to_numpy(dtype=float), cells) - row.to_numpy(dtype=float)


def _blocks(records: Sequence[TrialRecord]) -> Iterator[_Block]:
    """Of fewer than MIN_SINGLES single languages none; nor of scores that are the same in all trials."""
    alone = {record.trial: record for record in records if record.finished and len(record.languages) == 1}
    if len({record.languages for record in alone.values()}) < MIN_SINGLES:
        return
    none = [record for record in records if record.finished and record.arm == NONE]
    frame = language_frame([*alone.values(), *none])
    for (task, _), rows in frame.groupby(["task", "metric"], sort=False):
        table = rows[rows["language"] != ENGLISH].pivot_table(index="trial", columns="language", values="value")
        table = table.dropna(axis=1)
        singles = table[table.index.isin(alone)]
        block = _Block(
            str(task), rows, singles, table[~table.index.isin(alone)],
            rows.drop_duplicates("trial").set_index("trial")["seed"],
            [Language(alone[str(trial)].languages[0]) for trial in singles.index],
        )  # fmt: skip
        varies = singles.nunique().max() > 1
        if varies and block.apart.any(axis=0).all() and block.apart.any(axis=1).all():
            yield block


def _means(values: Floats, cells: Mask) -> Floats:
    """Of each column over its `cells`; NaN where there are none."""
    n = cells.sum(axis=0)
    means: Floats = np.where(cells, values, 0.0).sum(axis=0) / np.where(n, n, np.nan)
    return means
