"""Corrections for many comparisons: adjusted p-values, in the order given."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm 1979, "A simple sequentially rejective multiple test procedure": the chance of any false claim.

    Raises:
        ValueError: a value outside [0, 1].
    """
    p, order = _ranked(p_values)
    return _in_order(np.minimum(1.0, np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))), order)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Benjamini & Hochberg 1995, "Controlling the false discovery rate": the expected share of false claims.

    Raises:
        ValueError: a value outside [0, 1].
    """
    p, order = _ranked(p_values)
    scaled = p[order] * len(p) / (np.arange(len(p)) + 1)
    return _in_order(np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1]), order)


def _ranked(p_values: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    p = np.asarray(p_values, dtype=float)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(
            f"A p-value must be from 0 to 1, but the least is {p.min()} and the largest {p.max()}. Check them."
        )
    return p, np.argsort(p, kind="stable")


def _in_order(sorted_values: np.ndarray, order: np.ndarray) -> list[float]:
    values = np.empty_like(sorted_values)
    values[order] = sorted_values
    return [float(value) for value in values]


CORRECTIONS: Mapping[str, Callable[[Sequence[float]], list[float]]] = {"holm": holm, "bh": benjamini_hochberg}
"""By name; the titles for sentences are in `sentences.CORRECTION_TITLES`."""
