"""Rank correlations with bootstrap intervals: percentiles over items drawn with replacement (Efron & Tibshirani 1993,
"An Introduction to the Bootstrap", section 13.3).
"""

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
import scipy  # its statistics are loaded when they are first used: a second that most reports never need

from sweep.statistics.paired import Floats

N_BOOTSTRAP = 10_000
"""With so many another seed moves the ends of an interval by less than 0.02."""

LEVEL = 0.95


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
    rows = np.random.default_rng(seed).integers(len(x), size=(N_BOOTSTRAP, len(x)))
    return Interval.of(float(spearman(x[None], y[None])[0]), spearman(x[rows], y[rows]))


def retest(scores_SA: Floats) -> float | None:
    """Mean rank correlation between two seeds of the same items [seeds, items]: how much of a rank is not luck.

    None for fewer than two seeds.
    """
    pairs = list(combinations(scores_SA, 2))
    return float(np.mean([spearman(x[None], y[None])[0] for x, y in pairs])) if pairs else None
