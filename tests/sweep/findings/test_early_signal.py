"""Early signals against hand-counted values, brute force and SciPy; advice only where the data give it."""

import itertools
import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from sweep.findings.early_signal import early_signal_section, early_signals, keeping_regret, random_keeping_regret
from sweep.records.records import TrialRecord


@pytest.fixture
def searched(record_of: Callable[..., TrialRecord]) -> Callable[..., list[TrialRecord]]:
    """Finished searched trials of two tasks with the given signals (retrieval at 0.5) and final scores."""

    def make(signal: Sequence[float], final: Sequence[float]) -> list[TrialRecord]:
        return [
            record_of(
                f"search-{i:04d}", 0, number=i, score=float(score), config={"tasks": ["pos", "ner"]},
                signals=(
                    {"name": "retrieval_so_far", "at": 0.5, "value": float(value)},
                    {"name": "score_so_far", "at": 1.0, "value": float(score) / 2},
                    {"name": "score_so_far", "at": 2.0, "value": float(score)},
                ),
            )
            for i, (value, score) in enumerate(zip(signal, final, strict=True))
        ]  # fmt: skip

    return make


def test_regret_of_keeping_by_hand() -> None:
    signal, final = np.array([0.1, 0.9, 0.5, 0.4]), np.array([0.8, 0.3, 0.6, 0.7])
    assert keeping_regret(signal, final, 1) == pytest.approx(0.5)  # 0.9 keeps the score 0.3
    assert keeping_regret(signal, final, 2) == pytest.approx(0.2)
    assert keeping_regret(signal, final, 4) == 0


def test_regret_at_random_is_the_mean_over_all_choices() -> None:
    final = np.random.default_rng(0).random(7)
    for n_kept in (1, 3, 7):
        every = [final.max() - final[list(kept)].max() for kept in itertools.combinations(range(7), n_kept)]
        assert random_keeping_regret(final, n_kept) == pytest.approx(np.mean(every))


def test_correlations_agree_with_scipy_and_lie_in_their_interval(
    searched: Callable[..., list[TrialRecord]],
) -> None:
    generator = np.random.default_rng(1)
    final = generator.random(30)
    signal = np.round(final + 0.3 * generator.random(30), 1)  # with ties
    found = {(one.name, one.at): one for one in early_signals(searched(signal, final))}
    assert sorted(found) == [("retrieval_so_far", 0.5), ("score_so_far", 1.0)]  # the last mean is the score itself
    one = found["retrieval_so_far", 0.5]
    assert one.spearman.value == pytest.approx(spearmanr(signal, final).statistic)
    assert one.spearman.low < one.spearman.value < one.spearman.high <= 1
    assert one.kendall.value == pytest.approx(kendalltau(signal, final).statistic)
    assert one.kendall.low < one.kendall.value < one.kendall.high <= 1
    assert found["score_so_far", 1.0].spearman.value == pytest.approx(1.0)


def test_another_bootstrap_seed_moves_no_interval_by_half_of_what_is_shown(
    searched: Callable[..., list[TrialRecord]],
) -> None:
    """One decimal is shown; the Monte-Carlo error of an end must be far below it."""
    generator = np.random.default_rng(4)
    final = generator.random(40)
    records = searched(final + generator.random(40), final)
    ends = np.array(
        [
            [one.spearman.low, one.spearman.high, one.kendall.low, one.kendall.high]
            for one in (early_signals(records, seed=seed)[0] for seed in range(4))
        ]
    )
    assert np.ptp(ends, axis=0).max() < 0.02
    shown = early_signal_section(records)
    assert shown is not None
    assert re.search(r"rank correlation 0\.\d \[-?0\.\d, 0\.\d\],", shown.points[0])


def test_advice_is_given_only_where_the_interval_supports_it(searched: Callable[..., list[TrialRecord]]) -> None:
    generator = np.random.default_rng(2)
    final = generator.random(40)
    good = early_signals(searched(final + 0.1 * generator.random(40), final))[0]
    assert good.supported and "is supported" in good.sentence
    noise = early_signals(searched(generator.random(40), final))[0]
    assert not noise.supported and "not recommended" in noise.sentence
    few = early_signals(searched(final[:8], final[:8]))[0]
    assert few.spearman.value == pytest.approx(1.0)
    assert not few.supported and "too few" in few.sentence
    flat = early_signals(searched(np.full(20, 0.5), final[:20]))[0]
    assert not flat.supported and "hardly differs" in flat.sentence


def test_noise_is_seldom_recommended(searched: Callable[..., list[TrialRecord]]) -> None:
    generator = np.random.default_rng(3)
    wrong = [early_signals(searched(generator.random(15), generator.random(15)))[0].supported for _ in range(6)]
    assert sum(wrong) == 0


def test_arms_repeats_and_stopped_trials_do_not_count(
    searched: Callable[..., list[TrialRecord]], record_of: Callable[..., TrialRecord]
) -> None:
    signals = ({"name": "retrieval_so_far", "at": 0.5, "value": 0.9},)
    records = searched(np.arange(12) / 20, np.arange(12) / 20)
    more = [
        record_of("none", 0, signals=signals),
        record_of("search-0003", 1, number=12, score=0.1, signals=signals),
        record_of("search-0013", 0, number=13, score=None, scores=(), status="stopped", signals=signals),
    ]
    assert early_signals(records + more)[0] == early_signals(records)[0]
    section = early_signal_section(records + more)
    assert section is not None and "1 trials were stopped early" in section.tables[0].note
    assert early_signal_section([record_of("none", 0)]) is None


def test_the_section_has_a_row_and_a_sentence_a_signal(searched: Callable[..., list[TrialRecord]]) -> None:
    section = early_signal_section(searched(np.arange(12) / 20, np.arange(12) / 20))
    assert section is not None
    (table,) = section.tables
    assert all(len(row) == len(table.header) == 6 for row in table.rows) and len(section.points) == len(table.rows)
    assert table.rows[0][:3] == ["retrieval_so_far at realigned_frac = 0.5", "12", "1.0 [1.0, 1.0]"]
