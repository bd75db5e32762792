"""Do the scores agree on which sets are good? Ranks of planned sets of one size by one score and by another.

Two scores of one trial share its luck, which makes them agree more than the sets do: the mean over pairs of *different*
seeds has none of it. How well a score agrees with itself between seeds is what it can be compared with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np

from search_spaces.languages import ENGLISH
from sweep.findings.set_slopes import fixed_sets, seeds_of_arms
from sweep.records.records import TrialRecord
from sweep.reports.document import Section, Table
from sweep.scores.frame import language_frame
from sweep.scores.titles import TITLES
from sweep.statistics.paired import Floats
from sweep.statistics.rank_correlation import Interval, retest, spearman, spearman_interval

TITLE = "Do the scores agree on sets?"
MIN_SETS = 8


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Rank correlations over `n_sets` planned sets of `size` languages of their means over tested languages.

    correlation: of the means over n_seeds, with its interval over sets. across: mean over pairs of different seeds, one
    score with each. retests: of each of the two scores with itself, likewise.
    """

    tasks: tuple[str, str]
    size: int
    n_sets: int
    n_seeds: int
    correlation: Interval
    across: float
    retests: tuple[float, float]


def agreements(records: Sequence[TrialRecord]) -> list[Agreement]:
    """By size and pair of scores; sizes with MIN_SETS sets that share two seeds."""
    sets = fixed_sets(records)
    planned = [record for record in records if record.arm in sets and record.finished and record.number is None]
    of_arm = seeds_of_arms(planned)
    found = []
    for size in sorted({len(languages) for languages in sets.values()}):
        arms = [arm for arm, languages in sets.items() if len(languages) == size]
        seeds = sorted(set.intersection(*(of_arm[arm] for arm in arms)))
        if len(arms) < MIN_SETS or len(seeds) < 2:
            continue
        of_size = set(arms)
        scores = _means([r for r in planned if r.arm in of_size and r.seed in seeds], arms, seeds)
        for one, other in combinations(scores, 2):
            x, y = scores[one], scores[other]
            found.append(
                Agreement(
                    tasks=(one, other), size=size, n_sets=len(arms), n_seeds=len(seeds),
                    correlation=spearman_interval(x.mean(axis=0), y.mean(axis=0)),
                    across=float(np.mean([spearman(x[[i]], y[[j]])[0] for i, j in permutations(range(len(seeds)), 2)])),
                    retests=(retest(x) or 0.0, retest(y) or 0.0),
                )
            )  # fmt: skip
    return found


def agreement_section(records: Sequence[TrialRecord]) -> Section | None:
    """None where there are too few sets of one size, or one score."""
    found = agreements(records)
    if not found:
        return None
    said = [
        f"{TITLES[one.tasks[0]].column} and {TITLES[one.tasks[1]].column} {one.correlation} over {one.n_sets} "
        f"sets of {one.size}"
        for one in found
    ]
    return Section(
        title=TITLE,
        lead=f"Rank correlation: {'; '.join(said)}.",
        tables=[
            Table(
                title="Rank correlation of the planned sets of a size by two scores",
                header=["scores", "size", "sets", "seeds", "means, 95 % interval", "across seeds", "each with itself"],
                rows=[
                    [
                        " and ".join(TITLES[task].column for task in one.tasks), str(one.size), str(one.n_sets),
                        str(one.n_seeds), str(one.correlation), f"{one.across:+.2f}",
                        " and ".join(f"{value:+.2f}" for value in one.retests),
                    ]
                    for one in found
                ],
                note="Test scores, mean over all languages but English. Interval by resampling sets. Two scores of one "
                "trial share its luck; across seeds, one score is of another trial than the other. Each with "
                "itself, of another seed: which is about as high as two scores can agree across seeds.",
            )
        ],
    )  # fmt: skip


def _means(records: Sequence[TrialRecord], arms: Sequence[str], seeds: Sequence[int]) -> dict[str, Floats]:
    """Score -> [seeds, sets] means over tested languages; scores that no set changes are left out."""
    frame = language_frame(records)
    frame = frame[frame["language"] != ENGLISH]
    found = {}
    for task, rows in frame.groupby("task", sort=False):
        table = rows.pivot_table(index="seed", columns="arm", values="value").reindex(index=seeds, columns=arms)
        if not table.isna().to_numpy().any() and table.nunique(axis=1).max() > 1:
            found[str(task)] = table.to_numpy(dtype=float)
    return found
