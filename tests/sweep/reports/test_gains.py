"""Gains by language and by distance, against numbers computed by hand."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from search_spaces.distances.sources import load_distances
from search_spaces.inventory import INVENTORY
from search_spaces.languages import Language
from sweep.records.records import TrialRecord
from sweep.reports.gains import binned, gains_by_distance, language_gains, trial_gains
from sweep.reports.results import SweepResults
from trainables.evaluation.scores import ScoreRow


def results_of(records: list[TrialRecord], **fields: Any) -> SweepResults:
    return SweepResults(name="tiny", records=records, **fields)


def test_gains_by_language(records: list[TrialRecord]) -> None:
    table = language_gains(trial_gains(results_of(records)), "sub", "pos").set_index("language")
    assert list(table.index) == ["deu_Latn", "fra_Latn", "yor_Latn", "wol_Latn"]  # by rising gain
    assert table["gain"].tolist() == pytest.approx([-0.01, 0.01, 0.03, 0.12])
    # Two seeds: the range, not an interval.
    assert table.loc["wol_Latn", ["low", "high", "n_seeds"]].tolist() == pytest.approx([0.10, 0.14, 2])


def test_distance_to_the_nearest_realigned_language(records: list[TrialRecord]) -> None:
    table = gains_by_distance(results_of(records), "featural").set_index("language")
    matrix = load_distances("featural", INVENTORY).matrix
    assert table.loc["wol_Latn", "distance"] == 0
    assert table.loc["yor_Latn", "distance"] == pytest.approx(
        matrix.between(Language("yor_Latn"), Language("wol_Latn"))
    )  # fmt: skip
    assert table.loc["yor_Latn", "gain"] == pytest.approx(0.03)


def test_bins_count_a_language_once() -> None:
    table = pd.DataFrame(
        {
            "arm": list("ababa"), "language": ["x", "x", "y", "y", "z"],
            "distance": [0.0, 0.2, 0.3, 0.4, 0.5], "gain": [9.0, 1.0, 2.0, 4.0, 5.0],
        }
    )  # fmt: skip
    bins = binned(table, n_bins=2)
    assert bins["gain"].tolist() == [9.0, 1.5, 4.5] and bins["n_languages"].tolist() == [1, 2, 2]
    one = binned(table.iloc[1:].assign(language=["x", "x", "x", "z"]), n_bins=1)
    assert one["gain"].tolist() == pytest.approx([((1 + 2 + 4) / 3 + 5) / 2])


def test_a_searched_trial_with_a_seed_of_its_own_is_compared_with_the_mean(
    record_of: Callable[..., TrialRecord], score: Callable[..., dict[str, object]]
) -> None:
    """Without realignment 0.30 and 0.40 in seeds 0 and 1; searched sets 0.50 in seed 1 and, which it lacks, in 7."""

    def trial(arm: str, seed: int, percent: int, **fields: Any) -> TrialRecord:
        rows = (ScoreRow.from_dict(score("pos", "wol_Latn", "test", percent)),)
        return record_of(arm, seed, scores=rows, **fields)

    records = [trial("none", 0, 30, languages=()), trial("none", 1, 40, languages=())]
    records += [trial("search-0001", 1, 50, languages=("deu_Latn",), number=1)]
    records += [trial("search-0002", 7, 50, languages=("fra_Latn",), number=2)]
    records += [trial("planned", 7, 90, languages=("yor_Latn",))]  # an arm is compared in its own seed or not at all
    gains = trial_gains(results_of(records)).set_index("arm")
    assert sorted(gains.index) == ["search-0001", "search-0002"]
    assert gains["gain"].to_dict() == pytest.approx({"search-0001": 0.10, "search-0002": 0.15})
    assert gains["paired"].to_dict() == {"search-0001": True, "search-0002": False}
