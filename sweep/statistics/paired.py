"""Paired differences: two arms on the same task, compared seed by seed and language by language.

Every figure of this package rests on one block of numbers, seeds x languages, without gaps: a language that lacks a
score in one of the shared seeds, in either arm, is left out, and counted (complete cases). A language with several test
sets is one language: their mean.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
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


def score_block(
    frame: pd.DataFrame, arm: str, *, task: str, metric: str, split: str = "test", group: Group = zero_shot
) -> pd.DataFrame:
    """Scores of one arm: index seed, columns language (both sorted), NaN where there is none.

    Args:
        frame: as `sweep.scores.frame.score_frame` makes it: arm, seed, task, metric, split, language, source, value,
            and what `group` looks at.

    Raises:
        ValueError: two trials of the arm have one seed.
    """
    rows = _of_arm(frame, arm, task, metric, split)
    return _block(rows, arm, group(rows))


def _block(rows: pd.DataFrame, arm: str, wanted: "pd.Series") -> pd.DataFrame:
    """`score_block` of those rows of an arm that are wanted: a pivot table in a few calls, as a report makes thousands.

    Raises:
        ValueError: two trials of the arm have one seed.
    """
    mask = wanted.to_numpy(dtype=bool)
    (row, seeds), (column, languages), (source, sources) = (
        pd.factorize(rows[name][mask], sort=True) for name in ("seed", "language", "source")
    )
    score = (row * len(languages) + column) * len(sources) + source
    if len(np.unique(score)) < len(score):
        twice = pd.Series(score).duplicated().to_numpy()
        raise _two_of_one_seed(arm, seeds[row[twice][0]])
    values = rows["value"].to_numpy(dtype=float)[mask]
    means = _means_of_cells(row, column, values, (len(seeds), len(languages)))
    return pd.DataFrame(means, index=seeds, columns=languages)


def score_blocks(
    frame: pd.DataFrame,
    arms: Iterable[str],
    *,
    task: str,
    metric: str,
    split: str = "test",
    group: Group = zero_shot,
) -> dict[str, Floats]:
    """`score_block` of many arms at once, as plain arrays [seeds, languages]; an arm without scores is absent.

    Raises:
        ValueError: see `score_block`.
    """
    asked = list(arms)
    rows = frame
    for field, value in (("task", task), ("metric", metric), ("split", split)):
        mask = (rows[field] == value).to_numpy(dtype=bool)
        rows = rows if mask.all() else rows[mask]
    rows = rows[rows["arm"].isin(asked) & group(rows)]
    arm, names = pd.factorize(rows["arm"])
    order = np.argsort(arm, kind="stable")
    ends = np.cumsum(np.bincount(arm, minlength=len(names)))
    codes = [pd.factorize(rows[name], sort=True) for name in ("seed", "language", "source")]
    seed, language, source = (code[order] for code, _ in codes)
    values = rows["value"].to_numpy(dtype=float)[order]
    found = {}
    for name, start, end in zip(names, np.r_[0, ends[:-1]], ends, strict=True):
        own = slice(start, end)
        (of_seed, row), (languages, column) = (np.unique(c[own], return_inverse=True) for c in (seed, language))
        score = (row * len(languages) + column) * len(codes[2][1]) + source[own]
        if len(np.unique(score)) < len(score):
            twice = pd.Series(score).duplicated().to_numpy()
            raise _two_of_one_seed(str(name), codes[0][1][of_seed[row[twice][0]]])
        found[str(name)] = _means_of_cells(row, column, values[own], (len(of_seed), len(languages)))
    return {name: found[name] for name in asked if name in found}


def _means_of_cells(
    row: npt.NDArray[np.int64], column: npt.NDArray[np.int64], values: Floats, shape: tuple[int, int]
) -> Floats:
    """Mean of the values of each cell, NaN where there is none."""
    cell, n_cells = row * shape[1] + column, shape[0] * shape[1]
    counts = np.bincount(cell, minlength=n_cells).astype(float)
    sums = np.bincount(cell, weights=values, minlength=n_cells)
    return np.divide(sums, counts, out=np.full(n_cells, np.nan), where=counts > 0).reshape(shape)


def _two_of_one_seed(arm: str, seed: object) -> ValueError:
    return ValueError(
        f"An arm may have one trial per seed, but {arm!r} has two of seed {seed}. Give the trials arms of their own."
    )


def paired_differences(
    frame: pd.DataFrame,
    arm: str,
    reference: str,
    *,
    task: str,
    metric: str,
    split: str = "test",
    group: Group = zero_shot,
) -> PairedDifferences:
    """What `arm` scores more than `reference`, on the seeds that both have.

    Args:
        frame: see `score_block`.
        group: of the arm's own rows; the reference follows, language by language ("realigned" means: by the arm).

    Raises:
        TooFewError: no seed, or no language, that both have throughout.
    """
    own_rows, other_rows = (_of_arm(frame, name, task, metric, split) for name in (arm, reference))
    own = _block(own_rows, arm, group(own_rows))
    other = _block(other_rows, reference, other_rows["language"].notna())
    seeds = own.index.intersection(other.index)
    if not len(seeds):
        raise TooFewError(
            f"A paired comparison needs a seed that both arms have, but {arm!r} and {reference!r} share none with "
            f"{split} scores of {task} ({metric}). Run both with the same seeds."
        )
    # What the arm never scored is in the group or not by the reference's rows, and realigned by neither.
    lacked = other_rows[~other_rows["language"].isin(own_rows["language"]) & other_rows["seed"].isin(seeds)]
    n_lacked = lacked[group(lacked.assign(realigned=False))]["language"].nunique() if len(lacked) else 0
    everywhere = own.columns  # the arm may score a language of the group only in other seeds
    own, other = own.loc[seeds].dropna(axis=1, how="all"), other.loc[seeds].dropna(axis=1, how="all")
    n_lacked += len(everywhere.difference(own.columns).intersection(other.columns))
    complete = (own - other.reindex(columns=own.columns)).dropna(axis=1)
    if not complete.shape[1]:
        raise TooFewError(
            f"A paired comparison needs a language scored in every seed, but {arm!r} and {reference!r} share none with "
            f"{split} scores of {task} ({metric}) over {len(seeds)} seeds. Compare a larger group."
        )
    return PairedDifferences(
        arm=arm, reference=reference, task=task, metric=metric, seeds=tuple(map(int, complete.index)),
        languages=tuple(map(str, complete.columns)), values=complete.to_numpy(dtype=float),
        n_left_out=own.shape[1] + n_lacked - complete.shape[1],
    )  # fmt: skip


def _of_arm(frame: pd.DataFrame, arm: str, task: str, metric: str, split: str) -> pd.DataFrame:
    """The rows of one arm; nothing is copied where it is all."""
    mask = np.ones(len(frame), dtype=bool)
    for column, value in (("arm", arm), ("task", task), ("metric", metric), ("split", split)):
        mask &= (frame[column] == value).to_numpy(dtype=bool)
    return frame if mask.all() else frame[mask]
