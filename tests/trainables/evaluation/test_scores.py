"""Averages over languages: a language counts once, whatever the number of its test sets."""

from typing import Any

import pytest

from trainables.evaluation.scores import ScoreRow, Scores, language_scores, mean_score


def row(language: str, n_correct: int, n_total: int, **other: Any) -> ScoreRow:
    fields = {"task": "ner", "metric": "f1", "split": "dev", **other}
    return ScoreRow(language=language, n_correct=n_correct, n_total=n_total, **fields)


def test_two_test_sets_of_a_language_count_once() -> None:
    rows = [
        row("kin_Latn", 10, 10),
        row("kin_Latn", 0, 1000, source="panx"),
        row("yor_Latn", 1, 2),
        row("eng_Latn", 1, 1),
    ]
    assert language_scores(rows, "ner", "f1", "dev") == {"kin_Latn": 0.5, "yor_Latn": 0.5, "eng_Latn": 1.0}
    assert mean_score(rows, {"ner": "f1"}, "dev", without={"eng_Latn"}) == pytest.approx(0.5)
    assert mean_score(rows, {"ner": "f1"}, "dev", languages={"eng_Latn", "kin_Latn"}) == pytest.approx(0.75)
    assert mean_score(rows, {"ner": "f1"}, "dev") == pytest.approx(2 / 3)


def test_tasks_count_the_same_whatever_their_number_of_languages() -> None:
    rows = [row("kin_Latn", 1, 4), row("yor_Latn", 3, 4), row("deu_Latn", 1, 1, task="pos", metric="accuracy")]
    assert mean_score(rows, {"ner": "f1", "pos": "accuracy"}, "dev") == pytest.approx((0.5 + 1) / 2)


def test_a_test_set_with_nothing_to_score_has_no_score() -> None:
    rows = [row("kin_Latn", 1, 4), row("kin_Latn", 0, 0, source="panx"), row("yor_Latn", 0, 0)]
    assert mean_score(rows, {"ner": "f1"}, "dev") == 0.25
    with pytest.raises(ValueError, match="dev score in a language that counts, but 'ner' has none"):
        mean_score(rows[2:], {"ner": "f1"}, "dev")


def test_one_metric_is_averaged() -> None:
    rows = [row("kin_Latn", 1, 4), row("kin_Latn", 1, 2, metric="precision"), row("kin_Latn", 1, 8, split="test")]
    assert mean_score(rows, {"ner": "f1"}, "dev") == 0.25
    assert mean_score(rows, {"ner": "precision"}, "dev") == 0.5
    assert mean_score(rows, {"ner": "f1"}, "test") == 0.125
    with pytest.raises(ValueError, match="must have a dev score in a language that counts, but 'pos' has none"):
        mean_score(rows, {"pos": "accuracy"}, "dev")


def test_a_row_survives_plain_data_and_old_rows_have_the_main_source() -> None:
    plain = row("kin_Latn", 1, 4, source="panx").as_dict()
    assert plain["value"] == 0.25
    assert ScoreRow.from_dict(plain) == row("kin_Latn", 1, 4, source="panx")
    del plain["source"]
    assert ScoreRow.from_dict(plain).source == ""


ROWS = (
    row("kin_Latn", 1, 4, source="panx", n_cut=3), row("kin_Latn", 3, 4), row("yor_Latn", 0, 0),
    row("yor_Latn", 1, 2, split="test"), row("deu_Latn", 1, 3, task="pos", metric="accuracy"),
)  # fmt: skip


def test_columns_hold_the_rows_and_average_them_alike() -> None:
    scores = Scores.of_rows(ROWS)
    assert scores == ROWS and ROWS == scores and scores != ROWS[1:] and scores[1:3] == ROWS[1:3]
    for task, metric, split in (("ner", "f1", "dev"), ("ner", "f1", "test"), ("pos", "accuracy", "dev")):
        assert language_scores(scores, task, metric, split) == language_scores(ROWS, task, metric, split)
    again = Scores.from_dicts([one.as_dict() for one in ROWS])
    assert again == ROWS and again.of is scores.of  # trials of the same test sets share them
    assert Scores.of_rows(()) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"split": "train"}, {"task": 3}, {"language": ["deu"]}, {"n_correct": 5}, {"n_total": True}, {"n_cut": -1},
        {"n_cut": 1.0}, {"value": 0.9}, {"value": float("nan")}, {"value": "0.25"}, {"more": 1}, {"n_total": 2**60},
    ],
)  # fmt: skip
def test_a_row_that_is_none_is_refused_among_others_too(change: dict[str, Any]) -> None:
    plain = [one.as_dict() for one in ROWS]
    plain[0] |= change
    with pytest.raises(ValueError, match="A score must"):
        ScoreRow.from_dict(plain[0])
    with pytest.raises(ValueError, match="A score must"):
        Scores.from_dicts(plain)


def test_rows_with_and_without_later_fields_are_read_together() -> None:
    plain = [one.as_dict() for one in ROWS]
    del plain[1]["source"], plain[2]["n_cut"], plain[3]["value"]
    assert Scores.from_dicts(plain) == ROWS
