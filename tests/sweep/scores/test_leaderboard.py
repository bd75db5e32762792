"""The leaderboard against numbers computed by hand: three languages, two seeds.

The scores are in `conftest.two_arms`.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sweep.records.records import TrialRecord
from sweep.scores.frame import score_frame
from sweep.scores.leaderboard import leaderboard, stage_times
from sweep.statistics.comparisons import compare

Scores = tuple[dict[str, Any], ...]


def cell(table: pd.DataFrame, arm: str, group: str) -> pd.Series:
    rows = table[(table["arm"] == arm) & (table["group"] == group)]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("arm", "group", "n", "mean", "std", "change"),
    [
        ("none", "all", 3, 0.38, 0.02 / math.sqrt(2), None),
        ("none", "seen", 1, 0.61, 0.02 / math.sqrt(2), None),
        ("none", "unseen", 2, 0.265, 0.02 / math.sqrt(2), None),
        ("none", "out of distribution", 2, 0.265, 0.02 / math.sqrt(2), None),  # Wolof and Yoruba
        ("none", "not realigned", 3, 0.38, 0.02 / math.sqrt(2), None),
        ("sub", "all", 3, 0.44, 0.02 / math.sqrt(2), 0.06),
        ("sub", "seen", 1, 0.605, 0.01 / math.sqrt(2), -0.005),
        ("sub", "unseen", 2, 0.3575, 0.035 / math.sqrt(2), 0.0925),
        ("sub", "realigned", 1, 0.415, 0.05 / math.sqrt(2), 0.105),  # (39-30 + 44-32) / 2, on Wolof alone
        ("sub", "out of distribution", 1, 0.30, 0.02 / math.sqrt(2), 0.08),  # Yoruba: neither realigned nor seen
        ("sub", "not realigned", 2, 0.4525, 0.005 / math.sqrt(2), 0.0375),
    ],
)
def test_the_leaderboard_is_what_a_hand_computes(
    two_arms: list[TrialRecord], arm: str, group: str, n: int, mean: float, std: float, change: float | None
) -> None:
    row = cell(leaderboard(two_arms), arm, group)
    assert row["n_group_languages"] == n and row["n_seeds"] == 2
    assert row["mean"] == pytest.approx(mean) and row["std"] == pytest.approx(std)
    if change is None:
        assert math.isnan(row["change"]) and row["n_pairs"] == 0
    else:
        assert row["change"] == pytest.approx(change) and row["n_pairs"] == 2


def test_arms_stand_in_the_order_of_the_dev_score_and_empty_groups_are_absent(two_arms: list[TrialRecord]) -> None:
    table = leaderboard(two_arms)
    assert list(dict.fromkeys(table["arm"])) == ["sub", "none"]
    assert "realigned" not in set(table.loc[table["arm"] == "none", "group"])


def test_a_seed_without_its_baseline_is_not_paired(two_arms: list[TrialRecord]) -> None:
    row = cell(leaderboard([record for record in two_arms if record.trial != "none-seed1"]), "sub", "all")
    assert row["n_seeds"] == 2 and row["n_pairs"] == 1
    assert row["change"] == pytest.approx(0.06) and math.isnan(row["change_std"])


def test_means_over_seeds_are_of_the_same_languages(record_of: Callable[..., TrialRecord], pos_scores: Any) -> None:
    """German scores 90 in the one seed that has it: the mean of the other two languages is 40 in both."""
    complete = pos_scores(eng_Latn=90, deu_Latn=90, fra_Latn=50, wol_Latn=30)
    lacking = pos_scores(eng_Latn=90, fra_Latn=50, wol_Latn=30)
    board = leaderboard(
        [record_of("a", 0, ("fra_Latn",), scores=complete), record_of("a", 1, ("fra_Latn",), scores=lacking)]
    )
    row = cell(board, "a", "all")
    assert (row["n_group_languages"], row["n_left_out"], row["n_seeds"]) == (2, 1, 2)
    assert row["mean"] == pytest.approx(0.4) and row["std"] == pytest.approx(0.0)
    apart = pos_scores(eng_Latn=90, hin_Deva=20)  # no language in both: the larger trial stands for the arm
    board = leaderboard(
        [record_of("a", 0, ("fra_Latn",), scores=complete), record_of("a", 1, ("fra_Latn",), scores=apart)]
    )
    alone = cell(board, "a", "all")
    assert (alone["n_seeds"], alone["n_group_languages"], alone["n_left_out"]) == (1, 3, 1)


def test_the_change_is_the_paired_difference_where_a_language_lacks_in_one_seed(
    record_of: Callable[..., TrialRecord], pos_scores: Callable[..., Scores]
) -> None:
    """Wolof gains 60 points, but fine-tuning only has no score of it in one seed; Yoruba lacks in an unshared seed."""
    percent = {
        ("none", 0): {"deu_Latn": 30, "fra_Latn": 40, "yor_Latn": 20},
        ("none", 1): {"deu_Latn": 31, "fra_Latn": 40, "yor_Latn": 20, "wol_Latn": 30},
        ("full", 0): {"deu_Latn": 33, "fra_Latn": 42, "yor_Latn": 24, "wol_Latn": 90},
        ("full", 1): {"deu_Latn": 35, "fra_Latn": 41, "yor_Latn": 25, "wol_Latn": 90},
        ("full", 2): {"deu_Latn": 35, "fra_Latn": 41, "wol_Latn": 90},
    }
    records = [
        record_of(arm, seed, ("fra_Latn",) if arm == "full" else (), scores=pos_scores(eng_Latn=90, **scores))
        for (arm, seed), scores in percent.items()
    ]
    row = cell(leaderboard(records), "full", "all")
    found = compare(score_frame(records), "full", "none", task="pos", metric="accuracy")
    assert row["change"] == pytest.approx(found.difference) == pytest.approx((9 + 10) / 600)
    assert (found.n_languages, row["n_pairs"]) == (3, found.n_seeds) == (3, 2)


def test_one_seed_has_no_spread(two_arms: list[TrialRecord]) -> None:
    row = cell(leaderboard(two_arms[2:3]), "sub", "all")
    assert row["n_seeds"] == 1 and math.isnan(row["std"]) and math.isnan(row["change"])


def test_unknown_pre_training_makes_no_seen_or_unseen_group(record_of: Callable[..., TrialRecord]) -> None:
    groups = set(leaderboard([record_of("none", 0, seen_languages=None)])["group"])
    # Without what was seen there is no "seen", "unseen" and "out of distribution"; German is rich, Wolof poor in data.
    assert groups == {"all", "low-resource", "high-resource", "not realigned", "English"}


def test_failed_trials_and_empty_scores_do_not_count(
    two_arms: list[TrialRecord], record_of: Callable[..., TrialRecord], score: Callable[..., dict[str, Any]]
) -> None:
    extra = [
        record_of("sub", 2, ("wol_Latn",), status="failed", score=None, scores=()),
        record_of("odd", 0, scores=(score("pos", "deu_Latn", "test", 50), score("pos", "wol_Latn", "test", 0, 0))),
    ]
    table = leaderboard([*two_arms, *extra])
    assert cell(table, "sub", "all")["n_seeds"] == 2
    assert cell(table, "odd", "all")["n_group_languages"] == 1


def test_dev_scores_are_in_the_frame_and_never_in_the_leaderboard(two_arms: list[TrialRecord]) -> None:
    assert set(score_frame(two_arms)["split"]) == {"dev", "test"}
    assert cell(leaderboard(two_arms), "none", "seen")["mean"] == pytest.approx(0.61)  # dev would give 0.51


def test_stage_times(two_arms: list[TrialRecord], record_of: Callable[..., TrialRecord]) -> None:
    short = record_of("none", 2, costs={"finetune_s": 9.0})
    table = stage_times([*two_arms, short]).set_index("arm")
    assert list(table.columns) == ["label", "n_trials", "realign_s", "finetune_s", "total_s"]
    assert table.loc["sub", "total_s"] == pytest.approx(5.0)
    assert table.loc["none", "finetune_s"] == pytest.approx((3 + 3 + 9) / 3) and table.loc["none", "n_trials"] == 3


def test_the_interval_of_a_mean_is_students(two_arms: list[TrialRecord]) -> None:
    row = cell(leaderboard(two_arms), "sub", "all")
    values = [0.43, 0.45]
    expected = stats.t.interval(0.95, 1, loc=np.mean(values), scale=stats.sem(values))
    assert (row["low"], row["high"]) == pytest.approx(expected)
