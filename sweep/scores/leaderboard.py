"""The leaderboard: per arm, task and group of languages the mean over seeds, its spread, and what realignment changed.

A trial's score in a group is the mean of the task's main metric over the group's languages; an arm's score is the mean
over its trials (seeds), the spread their sample standard deviation. Means over seeds are of the same languages: one
that lacks a score in one of the arm's trials is left out, and counted. The change is against the arm that fine-tunes
only, paired: same seed, same languages, and never on the trial by which a search chose the set; of the languages that
both have in every seed that they share, as in `sweep.statistics.comparisons`. Reported scores are of
split "test"; the score for choosing, split "dev", is shown with them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from sweep.records.records import TrialRecord
from sweep.scores.choosing import choosing_trials
from sweep.scores.frame import cost_frame, language_frame
from sweep.scores.groups import GROUPS, Group

LEADERBOARD_COLUMNS = (
    "arm", "label", "n_languages", "n_seeds", "dev_score", "task", "metric", "group",
    "n_group_languages", "n_left_out", "mean", "std", "low", "high", "change", "change_std", "n_pairs",
)  # fmt: skip

KEY = ["task", "seed", "language"]


def leaderboard(records: Sequence[TrialRecord], groups: Mapping[str, Group] = GROUPS) -> pd.DataFrame:
    """One row an arm x task x group, arms by falling dev score. The last group is English by itself.

    Args:
        groups: see `groups.with_user_groups`.

    Returns:
        LEADERBOARD_COLUMNS: `n_languages` realigned, `n_seeds` behind mean and std (std is NaN for one seed), [`low`,
        `high`] = 95 % interval of the mean over seeds on these very languages (Student's t; NaN for one seed),
        `n_group_languages` scored in the group (the smallest count where seeds differ, as where each has its own
        subset), `n_left_out` languages of the group without a score in some trial of the arm, `change` = mean paired
        difference to fine-tuning only over `n_pairs` seeds (NaN where there is no pair, and for that arm itself);
        `choosing_trials` are in no pair.
    """
    test = _with_completeness(language_frame(records))
    baseline = test[test["n_languages"] == 0].drop_duplicates(KEY).set_index(KEY)["value"]
    test = test.assign(change=test["value"] - test.set_index(KEY).index.map(baseline).to_numpy(dtype=float))
    chosen = test["trial"].isin(choosing_trials(records))
    throughout = _changed_throughout(test[~chosen], baseline).reindex(test.index, fill_value=False)
    test["change"] = test["change"].where(throughout)
    # All groups at once: pandas takes as long for the rows of one.
    table = _averaged(pd.concat([test[mask(test)].assign(group=group) for group, mask in groups.items()]))
    table["dev_score"] = table["arm"].map(_dev_scores(records)).astype(object)
    table = table[list(LEADERBOARD_COLUMNS)]
    table["group"] = pd.Categorical(table["group"], list(groups), ordered=True)
    order = ["dev_score", "arm", "task", "metric", "group"]
    return table.sort_values(order, ascending=[False, True, True, True, True], ignore_index=True)


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


def _averaged(rows: pd.DataFrame) -> pd.DataFrame:
    """The leaderboard, all but the dev score, of rows that stand once in each of their groups."""
    arm = ["group", "arm", "task", "metric"]
    left_out = rows[~rows["complete"]].groupby(arm)["language"].nunique()
    # Fine-tuning only is not compared with itself.
    changed = rows[rows["n_languages"] > 0].dropna(subset="change")
    rows = rows[rows["complete"]]
    of_seed = rows.groupby([*arm, "seed"])
    per_seed = of_seed.agg(value=("value", "mean"), n=("language", "size")).groupby(arm)
    paired = changed.groupby([*arm, "seed"])["change"].mean().groupby(arm)
    first = rows.groupby(arm)
    table = pd.DataFrame(
        {
            "label": first["label"].first(), "n_languages": first["n_languages"].first(),
            "n_seeds": per_seed.size(), "n_group_languages": per_seed["n"].min(),
            "n_left_out": left_out.reindex(first.size().index, fill_value=0),
            "mean": per_seed["value"].mean(), "std": per_seed["value"].std(ddof=1),
            "change": paired.mean(), "change_std": paired.std(ddof=1), "n_pairs": paired.size(),
        }
    )  # fmt: skip
    reach = student_reach(table["std"], table["n_seeds"])
    table = table.assign(low=table["mean"] - reach, high=table["mean"] + reach)
    return table.assign(n_pairs=table["n_pairs"].fillna(0).astype(int)).reset_index()


def _changed_throughout(test: pd.DataFrame, baseline: "pd.Series") -> "pd.Series":
    """Whether the language of a row has a change in every trial of the arm that shares task and seed with the baseline.

    Args:
        test: with the column change, NaN where there is none. baseline: its index is KEY.
    """
    shared = pd.MultiIndex.from_frame(test[KEY[:2]]).isin(baseline.index.droplevel("language"))
    n_shared = test["trial"].where(shared).groupby([test["arm"], test["task"]]).transform("nunique")
    changed = test["trial"].where(test["change"].notna())
    return changed.groupby([test["arm"], test["task"], test["language"]]).transform("nunique") == n_shared


def _with_completeness(test: pd.DataFrame) -> pd.DataFrame:
    """With the column `complete`: whether the language is scored in every trial of the arm on the task. Where none but
    English is, the trial with the most languages stands for the arm.
    """
    arm = ["arm", "task"]
    n_trials = test.groupby(arm)["trial"].transform("nunique")
    complete = test.groupby([*arm, "language"])["trial"].transform("nunique") == n_trials
    others = complete & ~test["english"].astype(bool)  # English alone makes no average
    none = ~others.groupby([test["arm"], test["task"]]).transform("any")
    if none.any():
        counts = test[none].groupby([*arm, "trial"]).size().reset_index(name="n")
        largest = counts.sort_values(["n", "trial"], ascending=[False, True]).drop_duplicates(arm)
        complete = complete.where(~none, test["trial"].isin(largest["trial"]))
    return test.assign(complete=complete)


def _dev_scores(records: Sequence[TrialRecord]) -> dict[str, float]:
    finished = [record for record in records if record.finished and record.score is not None]
    frame = pd.DataFrame([(r.arm, r.score) for r in finished], columns=["arm", "score"])
    return {str(arm): float(mean) for arm, mean in frame.groupby("arm")["score"].mean().items()}
