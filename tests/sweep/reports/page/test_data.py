"""What the page shows is what the frame and the leaderboard say: values by hand, from `conftest.two_arms`."""

from collections.abc import Callable
from typing import Any

import pytest

from sweep.records.records import TrialRecord
from sweep.reports.document import Bars
from sweep.reports.page import data as page
from sweep.reports.page.data import page_data
from sweep.reports.results import SweepResults

Make = Callable[..., TrialRecord]


def data_of(records: list[TrialRecord], **fields: Any) -> dict[str, Any]:
    return page_data([SweepResults(name="tiny", records=records, **fields)], "featural")


def test_scores_are_those_of_the_leaderboard_also_language_by_language(two_arms: list[TrialRecord]) -> None:
    data = data_of(two_arms)
    assert [arm["arm"] for arm in data["arms"]] == ["sub", "none"]  # by falling dev score
    scores = data["scores"]["pos"]
    assert scores["all"]["mean"] == pytest.approx([0.44, 0.38])  # (43 + 45) / 2 and (37 + 39) / 2
    assert scores["all"]["change"] == [pytest.approx(0.06), None]
    assert scores["unseen"]["mean"] == pytest.approx([0.3575, 0.265])
    assert scores["language: wol_Latn"]["mean"] == pytest.approx([0.415, 0.31])
    assert scores["language: wol_Latn"]["change"] == [pytest.approx(0.105), None]
    assert scores["all"]["n_group_languages"] == [3, 3] and scores["all"]["n_pairs"] == [2, 0]
    # Student's t with one degree of freedom: 12.706 standard errors; of 43 and 45 one is 1
    assert scores["all"]["low"][0] == pytest.approx(0.44 - 0.12706, abs=1e-5)
    assert scores["realigned"]["mean"] == [pytest.approx(0.415), None]


def test_dev_scores_stand_apart(two_arms: list[TrialRecord]) -> None:
    data = data_of(two_arms)
    assert [arm["dev"] for arm in data["arms"]] == pytest.approx([0.4, 0.3])
    assert 0.4 not in data["scores"]["pos"]["all"]["mean"] and not data["courses"]
    assert [arm["answer"] for arm in data["arms"]] == [True, False]
    assert [arm["reference"] for arm in data["arms"]] == ["", "none"]


def test_groups_are_those_of_the_report_and_kinds_of_several_languages(record_of: Make, pos_scores: Make) -> None:
    rows = pos_scores(eng_Latn=90, deu_Latn=60, fra_Latn=50, wol_Latn=30, yor_Latn=20)
    data = data_of([record_of("none", 0, scores=rows)])
    kinds = {key: group["languages"] for key, group in data["groups"].items() if group["kind"] not in ("", "language")}
    assert kinds["family: Indo-European"] == kinds["area: Eurasia"] == ["deu_Latn", "fra_Latn"]
    assert kinds["family: Atlantic-Congo"] == kinds["area: Africa"] == ["wol_Latn", "yor_Latn"]
    assert not any(key.startswith("script") for key in kinds)  # all are written in one
    assert data["scores"]["pos"]["family: Indo-European"]["mean"] == pytest.approx([0.55])
    assert data["groups"]["language: wol_Latn"]["title"] == "Wolof"


def test_features_of_a_set(record_of: Make) -> None:
    """Wolof and Yoruba are Atlantic-Congo, of Africa; German was seen; 2 and 3 seconds are the stages'."""
    trials = [record_of("three", 0, ("deu_Latn", "wol_Latn", "yor_Latn")), record_of("one", 0, ("wol_Latn",))]
    costs = {"deu_Latn": 1.0, "wol_Latn": 2.5, "yor_Latn": 4.0}
    three, one = (arm["features"] for arm in sorted(data_of(trials, costs=costs)["arms"], key=lambda a: -len(a["arm"])))
    distance = three.pop("mean_distance")
    assert three == {
        "size": 3,
        "n_families": 2,
        "n_areas": 2,
        "unseen_frac": pytest.approx(2 / 3, abs=1e-4),
        "cost": 7.5,
        "seconds": 5.0,
    }
    assert 0 < distance < 1 and one["mean_distance"] is None and one["unseen_frac"] == 1


def test_an_arm_that_draws_another_set_with_each_seed_has_no_one_set(record_of: Make) -> None:
    trials = [record_of("random", 0, ("wol_Latn",)), record_of("random", 1, ("deu_Latn",))]
    (arm,) = data_of(trials)["arms"]
    assert arm["varies"] and arm["languages"] == [] and arm["features"]["size"] is None


def test_of_a_search_the_course_and_what_is_believed(record_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [
        record_of(f"s{i}", 0, (tag,), number=i, score=s, label=f"gp #{i}", point={"realign.temperature": 0.1})
        for i, (tag, s) in enumerate((("wol_Latn", 0.3), ("yor_Latn", 0.5), ("swh_Latn", 0.4)))
    ]
    failed = record_of("s3", 0, ("deu_Latn",), number=3, status="failed", score=None, scores=(), error="x")
    data = data_of([record_of("none", 0), *asked, failed])
    (course,) = data["courses"]
    assert [trial["dev"] for trial in course["trials"]] == [0.3, 0.5, 0.4, None]
    assert [trial["names"] for trial in course["trials"]] == ["Wolof", "Yoruba", "Swahili", "German"]
    arms = {arm["arm"]: arm for arm in data["arms"]}
    assert arms["s1"]["believed"] == 0.5 and arms["s1"]["answer"] and arms["s1"]["chosen_by"]  # no model of three sets
    assert arms["none"]["believed"] is None and not arms["none"]["chosen_by"]
    monkeypatch.setattr(page, "MAX_ARMS", 2)
    few = data_of([record_of("none", 0), *asked])
    assert {arm["arm"] for arm in few["arms"]} == {"none", "s1"} and few["left_out"] == 2


def test_of_too_many_planned_arms_the_references_and_the_best_are_kept(
    record_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = [record_of(f"s{i}", 0, ("wol_Latn",), score=0.1 * i) for i in range(1, 6)]
    monkeypatch.setattr(page, "MAX_ARMS", 3)
    few = data_of([record_of("none", 0, score=0.01), *planned])
    assert [arm["arm"] for arm in few["arms"]] == ["s5", "s4", "none"] and few["left_out"] == 3
    assert len(few["scores"]["pos"]["all"]["mean"]) == 3 and few["scores"]["pos"]["all"]["change"][2] is None


def test_sweeps_side_by_side_keep_their_arms_apart(two_arms: list[TrialRecord]) -> None:
    sweeps = [SweepResults(name=name, records=two_arms, beside_others=True) for name in ("a", "b")]
    bars = [Bars(title="t", names=["x"], values=[1.0])]
    data = page_data(sweeps, "featural", bars)
    assert [arm["label"] for arm in data["arms"]] == ["a: sub", "a: none", "b: sub", "b: none"]
    assert data["scores"]["pos"]["all"]["mean"] == pytest.approx([0.44, 0.38, 0.44, 0.38])
    assert data["bars"][0]["names"] == ["x"]
