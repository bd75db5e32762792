"""P@1 by hand, and score rows."""

import pytest
import torch

from trainables.evaluation.retrieval import count_retrieved
from trainables.evaluation.scores import ScoreRow, mean_score


def test_both_directions_are_counted() -> None:
    english = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    # English 0 -> other 0, 1 -> 1; English 2 ties nowhere: its best is other 0. Other 2 is nearest to English 1.
    other = torch.tensor([[5.0, 1.0], [-0.1, 2.0], [-1.0, 1.0]])
    assert count_retrieved(english, other) == (1 + 1 + 0) + (1 + 1 + 0)


def test_length_does_not_matter() -> None:
    vectors = torch.randn(8, 5, generator=torch.Generator().manual_seed(0))
    assert count_retrieved(vectors, vectors * torch.arange(1.0, 9.0).unsqueeze(1)) == 16


def row(language: str, n_correct: int, n_total: int, split: str = "dev") -> ScoreRow:
    return ScoreRow(
        task="pos",
        metric="accuracy",
        language=language,
        split=split,
        n_correct=n_correct,
        n_total=n_total,  # type: ignore[arg-type]
    )


def test_the_mean_is_over_languages_not_words() -> None:
    rows = [row("a", 1, 2), row("b", 90, 100), row("eng_Latn", 1, 1), row("a", 0, 1, "test")]
    assert mean_score(rows, "pos", "dev", without=frozenset({"eng_Latn"})) == pytest.approx(0.7)
    with pytest.raises(ValueError, match="no test score of 'ner'"):
        mean_score(rows, "ner", "test")
