"""Four trials for the reports; their scores are in `test_whole_report.py`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.languages import ENGLISH
from sweep.records.records import TrialRecord
from tests.sweep.reports.drawn_languages import POOL

Make = Callable[..., TrialRecord]


PERCENT = {
    ("none", 0): (60, 50, 30, 20), ("none", 1): (62, 50, 32, 24),
    ("sub", 0): (60, 51, 40, 24), ("sub", 1): (60, 51, 46, 26),
}  # fmt: skip


@pytest.fixture
def records(record_of: Make, pos_scores: Callable[..., Any]) -> list[TrialRecord]:
    return [
        record_of(
            arm, seed, ("wol_Latn",) if arm == "sub" else (), score=0.4 if arm == "sub" else 0.3,
            seen_languages=("deu_Latn", "eng_Latn", "fra_Latn"),
            scores=pos_scores(eng_Latn=90, deu_Latn=deu, fra_Latn=fra, wol_Latn=wol, yor_Latn=yor),
        )
        for (arm, seed), (deu, fra, wol, yor) in PERCENT.items()
    ]  # fmt: skip


@pytest.fixture(scope="module")
def distances():
    """Random distances of the pool and English."""
    upper = np.triu(np.random.default_rng(0).uniform(0.2, 0.8, (len(POOL) + 1, len(POOL) + 1)), 1)
    return DistanceMatrix((*POOL, ENGLISH), upper + upper.T)
