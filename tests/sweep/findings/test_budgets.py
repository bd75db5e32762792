"""What a budget buys: the mean of random sets of a size, and what a criterion chose, in worlds that are known."""

from collections.abc import Callable

import numpy as np
import pytest

from sweep.findings.budgets import RANDOM, budgets
from sweep.findings.budgets_section import budgets_section
from sweep.records.records import TrialRecord
from sweep.scores.frame import score_frame
from sweep.statistics.comparisons import compare
from tests.sweep.known_world import POOL, World

Record = Callable[..., TrialRecord]
SEEDS = (0, 1, 2)


def sweep_of(record_of: Record) -> list[TrialRecord]:
    """Six random pairs, worth 1 to 6 points, five random threes, worth 8 points each, and what a criterion chose."""
    pairs = [(POOL[i], POOL[i + 1]) for i in range(6)]
    threes = [(POOL[i], POOL[i + 1], POOL[i + 2]) for i in range(5)]
    gains = {pair: (i + 1) / 100 for i, pair in enumerate(pairs)} | dict.fromkeys(threes, 0.08)
    gains[(POOL[0], POOL[8])] = 0.05
    gains[tuple(sorted(POOL))] = 0.10
    world = World(record_of, 0, 0.004, gains)
    arms = [("none", (), "none"), ("full", tuple(sorted(POOL)), "full"), ("max-sum-2", (POOL[0], POOL[8]), "max-sum")]
    arms += [(f"random-2-s{i}", pair, RANDOM) for i, pair in enumerate(pairs)]
    arms += [(f"random-3-s{i}", three, RANDOM) for i, three in enumerate(threes)]
    arms += [("listed", (POOL[3], POOL[7]), "given")]
    return [world.trial(arm, seed, tags, criterion=criterion) for arm, tags, criterion in arms for seed in SEEDS]


def test_random_sets_stand_for_their_size_by_their_mean(record_of: Record) -> None:
    records = sweep_of(record_of)
    found = {(one.size, one.n_sets > 1): one for one in budgets(records, groups=["all"])}
    assert sorted(found) == [(2, False), (2, True), (3, True)]  # neither `listed` nor `full`
    pair, three = found[2, True], found[3, True]
    assert (pair.n_sets, three.n_sets) == (6, 5)
    frame = score_frame(records)
    each = [compare(frame, f"random-2-s{i}", "none", task="pos", metric="accuracy").difference for i in range(6)]
    assert pair.over["none"].difference == pytest.approx(np.mean(each))
    assert pair.over["none"].difference == pytest.approx(0.035, abs=0.004)
    assert three.over["full"].difference == pytest.approx(-0.02, abs=0.006)
    assert pair.sd == pytest.approx(np.std([1, 2, 3, 4, 5, 6], ddof=1) / 100, abs=0.004)
    assert found[2, False].over[RANDOM].difference == pytest.approx(0.015, abs=0.006)
    assert {one.n_comparisons for budget in found.values() for one in budget.over.values()} == {7}


def test_it_is_a_section_whose_lead_says_what_a_size_costs(record_of: Record) -> None:
    section = budgets_section(sweep_of(record_of))
    assert section is not None and section.tables[0].rows[0][2:4] == ["2", "6 random"]
    assert "with 2" in section.lead and "with 3" in section.lead and "of 2 comparisons" in section.lead


def test_few_random_sets_do_not_stand_for_a_size(record_of: Record) -> None:
    few = [record for record in sweep_of(record_of) if not record.arm.startswith("random-3")]
    assert {one.size for one in budgets(few)} == {2}
    assert budgets([record for record in few if record.arm not in ("random-2-s0", "random-2-s1")]) == []
