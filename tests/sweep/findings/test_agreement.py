"""Do the scores agree on sets: worlds in which they share the sets' worth, or only the luck of trials."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sweep.findings.agreement import agreement_section, agreements
from sweep.records.records import TrialRecord
from tests.sweep.known_world import POOL

Record = Callable[..., TrialRecord]


def world(
    record_of: Record, score: Callable[..., dict[str, Any]], *, worth: float, luck: float, n_sets: int = 30
) -> list[TrialRecord]:
    """Pairs with three seeds, scored in two tasks on two languages: both get the set's worth and the trial's luck."""
    rng = np.random.default_rng(0)
    pairs = [(one, other) for i, one in enumerate(POOL) for other in POOL[i + 1 :]][:n_sets]
    records = []
    for i, pair in enumerate(pairs):
        of_set = rng.normal()
        for seed in range(3):
            of_trial = rng.normal()
            value = 50_000 + 1000 * (worth * of_set + luck * of_trial)
            scores = [
                score(task, tag, "test", round(value + 300 * rng.normal()), 100_000)
                for task in ("pos", "retrieval")
                for tag in ("deu_Latn", "wol_Latn")
            ]
            records.append(record_of(f"pair-{i}", seed, pair, scores=scores))
    return records


def test_scores_that_share_the_worth_of_sets_agree_across_seeds(
    record_of: Record, score: Callable[..., dict[str, Any]]
) -> None:
    (one,) = agreements(world(record_of, score, worth=2.0, luck=0.0))
    assert (one.tasks, one.size, one.n_sets, one.n_seeds) == (("pos", "retrieval"), 2, 30, 3)
    assert one.correlation.low > 0.8 and one.across == pytest.approx(np.mean(one.retests), abs=0.05)


def test_scores_that_share_the_luck_of_trials_do_not(record_of: Record, score: Callable[..., dict[str, Any]]) -> None:
    (one,) = agreements(world(record_of, score, worth=0.0, luck=2.0))
    assert one.correlation.low > 0.8 and abs(one.across) < 0.3 and max(map(abs, one.retests)) < 0.3
    section = agreement_section(world(record_of, score, worth=0.0, luck=2.0))
    assert section is not None and section.lead.startswith("Rank correlation: PoS accuracy and Retrieval P@1 +0.9")


def test_few_sets_say_nothing(record_of: Record, score: Callable[..., dict[str, Any]]) -> None:
    assert agreements(world(record_of, score, worth=1.0, luck=1.0, n_sets=7)) == []
