"""Rank correlations with bootstrap intervals: percentiles over items drawn with replacement (Efron & Tibshirani 1993,
"An Introduction to the Bootstrap", section 13.3).
"""

import math
from collections.abc import Sequence
from itertools import combinations, combinations_with_replacement
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy  # its statistics are loaded when they are first used: a second that most reports never need

from sweep.statistics.paired import Floats

N_BOOTSTRAP = 10_000
"""With so many another seed moves the ends of an interval by less than 0.02."""

LEVEL = 0.95
BLOCK = 500_000
"""Drawn numbers in memory at a time."""


class Interval(NamedTuple):
    """An estimate with its 95 % bootstrap interval; NaN where it is not defined (all items equal)."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.2f} [{self.low:+.2f}, {self.high:+.2f}]"

    @classmethod
    def of(cls, value: float, drawn: Floats) -> "Interval":
        """Percentiles of `drawn`, its values in bootstrap samples; those that are not defined (NaN) do not count."""
        defined = drawn[~np.isnan(drawn)]
        if math.isnan(value) or not len(defined):
            return cls(math.nan, math.nan, math.nan)
        low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return cls(value, float(low), float(high))


def spearman(x: Floats, y: Floats) -> Floats:
    """Of each row of [B, n] and [B, n]; NaN where a row does not vary."""
    ranks = [scipy.stats.rankdata(values, axis=1) for values in (x, y)]
    centred = [values - values.mean(axis=1, keepdims=True) for values in ranks]
    norm = np.sqrt((centred[0] ** 2).sum(axis=1) * (centred[1] ** 2).sum(axis=1))
    product = (centred[0] * centred[1]).sum(axis=1)
    correlation: Floats = np.divide(product, norm, out=np.full(len(norm), np.nan), where=norm > 0)
    return correlation


def spearman_interval(x: Floats, y: Floats, seed: int = 0) -> Interval:
    """Of [n] and [n]. seed: of the bootstrap."""
    value, n = float(spearman(x[None], y[None])[0]), len(x)
    rows = np.random.default_rng(seed).integers(n, size=(N_BOOTSTRAP, n))
    if math.isnan(value):
        return Interval.of(value, np.array([]))
    order = [(np.argsort(values, kind="stable"), *np.unique(values, return_inverse=True)[1:]) for values in (x, y)]
    parts = np.array_split(rows, max(1, rows.size // BLOCK))
    return Interval.of(value, np.concatenate([_spearman_of_drawn(part, order) for part in parts]))


def _spearman_of_drawn(
    rows: npt.NDArray[np.int64], orders: Sequence[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]
) -> Floats:
    """`spearman` of x[rows] and y[rows], [B, n]: the ranks follow from how often each item was drawn, without sorting.

    Args:
        orders: of x and y: their order, and for each item which of the different values it has.
    """
    n_drawn, n = rows.shape
    counts = np.bincount((rows + np.arange(n_drawn)[:, None] * n).ravel(), minlength=n_drawn * n)
    counts_BN = counts.reshape(n_drawn, n).astype(float)
    centred = []
    for order, value in orders:
        starts = np.searchsorted(value[order], np.arange(value.max() + 1))
        ties = np.add.reduceat(counts_BN[:, order], starts, axis=1)
        ranks = np.cumsum(ties, axis=1) - (ties - 1) / 2
        centred.append(ranks[:, value] - (n + 1) / 2)
    products = [(counts_BN * one * other).sum(axis=1) for one, other in combinations_with_replacement(centred, 2)]
    norm = np.sqrt(products[0] * products[2])
    correlation: Floats = np.divide(products[1], norm, out=np.full(n_drawn, np.nan), where=norm > 0)
    return correlation


def retest(scores_SA: Floats) -> float | None:
    """Mean rank correlation between two seeds of the same items [seeds, items]: how much of a rank is not luck.

    None for fewer than two seeds.
    """
    pairs = list(combinations(scores_SA, 2))
    return float(np.mean([spearman(x[None], y[None])[0] for x, y in pairs])) if pairs else None
