"""The first sentences of a report, against numbers computed by hand."""

from collections.abc import Callable

from sweep.records.records import TrialRecord
from sweep.reports.families import Findings
from sweep.reports.results import SweepResults
from sweep.reports.summary import summaries

Make = Callable[..., TrialRecord]


def test_what_was_best_on_development_data_stands_first(records: list[TrialRecord], record_of: Make) -> None:
    failed = record_of("sub", 2, status="failed", score=None, scores=(), error="RuntimeError: memory")
    (section,) = summaries(Findings([SweepResults(name="tiny", records=[*records, failed])]))
    # (60 + 51 + 40 + 24) / 4 = 43.75 and (60 + 51 + 46 + 26) / 4 = 45.75; they gain 15 / 4 on average
    assert section.lead.startswith(
        "Best arm on development data: sub (Wolof). PoS accuracy 44.8 on test (4 languages but English, 2 seeds), "
        "+3.8 ["
    )
    assert "points against none" in section.lead and "selected" not in section.lead
    (counted,) = section.paragraphs
    assert counted == (
        "4 trials finished, 1 failed; 2 arms, training seeds 0, 1; 1.0 minutes from first start to last end."
    )


def test_the_best_of_more_than_two_planned_arms_is_a_selected_figure(
    records: list[TrialRecord], record_of: Make
) -> None:
    more = record_of("other", 0, ("fra_Latn",), score=0.2)
    unscored = record_of("unscored", 0, ("deu_Latn",), score=None)
    (section,) = summaries(Findings([SweepResults(name="tiny", records=[*records, more, unscored])]))
    assert section.lead.endswith(
        " A selected figure: the best of 3 arms by development scores of the same trainings, and so likely too high."
    )


def test_what_a_search_tried_is_counted(records: list[TrialRecord], record_of: Make) -> None:
    sets = [("deu_Latn",), ("fra_Latn", "wol_Latn"), ("fra_Latn", "wol_Latn")]
    searched = [
        record_of(f"search-{min(i, 1)}", i, languages, number=i, score=0.35, costs={"realign_reused": 1.0})
        for i, languages in enumerate(sets)
    ]
    (section,) = summaries(Findings([SweepResults(name="tiny", records=[*records[:2], *searched])]))
    first, second = section.paragraphs
    assert first.endswith("Realignments taken from the store: 3.")
    assert second == (
        "Searched: 3 trials of 2 different sets of 1 to 2 languages, 3 languages tried, by development scores; planned "
        "beside them: none."
    )


def test_of_several_sweeps_each_is_named(records: list[TrialRecord]) -> None:
    several = [SweepResults(name=name, records=records, beside_others=True) for name in ("a", "b")]
    sections = summaries(Findings(several))
    assert [section.lead.split(":")[0] for section in sections] == ["a", "b"]
    assert [section.paragraphs[0].split(":")[0] for section in sections] == ["a", "b"]
