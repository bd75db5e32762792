"""All scores as a tidy frame."""

from collections.abc import Callable
from typing import Any

import pytest

from sweep.records.records import TrialRecord
from sweep.scores.frame import score_frame


def test_a_test_set_scored_twice_is_refused(
    record_of: Callable[..., TrialRecord], score: Callable[..., dict[str, Any]]
) -> None:
    twice = (score("pos", "deu_Latn", "test", 50), score("pos", "deu_Latn", "test", 60))
    with pytest.raises(ValueError, match="deu_Latn has 2 test scores of pos in none-seed0"):
        score_frame([record_of("none", 0, scores=twice)])
