"""The leaderboard: per arm, task and group of languages the mean over seeds, its spread, and what realignment changed.

A trial's score in a group is the mean of the task's main metric over the group's languages; an arm's score is the mean
over its trials (seeds), the spread their sample standard deviation. Means over seeds are of the same languages: one
that lacks a score in one of the arm's trials is left out, and counted. The change is against the arm that fine-tunes
only, paired: same seed, same languages, and never on the trial by which a search chose the set; of the languages that
both have in every seed that they share, as in `sweep.statistics.comparisons`. Reported scores are of
split "test"; the score for choosing, split "dev", is shown with them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from sweep.records.records import TrialRecord
from sweep.scores.choosing import choosing_trials
from sweep.scores.frame import cost_frame, language_frame
from sweep.scores.groups import GROUPS, Group
from sweep.scores.language_rows import LanguageRows

LEADERBOARD_COLUMNS = (
    "arm", "label", "n_languages", "n_seeds", "dev_score", "task", "metric", "group",
    "n_group_languages", "n_left_out", "mean", "std", "low", "high", "change", "change_std", "n_pairs",
)  # fmt: skip


def leaderboard(
    records: Sequence[TrialRecord],
    groups: Mapping[str, Group] = GROUPS,
    *,
    frame: pd.DataFrame | None = None,
    arms: Collection[str] | None = None,
) -> pd.DataFrame:
    """One row an arm x task x group, arms by falling dev score. The last group is English by itself.

    Args:
        groups: see `groups.with_user_groups`.
        frame: `language_frame(records)`, where it is there already. arms: that have rows; None = all.

    Returns:
        LEADERBOARD_COLUMNS: `n_languages` realigned, `n_seeds` behind mean and std (std is NaN for one seed), [`low`,
        `high`] = 95 % interval of the mean over seeds on these very languages (Student's t; NaN for one seed),
        `n_group_languages` scored in the group (the smallest count where seeds differ, as where each has its own
        subset), `n_left_out` languages of the group without a score in some trial of the arm, `change` = mean paired
        difference to fine-tuning only over `n_pairs` seeds (NaN where there is no pair, and for that arm itself);
        `choosing_trials` are in no pair.
    """
    rows = LanguageRows.of(language_frame(records) if frame is None else frame, choosing_trials(records))
    table = rows.averaged(groups, arms)
    of_arm = _dev_scores(records)
    units = rows.units.assign(dev_score=rows.units["arm"].map(of_arm).astype(object))
    order = ["dev_score", "arm", "task", "metric"]
    units = units.sort_values(order, ascending=[False, True, True, True])
    rank = np.empty(len(units), dtype=np.int64)
    rank[units.index] = np.arange(len(units))
    # The groups are in their order already: a stable sort by the arms alone, of many fewer texts.
    table = table.iloc[np.argsort(rank[table["unit"]], kind="stable")].reset_index(drop=True)
    reach = student_reach(table["std"], table["n_seeds"])
    table = table.assign(low=table["mean"] - reach, high=table["mean"] + reach)
    named = units.sort_index().take(table["unit"]).reset_index(drop=True)
    table = table.assign(**{name: named[name] for name in order})
    table["group"] = pd.Categorical.from_codes(table["group"], list(groups), ordered=True)
    return table[list(LEADERBOARD_COLUMNS)]


def seed_interval(values: "pd.Series", level: float = 0.95) -> tuple[float, float]:
    """[low, high] of the mean over seeds: Student's t of one value a seed; NaN for a single one."""
    n = len(values)
    if n < 2:
        return float("nan"), float("nan")
    reach = student_reach(float(values.std(ddof=1)), n, level)
    mean = float(values.mean())
    return mean - reach, mean + reach


def student_reach(std: Any, n: Any, level: float = 0.95) -> Any:
    """Half the width of Student's interval of a mean of `n` values with the sample standard deviation `std`."""
    return special.stdtrit(n - 1, (1 + level) / 2) * std / np.sqrt(n)


def stage_times(records: Sequence[TrialRecord]) -> pd.DataFrame:
    """Mean seconds a stage, one row an arm and a column a stage (in the order they ran), with their sum.

    The mean is over the trials that worked on the stage, not over those that took its result from the store.
    """
    costs = cost_frame(records)
    seconds = costs[costs["cost"].str.endswith("_s")]
    reused = costs.loc[costs["cost"].str.endswith("_reused"), ["trial", "cost"]]
    taken = pd.MultiIndex.from_arrays([reused["trial"], reused["cost"].str.replace("_reused", "_s")])
    seconds = seconds[~pd.MultiIndex.from_frame(seconds[["trial", "cost"]]).isin(taken)]
    # A trial without realignment lacks a stage: the trial with the most of them knows the order.
    by_length = sorted(records, key=lambda record: -len(record.costs))
    known = set(seconds["cost"])
    stages = [cost for cost in dict.fromkeys(cost for record in by_length for cost in record.costs) if cost in known]
    table = seconds.pivot_table(index=["arm", "label"], columns="cost", values="value", aggfunc="mean", fill_value=0.0)
    table = table.reindex(columns=stages).reset_index()
    table.columns.name = None
    table["total_s"] = table[stages].sum(axis=1) if stages else 0.0
    n_trials = seconds.groupby("arm")["trial"].nunique()
    table.insert(2, "n_trials", table["arm"].map(n_trials).astype(int))
    return table


def _dev_scores(records: Sequence[TrialRecord]) -> dict[str, float]:
    finished = [record for record in records if record.finished and record.score is not None]
    frame = pd.DataFrame([(r.arm, r.score) for r in finished], columns=["arm", "score"])
    return {str(arm): float(mean) for arm, mean in frame.groupby("arm")["score"].mean().items()}
