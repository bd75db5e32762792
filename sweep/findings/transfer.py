"""Who gains from whom: trials that realigned on one language alone, by what that language is to the tested one.

Itself, a relative (the same top-level family), or neither. Each score is compared with what the same trial and tested
language would have if everything simply added up: a worth of the realigned language, with the luck of its trial, and a
level of the tested one, both fitted where the two are of different families.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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

ANY, ITSELF, RELATIVE, NEW = "any", "itself", "relative", "new"
RELATIONS = {
    ANY: "one of another family, over no realignment",
    ITSELF: "itself, over one of another family",
    RELATIVE: "a relative, over one of another family",
    NEW: "one that the encoder has not read, over one that it has",
}
GROUPS = ("all", "seen", "unseen")
NONE = "none"

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """How much more tested languages score for one relation to the single language that was realigned.

    relation: of RELATIONS. n_languages: tested ones that have it to one that was realigned. n_families: the units of
    the interval. confidence: of the difference, a fraction; of ANY over seeds and families of tested languages, of NEW
    over families of realigned ones, else over families of tested ones.
    """

    task: str
    group: str
    relation: str
    n_languages: int
    n_families: int
    confidence: Confidence


def transfers(records: Sequence[TrialRecord], groups: Sequence[str] = GROUPS) -> list[Transfer]:
    """By task and group of tested languages; [] where fewer than MIN_SINGLES languages were realigned on alone.

    A relation that too few languages have, for an interval, is left out.
    """
    alone = [record for record in records if record.finished and len(record.languages) == 1]
    if len({record.languages for record in alone}) < MIN_SINGLES:
        return []
    trials = {record.trial: record for record in alone}
    frame = language_frame([*alone, *(record for record in records if record.finished and record.arm == NONE)])
    found = []
    for (task, _), rows in frame.groupby(["task", "metric"], sort=False):
        for group in groups:
            of_group = in_group(rows, group)
            table = of_group[of_group["language"] != ENGLISH].pivot_table(
                index="trial", columns="language", values="value"
            )
            table = table.dropna(axis=1)
            singles, none = table[table.index.isin(trials)], table[~table.index.isin(trials)]
            if singles.nunique().max() > 1:  # what is measured before realignment is the same for all
                seeds = of_group.drop_duplicates("trial").set_index("trial")["seed"]
                made = _of_group(singles, [trials[str(trial)] for trial in singles.index], none, seeds)
                for relation, n_languages, families, differences, over in made:
                    try:
                        believed = confidence(differences, over, families=families)
                    except TooFewError:
                        continue
                    found.append(
                        Transfer(
                            task=str(task), group=group, relation=relation, n_languages=n_languages,
                            n_families=len(set(families)), confidence=believed,
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


def _of_group(
    singles: pd.DataFrame, records: Sequence[TrialRecord], none: pd.DataFrame, seeds: "pd.Series[int]"
) -> Iterator[tuple[str, int, list[str], Floats, Over]]:
    """(relation, number of tested languages, families of the units, differences [seeds, units], question).

    Args:
        singles: [trial, tested language], in the order of `records`. none: the same of trials without realignment.
        seeds: of each trial.
    """
    scores = singles.to_numpy(dtype=float)
    sources = [Language(record.languages[0]) for record in records]
    tested = [Language(str(tag)) for tag in singles.columns]
    of_sources, of_tested = families_of(sources), families_of(tested)
    same: Mask = np.array([[one == other for other in tested] for one in sources])
    kin: Mask = np.array([[one == other for other in of_tested] for one in of_sources])
    apart = ~kin
    if not (apart.any(axis=0).all() and apart.any(axis=1).all()):
        return
    if len(rows := list(_over_none(singles, none, seeds, apart))) > 1:
        yield ANY, len(tested), of_tested, np.stack(rows), "seeds and families"
    worth, level = additive_fit(scores, apart)
    rest = scores - worth[:, None] - level
    for relation, related in ((ITSELF, same), (RELATIVE, kin & ~same)):
        has = related.any(axis=0)
        if has.any():
            gains = _means(rest, related)[has]
            families = [of_tested[i] for i in np.flatnonzero(has)]
            yield relation, len(gains), families, gains[None], "families"
    seen = records[0].seen_languages
    new: Mask = np.array([seen is not None and tag not in seen for tag in sources])
    of_singles = [int(seed) for seed in seeds.loc[singles.index]]
    if len(set(zip(of_singles, new.tolist(), strict=True))) > len(set(of_singles)):  # a seed has both kinds
        yield NEW, len(tested), of_sources, _contrast(worth, new, of_singles)[None], "families"


def _over_none(singles: pd.DataFrame, none: pd.DataFrame, seeds: "pd.Series[int]", apart: Mask) -> Iterator[Floats]:
    """Seed by seed: tested languages' mean over the trials of other families with this seed, less `none`'s."""
    of_singles = seeds.loc[singles.index].to_numpy()
    for trial, row in none.iterrows():
        cells = (of_singles == seeds.loc[trial])[:, None] & apart
        if cells.any(axis=0).all():
            yield _means(singles.to_numpy(dtype=float), cells) - row.to_numpy(dtype=float)


def _means(values: Floats, cells: Mask) -> Floats:
    """Of each column over its `cells`; NaN where there are none."""
    n = cells.sum(axis=0)
    means: Floats = np.where(cells, values, 0.0).sum(axis=0) / np.where(n, n, np.nan)
    return means


def _contrast(values: Floats, first: Mask, seeds: Sequence[int]) -> Floats:
    """One number a value, whose mean is the difference between the two groups beside the levels of the seeds (least
    squares), and whose spread is what each value adds to its variance.
    """
    of_seed = np.array([[one == seed for seed in sorted(set(seeds))] for one in seeds], dtype=float)
    share = of_seed.sum(axis=0)
    x = first - of_seed @ (of_seed.T @ first / share)
    y = values - of_seed @ (of_seed.T @ values / share)
    slope = x @ y / (x @ x)
    contrast: Floats = slope + len(x) * x * (y - slope * x) / (x @ x)
    return contrast
