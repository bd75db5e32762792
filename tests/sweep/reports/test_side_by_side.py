"""Two sweeps in one table, against numbers worked out by hand."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from sweep.records.records import TrialRecord
from sweep.reports.results import SweepResults
from sweep.reports.side_by_side import SideBySide, side_by_side
from sweep.reports.text_forms import markdown
from sweep.statistics.comparisons import compare
from sweep.statistics.noise import noise_floor

Make = Callable[..., TrialRecord]


@pytest.fixture
def both(two_arms: list[TrialRecord], record_of: Make, pos_scores: Callable[..., Any]) -> SideBySide:
    """The second encoder: 2 points more for `none`, 5 for the set of `sub`, which it calls "mine"; and one arm more."""
    more = {
        ("none", 0): (62, 32, 23), ("none", 1): (64, 34, 25), ("mine", 0): (66, 44, 34), ("mine", 1): (65, 49, 36),
    }  # fmt: skip
    second = [
        record_of(
            arm, seed, ("wol_Latn",) if arm == "mine" else (),
            scores=pos_scores(eng_Latn=10, deu_Latn=deu, wol_Latn=wol, yor_Latn=yor),
        )
        for (arm, seed), (deu, wol, yor) in more.items()
    ]  # fmt: skip
    second.append(record_of("other", 0, ("fra_Latn",)))
    return side_by_side(SweepResults(name="a", records=two_arms), SweepResults(name="b", records=second))


def test_arms_are_matched_by_name_and_by_set(both: SideBySide) -> None:
    assert {(arm.first, arm.second, arm.same_set) for arm in both.arms} == {
        ("none", "none", True),
        ("sub", "mine", True),
    }


def test_the_differences_are_second_minus_first(both: SideBySide) -> None:
    found = both.comparisons
    assert found["none", "pos"].difference == pytest.approx(0.02)  # English, 80 points less, is in no mean
    assert found["sub", "pos"].difference == pytest.approx(0.05)
    assert {(one.n_seeds, one.n_languages, one.n_comparisons) for one in found.values()} == {(2, 3, 2)}
    table = both.table().set_index(["arm", "reference"])
    assert table.loc[("mine", "sub"), "difference"] == pytest.approx(0.05)
    assert set(table["sweep"]) == {"b"} and set(table["reference_sweep"]) == {"a"}


def test_the_interval_is_that_of_the_statistics_of_reports(both: SideBySide) -> None:
    """As if all arms were of one sweep."""
    one = both.first.frame.assign(arm="first: " + both.first.frame["arm"])
    other = both.second.frame.assign(arm="second: " + both.second.frame["arm"])
    frame = pd.concat([one, other])
    arms = ["first: none", "first: sub", "second: none", "second: mine"]
    noise = noise_floor(frame, task="pos", metric="accuracy", arms=arms)
    wanted = compare(frame, "second: mine", "first: sub", task="pos", metric="accuracy", noise=noise)
    found = both.comparisons["sub", "pos"]
    assert (found.low, found.high, found.p) == pytest.approx((wanted.low, wanted.high, wanted.p), rel=1e-12)


def test_a_searched_set_is_not_compared_on_the_seed_that_chose_it(
    record_of: Make, pos_scores: Callable[..., Any]
) -> None:
    def searched(n_seeds: int, german: int) -> SweepResults:
        rows = pos_scores(eng_Latn=90, deu_Latn=german, wol_Latn=40)
        seeds = range(n_seeds)
        records = [record_of("search-0000", s, ("wol_Latn",), number=s, scores=rows) for s in seeds]
        return SweepResults(name=str(german), records=records)

    chosen_on = side_by_side(searched(1, 60), searched(2, 61))
    assert chosen_on.comparisons == {}  # the one shared seed is the choosing one
    assert "without the seed that chose a set" in markdown(chosen_on.document())
    both = side_by_side(searched(2, 60), searched(3, 61))
    assert both.comparisons["search-0000", "pos"].n_seeds == 1


def test_the_text_says_what_is_what(both: SideBySide) -> None:
    text = markdown(both.document())
    assert text.startswith("# b against a") and "| none " in text and "Wolof" in text
    assert "+5.0" in text and "b: other" in text and "without the seed" not in text
    header = next(line for line in text.splitlines() if "realigned on" in line)
    assert "a: more than none" in header and "b more" in header


def test_sweeps_that_share_nothing_say_so(record_of: Make) -> None:
    first, second = (
        SweepResults(name=name, records=[record_of(arm, 0, languages)])
        for name, arm, languages in (("a", "x", ("fra_Latn",)), ("b", "y", ("jpn_Jpan",)))
    )
    assert "share no arm" in markdown(side_by_side(first, second).document())


def test_one_training_of_both_is_no_difference(two_arms: list[TrialRecord]) -> None:
    """Two sweeps that differ in realignment take fine-tuning only from one store."""
    same = side_by_side(SweepResults(name="a", records=two_arms), SweepResults(name="b", records=two_arms))
    assert same.comparisons == {} and set(same.pairs) == {("none", "pos"), ("sub", "pos")}
    assert markdown(same.document()).count("the same scores") == 2


def cells_of(found: SideBySide, arm: str) -> tuple[list[str], str]:
    """Of the table of scores: the cells of an arm's row, and the note."""
    table = found.document().tables[-1]
    (row,) = (row for row in table.rows if row[0] == arm)
    return list(map(str, row)), table.note


def test_without_an_interval_the_difference_is_shown_and_the_reason_said(
    record_of: Make, pos_scores: Callable[..., Any]
) -> None:
    """One seed, languages of one family: means (30 + 20) / 2 and (36 + 21) / 2, and 20 and 21 of fine-tuning only."""

    def sweep(name: str, none: tuple[int, int], mine: tuple[int, int]) -> SweepResults:
        trials = {"none": ((), none), "mine": (("wol_Latn",), mine)}
        records = [
            record_of(arm, 0, languages, scores=pos_scores(eng_Latn=90, wol_Latn=wol, yor_Latn=yor))
            for arm, (languages, (wol, yor)) in trials.items()
        ]
        return SweepResults(name=name, records=records)

    both = side_by_side(sweep("a", (20, 20), (30, 20)), sweep("b", (22, 20), (36, 21)))
    assert both.comparisons == {}
    row, note = cells_of(both, "mine")
    assert row[2:] == ["25.0", "28.5", "+3.5", "2", "1", "+5.0", "+7.5"]
    assert note.count("needs at least 2 families of languages, but there is 1.") == 1 and "ask over" not in note
    assert cells_of(both, "none")[0][2:] == ["20.0", "21.0", "+1.0", "2", "1", "-", "-"]


def test_the_same_scores_beside_other_means_are_those_that_both_have(
    record_of: Make, pos_scores: Callable[..., Any]
) -> None:
    def sweep(name: str, *german: int) -> SweepResults:
        scores = [pos_scores(eng_Latn=90, deu_Latn=value, wol_Latn=30) for value in german]
        return SweepResults(name=name, records=[record_of("none", i, scores=rows) for i, rows in enumerate(scores)])

    row, _ = cells_of(side_by_side(sweep("a", 50), sweep("b", 50, 54)), "none")
    assert row[2:7] == ["40.0", "41.0", "the same scores where both have them", "2", "1"]
    assert cells_of(side_by_side(sweep("a", 50), sweep("b", 50)), "none")[0][4] == "the same scores"
