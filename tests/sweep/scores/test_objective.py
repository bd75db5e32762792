"""What a search is told: the mean of the main metrics in the languages that count."""

from dataclasses import replace

import pytest

from sweep.scores.objective import objective
from tests.sweep.known_world import POOL, SCORED, Record, World
from trainables.evaluation.scores import ScoreRow, mean_score


def test_the_objective_with_all_languages_is_the_trials_own_score() -> None:
    made = [("deu_Latn", "", 3), ("deu_Latn", "gsd", 5), ("wol_Latn", "", 2), ("eng_Latn", "", 9)]
    rows = [
        ScoreRow(
            task=task, metric=metric, language=language, split=split, n_correct=n + extra, n_total=20, source=source
        )
        for task, metric, extra in (("pos", "accuracy", 0), ("ner", "f1", 4), ("ner", "recall", 9))
        for language, source, n in made
        for split in ("dev", "test")
    ]  # fmt: skip
    own = mean_score(rows, {"pos": "accuracy", "ner": "f1"}, "dev", without={"eng_Latn"})
    # PoS: German 4, Wolof 2 of 20; NER: four more each
    assert objective(rows, ("pos", "ner"), ("deu_Latn", "wol_Latn")) == own == pytest.approx((3 + 7) / 2 / 20)
    # German alone: (3 + 5) / 2 of 20, and (7 + 9) / 2 of 20
    assert objective(rows, ("pos", "ner"), ("deu_Latn",)) == pytest.approx((0.2 + 0.4) / 2)
    with pytest.raises(ValueError, match="pos, ner has none"):
        objective(rows, ("pos", "ner"), ("swh_Latn",))


def test_the_objective_never_sees_test_scores_or_held_out_languages(record_of: Record) -> None:
    record = World(record_of, 0, 0.01).trial("search-0000", 0, POOL[:3], 0)
    hidden = [
        replace(row, n_correct=0) if row.split == "test" or row.language not in SCORED[::2] else row
        for row in record.scores
    ]
    assert objective(record.scores, ("pos",), SCORED[::2]) == objective(hidden, ("pos",), SCORED[::2])
