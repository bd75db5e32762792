"""What a budget of languages buys: random sets of each size that was planned, and what a criterion chose instead.

What anybody can have without training anything. What a search found is judged by `confirm`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sweep.records.records import TrialRecord
from sweep.scores.frame import mean_arm, score_frame
from sweep.scores.groups import GROUPS
from sweep.scores.titles import TITLES
from sweep.statistics.comparisons import Comparison, compare_all, corrected
from sweep.statistics.noise import noise_floor

MIN_SETS = 5
"""Random sets of a size, for their mean to stand for the size."""
RANDOM = "random"
TESTED = ("all", "unseen")
REFERENCES = ("none", "full")


@dataclass(frozen=True, kw_only=True)
class Budget:
    """One way of spending a budget, on one score and group of tested languages.

    size: languages of a set. arm: of the records, or the name of the mean of random sets; n_sets: in that mean, or 1.
    sd: of the sets' mean scores, over sets, a fraction; 0 for one set.
    over: "none", "full" and "random" (of this size) -> the comparison with it, of one family under Holm's correction;
    absent where there is none.
    """

    task: str
    group: str
    size: int
    arm: str
    n_sets: int
    sd: float
    over: Mapping[str, Comparison]


def budgets(records: Sequence[TrialRecord], groups: Sequence[str] = TESTED) -> list[Budget]:
    """By task, group and size: random sets first; [] where no size has MIN_SETS random sets that were planned."""
    planned = [record for record in records if record.finished and record.number is None]
    by_size = _random_sets(planned)
    if not by_size:
        return []
    frame = score_frame(planned)
    frame = frame[frame["split"] == "test"]
    tasks = {task: TITLES[task].metric for task in frame["task"].unique() if task != "retrieval_before"}
    masks = {group: GROUPS[group] for group in groups}
    noises = {}
    for task, metric in tasks.items():
        for group, mask in masks.items():
            try:
                noises[task, group] = noise_floor(frame, task=task, metric=metric, group=mask)
            except ValueError:  # one seed, or nothing varies
                continue
    found: list[tuple[int, Comparison]] = []
    names: dict[int, str] = {}
    chosen: dict[int, list[str]] = {}
    for size, arms in by_size.items():
        names[size] = name = f"{RANDOM}, mean of {len(arms)} sets of {size}"
        mean = mean_arm(frame, arms, name)
        if not len(mean):
            continue
        frame = pd.concat([frame, mean], ignore_index=True)
        noises = {key: noise.with_mean(name, arms) for key, noise in noises.items()}
        chosen[size] = _chosen(planned, size)
        for reference, compared in (
            *((reference, [name, *chosen[size]]) for reference in REFERENCES), (name, chosen[size])
        ):  # fmt: skip
            if reference in set(frame["arm"]):
                made = compare_all(
                    frame, reference, tasks, arms=compared, groups=masks, noises=noises, correction="none"
                )
                found += [(size, one) for one in made]
    judged = list(zip([size for size, _ in found], corrected([one for _, one in found]), strict=True))
    rows = []
    for task, metric in tasks.items():
        for group, mask in masks.items():
            for size in chosen:
                for arm in (names[size], *chosen[size]):
                    over = {
                        RANDOM if one.reference == names[size] else one.reference: one
                        for n, one in judged
                        if (n, one.task, one.group, one.arm) == (size, task, group, arm)
                    }
                    if over:
                        arms = by_size[size] if arm == names[size] else [arm]
                        sd = _between(frame[mask(frame)], arms, task, metric)
                        rows.append(
                            Budget(task=task, group=group, size=size, arm=arm, n_sets=len(arms), sd=sd, over=over)
                        )
    return rows


def _random_sets(planned: Sequence[TrialRecord]) -> dict[int, list[str]]:
    """Size -> arms, each one random set with all its seeds."""
    sets: dict[str, set[tuple[str, ...]]] = {}
    for record in planned:
        if record.criterion == RANDOM:
            sets.setdefault(record.arm, set()).add(record.languages)
    by_size: dict[int, list[str]] = {}
    for arm, drawn in sorted(sets.items()):
        if len(drawn) == 1:  # an arm may draw another set with each seed
            by_size.setdefault(len(next(iter(drawn))), []).append(arm)
    return {size: arms for size, arms in sorted(by_size.items()) if len(arms) >= MIN_SETS}


def _chosen(planned: Sequence[TrialRecord], size: int) -> list[str]:
    """Arms of this size that a criterion chose."""
    not_chosen: Collection[str] = (RANDOM, "given", "none", "full")
    return sorted({r.arm for r in planned if len(r.languages) == size and r.criterion not in not_chosen})


def _between(frame: pd.DataFrame, arms: Sequence[str], task: str, metric: str) -> float:
    """Standard deviation over sets of their mean scores."""
    rows = frame[frame["arm"].isin(arms) & (frame["task"] == task) & (frame["metric"] == metric)]
    means = rows.groupby("arm")["value"].mean().to_numpy(dtype=float)
    return float(np.std(means, ddof=1)) if len(means) > 1 else 0.0
