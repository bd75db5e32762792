"""Scores that are no better than guessing are called so, in the claims and beside the leaderboard."""

from collections.abc import Callable
from typing import Any

from sweep.records.records import TrialRecord
from sweep.reports.claims import at_chance, noise_lines
from sweep.reports.results import SweepResults
from sweep.reports.write import report


def test_an_nli_model_that_always_says_one_label_is_called_so(
    record_of: Callable[..., TrialRecord], score: Callable[..., Any]
) -> None:
    """Of three balanced labels (XNLI, Conneau et al. 2018) one is right in a third of the pairs: 33.3 points."""

    def trial(arm: str, percent: int, languages: tuple[str, ...]) -> TrialRecord:
        rows = tuple(score("nli", language, "test", percent) for language in ("deu_Latn", "swh_Latn", "zho_Hans"))
        return record_of(arm, 0, languages, scores=rows)

    records = [trial("none", 33, ()), trial("sub", 34, ("swh_Latn",)), trial("good", 36, ("deu_Latn",))]
    (line,) = at_chance(SweepResults(name="x", records=records))
    assert line.startswith("NLI accuracy, no better than guessing (33.3 points, and up to 1 more): ")
    assert line.split(": ")[1].split(". ")[0].split(", ") in (["none", "sub"], ["sub", "none"])
    text = report(records, "x")
    assert line in text and "By chance (guessing among the labels): NLI accuracy 33.3." in text


def test_runs_whose_scores_are_all_the_same_are_not_called_single(
    record_of: Callable[..., TrialRecord], score: Callable[..., Any]
) -> None:
    rows = tuple(score("pos", language, "test", 60) for language in ("deu_Latn", "swh_Latn"))
    records = [record_of("none", seed, (), scores=rows) for seed in (0, 1)]
    (line,) = noise_lines([SweepResults(name="x", records=records)])
    assert line == "PoS accuracy. The noise between seeds is not known: the scores of repeated runs do not differ."


def test_nothing_is_said_of_scores_above_chance_or_of_f1(
    record_of: Callable[..., TrialRecord], score: Callable[..., Any]
) -> None:
    rows = (score("pos", "deu_Latn", "test", 60), score("ner", "deu_Latn", "test", 0, metric="f1"))
    assert at_chance(SweepResults(name="x", records=[record_of("none", 0, (), scores=rows)])) == []
