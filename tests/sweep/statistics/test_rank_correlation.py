"""Rank correlations: scipy's, with intervals that hold the truth of a known distribution, and between seeds by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from sweep.statistics.rank_correlation import N_BOOTSTRAP, Interval, retest, spearman, spearman_interval


def test_rows_are_correlated_as_by_scipy_ties_included() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 5, (20, 9)).astype(float), rng.normal(size=(20, 9))
    expected = [stats.spearmanr(a, b).statistic for a, b in zip(x, y, strict=True)]
    assert spearman(x, y) == pytest.approx(expected)
    assert math.isnan(spearman(np.ones((1, 4)), np.arange(4.0)[None])[0])


def test_an_interval_is_around_its_estimate_and_undefined_where_nothing_varies() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=40)
    found = spearman_interval(x, x + rng.normal(size=40))
    assert found.low < found.value < found.high
    assert 6 / np.pi * np.arcsin(0.5 / np.sqrt(2)) == pytest.approx(0.69, abs=0.01)  # of this normal pair, r = 0.71
    assert found.low < 0.69 < found.high
    assert all(math.isnan(number) for number in spearman_interval(np.ones(8), x[:8]))
    assert Interval.of(0.5, np.array([0.0, math.nan, 1.0])).high == pytest.approx(0.975)


def test_retest_by_hand() -> None:
    """Ranks 1 2 3, 1 3 2, 3 2 1: 0.5, -1 and -0.5."""
    scores = np.array([[1.0, 2.0, 3.0], [1.0, 3.0, 2.0], [3.0, 2.0, 1.0]])
    assert retest(scores) == pytest.approx((0.5 - 1 - 0.5) / 3)
    assert retest(scores[:1]) is None


def test_an_interval_is_that_of_ranking_each_sample_ties_included() -> None:
    x, y = np.array([3.0, 1.0, 1.0, 2.0, 5.0, 3.0, 0.0]), np.array([1.0, 0.5, 2.0, 2.0, 4.0, 4.0, 4.0])
    rows = np.random.default_rng(0).integers(len(x), size=(N_BOOTSTRAP, len(x)))
    expected = Interval.of(float(spearman(x[None], y[None])[0]), spearman(x[rows], y[rows]))
    assert spearman_interval(x, y) == expected
