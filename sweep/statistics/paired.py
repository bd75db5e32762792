"""Paired differences: two arms on the same task, compared seed by seed and language by language.

Every figure of this package rests on one block of numbers, seeds x languages, without gaps: a language that lacks a
score in one of the shared seeds, in either arm, is left out, and counted (complete cases). A language with several test
sets is one language: their mean.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Group = Callable[[pd.DataFrame], "pd.Series"]
"""Rows -> which of them belong to a group of languages, as in `sweep.scores.groups.GROUPS`."""


class TooFewError(ValueError):
    """Too few seeds or languages for what is asked."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PairedDifferences:
    """Arm minus reference. `values`: [seeds, languages], fractions; n_left_out: languages of the group that one of the
    two has a score of, but not both in all seeds.
    """

    arm: str
    reference: str
    task: str
    metric: str
    seeds: tuple[int, ...]
    languages: tuple[str, ...]
    values: Floats
    n_left_out: int

    @property
    def mean(self) -> float:
        """Mean over languages and seeds."""
        return float(self.values.mean())


def zero_shot(frame: pd.DataFrame) -> "pd.Series":
    """The default group: every language but English, the language of the labels."""
    return ~frame["english"].astype(bool)


class ScoreBlocks:
    """The scores of one task, metric and split by arm, as blocks [seeds, languages]: a report compares thousands.

    Args:
        frame: as `sweep.scores.frame.score_frame` makes it: arm, seed, task, metric, split, language, source, value,
            and what a group looks at.
    """

    def __init__(self, frame: pd.DataFrame, task: str, metric: str, split: str = "test") -> None:
        mask = np.ones(len(frame), dtype=bool)
        for column, value in (("task", task), ("metric", metric), ("split", split)):
            mask &= (frame[column] == value).to_numpy(dtype=bool)
        self.rows = frame if mask.all() else frame[mask]
        self.task, self.metric = task, metric
        self.what = f"{split} scores of {task} ({metric})"
        arm, names = pd.factorize(self.rows["arm"])
        ends = np.cumsum(np.bincount(arm, minlength=len(names)))
        places = np.split(np.argsort(arm, kind="stable"), ends[:-1])
        self._places = dict(zip(map(str, names), places, strict=True)) if len(names) else {}
        (self._seed, self.seeds), (self._language, languages), (self._source, _) = (
            pd.factorize(self.rows[name], sort=True) for name in ("seed", "language", "source")
        )
        self.languages = np.array(languages, dtype=object)
        self._values = self.rows["value"].to_numpy(dtype=float)
        self._whole: dict[str, tuple[Codes, Floats]] = {}

    def members(self, group: Group) -> Mask:
        """Which of the rows are in a group."""
        return group(self.rows).to_numpy(dtype=bool)

    def block(self, arm: str, members: Mask) -> tuple[Codes, Floats]:
        """Places of the arm's seeds, in order, and the means over test sets [seeds, languages] of the rows that are
        members; NaN where there is none.

        Raises:
            ValueError: two trials of the arm have one seed.
        """
        places = self._of(arm)
        places = places[members[places]]
        seeds, row = np.unique(self._seed[places], return_inverse=True)
        shape = len(seeds), len(self.languages)
        cell = row * shape[1] + self._language[places]
        score = cell * (int(self._source.max(initial=0)) + 1) + self._source[places]
        if len(np.unique(score)) < len(score):
            twice = pd.Series(score).duplicated().to_numpy()
            raise ValueError(
                f"An arm may have one trial per seed, but {arm!r} has two of seed {self.seeds[seeds[row[twice][0]]]}. "
                "Give the trials arms of their own."
            )
        counts = np.bincount(cell, minlength=shape[0] * shape[1]).astype(float)
        sums = np.bincount(cell, weights=self._values[places], minlength=len(counts))
        means = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
        return seeds, means.reshape(shape)

    def whole(self, arm: str) -> tuple[Codes, Floats]:
        """`block` of all rows."""
        if arm not in self._whole:
            self._whole[arm] = self.block(arm, np.ones(len(self.rows), dtype=bool))
        return self._whole[arm]

    def _of(self, arm: str) -> Codes:
        return self._places.get(arm, np.array([], dtype=np.int64))

    def _n_in_group(self, arm: str, seeds: Codes, languages: Mask, group: Group) -> int:
        """How many of these languages are in the group by the rows of an arm, which realigned none of them."""
        if not languages.any():
            return 0
        places = self._of(arm)
        places = places[languages[self._language[places]] & np.isin(self._seed[places], seeds)]
        rows = self.rows.take(places)
        return int(rows[group(rows.assign(realigned=False))]["language"].nunique())

    def differences(self, arm: str, reference: str, group: Group, members: Mask) -> PairedDifferences:
        """See `paired_differences`. members: `self.members(group)`."""
        (own_seeds, own), (other_seeds, other) = self.block(arm, members), self.whole(reference)
        seeds, at_own, at_other = np.intersect1d(own_seeds, other_seeds, return_indices=True)
        if not len(seeds):
            raise TooFewError(
                f"A paired comparison needs a seed that both arms have, but {arm!r} and {reference!r} share none with "
                f"{self.what}. Run both with the same seeds."
            )
        everywhere = _scored(own)  # the arm may score a language of the group only in other seeds
        own, other = own[at_own], other[at_other]
        # What the arm never scored is in the group or not by the reference's rows, and realigned by neither.
        lacked = _scored(other)
        lacked[self._language[self._of(arm)]] = False
        n_lacked = self._n_in_group(reference, seeds, lacked, group)
        n_lacked += int((everywhere & ~_scored(own) & _scored(other)).sum())
        values = own - other
        complete = ~np.isnan(values).any(axis=0)
        if not complete.any():
            raise TooFewError(
                f"A paired comparison needs a language scored in every seed, but {arm!r} and {reference!r} share none "
                f"with {self.what} over {len(seeds)} seeds. Compare a larger group."
            )
        return PairedDifferences(
            arm=arm, reference=reference, task=self.task, metric=self.metric,
            seeds=tuple(int(self.seeds[i]) for i in seeds), languages=tuple(map(str, self.languages[complete])),
            values=np.ascontiguousarray(values[:, complete]),
            n_left_out=int(_scored(own).sum()) + n_lacked - int(complete.sum()),
        )  # fmt: skip


def _scored(block: Floats) -> Mask:
    """Languages with a score in any seed."""
    scored: Mask = np.asarray((~np.isnan(block)).any(axis=0))
    return scored


def paired_differences(
    frame: pd.DataFrame | ScoreBlocks,
    arm: str,
    reference: str,
    *,
    task: str,
    metric: str,
    split: str = "test",
    group: Group = zero_shot,
    members: Mask | None = None,
) -> PairedDifferences:
    """What `arm` scores more than `reference`, on the seeds that both have.

    Args:
        frame: see `ScoreBlocks`; or its blocks, where there are more comparisons.
        group: of the arm's own rows; the reference follows, language by language ("realigned" means: by the arm).
        members: `ScoreBlocks.members(group)`, where it is known.

    Raises:
        TooFewError: no seed, or no language, that both have throughout.
    """
    blocks = frame if isinstance(frame, ScoreBlocks) else ScoreBlocks(frame, task, metric, split)
    return blocks.differences(arm, reference, group, blocks.members(group) if members is None else members)
