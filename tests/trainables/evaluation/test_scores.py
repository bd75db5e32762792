"""Averages over languages: a language counts once, whatever the number of its test sets."""

from typing import Any

import pytest

from trainables.evaluation.scores import ScoreRow, language_scores, mean_score


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
