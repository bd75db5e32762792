"""What a report knows of a sweep: its arms, their names and which of them are shown."""

from collections.abc import Callable
from typing import Any

import pytest

from search_spaces.inventory import INVENTORY
from sweep.records.records import TrialRecord
from sweep.reports.results import SweepResults
from sweep.reports.write import report

Make = Callable[..., TrialRecord]


def results_of(records: list[TrialRecord], **fields: Any) -> SweepResults:
    return SweepResults(name="tiny", records=records, **fields)


def test_arms_of_one_label_are_told_apart(records: list[TrialRecord], record_of: Make) -> None:
    other = record_of("sub2", 0, ("deu_Latn",), label="sub")
    assert results_of([*records, other]).labels == {"none": "none", "sub": "sub (sub)", "sub2": "sub (sub2)"}


REALIGNED = ("deu_Latn", "fra_Latn", "wol_Latn")


@pytest.fixture
def search(record_of: Make, pos_scores: Callable[..., Any]) -> list[TrialRecord]:
    """Full and none, and 14 searched sets of one seed, the k-th with dev score 0.30 + k / 100; the last one has two."""

    def trial(
        arm: str, seed: int, languages: tuple[str, ...], score: float, percent: int, **fields: Any
    ) -> TrialRecord:
        scores = pos_scores(eng_Latn=90, deu_Latn=percent, fra_Latn=percent - 5, wol_Latn=percent + 3,
                            yor_Latn=percent, ell_Grek=percent + 1)  # fmt: skip
        return record_of(arm, seed, languages, score=score, scores=scores, **fields)

    sets = [("deu_Latn", language) for language in list(INVENTORY)[10:24]]
    records = [trial("none", 0, (), 0.2, 40), trial("full", 0, REALIGNED, 0.4, 60, criterion="full")]
    records += [trial(f"search-{k}", 0, sets[k], 0.3 + k / 100, 50 + k // 4, number=k) for k in range(14)]
    return [*records, trial("search-13", 1, sets[13], 0.43, 57, number=14)]


def test_a_search_lists_planned_arms_and_its_ten_best(search: list[TrialRecord]) -> None:
    results = results_of(search)
    best = [f"search-{k}" for k in range(13, 3, -1)]
    assert [arm for arm in results.listed if arm in results.searched] == best
    assert {"none", "full"} <= set(results.listed) and len(results.listed) == 12 and len(results.arms) == 16
    assert results.shown == ["search-13", "full"]  # what was searched for, although the full set may be better
    text = report(search, "tiny")
    assert "**Best set of the search on development data: search-13 (German, " in text
    assert (
        "15 trials of 14 different sets of 2 languages" in text
        and "the 10 of 14 searched ones that are believed best" in text
    )
    assert "search-3 " not in text and "search-3," in report(search, "tiny", "csv")
