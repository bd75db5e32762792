"""What goes with a good score: properties of sets of languages, by themselves and beside each other.

Two properties that go together cannot be told apart by looking at one of them. So each has its correlation, its slope
beside the others, and how much of it the others explain; the difference between these is the confounding.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy  # its statistics are loaded when they are first used: a second that most reports never need

from sweep.statistics.p_values import p_sampled
from sweep.statistics.paired import Floats

COLUMNS = (
    "property", "n_sets", "spearman", "spearman_p", "alone", "alone_p", "together", "together_p", "unique_r2",
    "r2", "explained_by_others",
)  # fmt: skip

N_PERMUTATIONS = 10_000
BLOCK = 500_000
"""Permuted numbers in memory at a time."""


def what_predicts(
    table: pd.DataFrame, outcome: str, properties: Sequence[str], *, n_permutations: int = N_PERMUTATIONS, seed: int = 0
) -> pd.DataFrame:
    """Least squares of a score on properties of the sets, everything standardised.

    Args:
        table: one row a set, with the columns `outcome` and `properties`; rows with a gap in one of them are left out.
        n_permutations, seed: of the p-values, which are two-sided; the observed order is counted among them. Their
            Monte-Carlo error is sqrt(p (1 - p) / n_permutations): at most 0.01, twice, with 10,000.

    Returns:
        COLUMNS, one row a property. spearman, alone (Pearson's r: the slope by itself), together (the slope beside the
        others), each with its permutation p: of the outcome for the first two, of the residuals of the others' model
        for the last (Freedman & Lane 1983). unique_r2: what R^2 loses without the property; r2: of all together.
        explained_by_others: R^2 of the property itself on the others, 0 = stands alone, 1 = cannot be told apart.

    Raises:
        ValueError: too few sets, or a column that does not vary or is a sum of the others.
    """
    complete = table[[outcome, *properties]].dropna()
    n_sets, n_properties = len(complete), len(properties)
    if n_sets < n_properties + 3:
        raise ValueError(
            f"{n_properties} properties need at least {n_properties + 3} sets, but there are {n_sets}. Add some."
        )
    for column in complete:
        if complete[column].nunique() < 2:
            raise ValueError(f"A regression needs columns that vary, but {column!r} is the same for all. Drop it.")
    y = _standardised(complete[outcome].to_numpy(dtype=float))
    X = np.column_stack([_standardised(complete[name].to_numpy(dtype=float)) for name in properties])
    if np.linalg.matrix_rank(X) < n_properties:
        raise ValueError(f"The properties {', '.join(properties)} must not determine each other, but do. Drop one.")
    orders = _orders(n_sets, n_permutations, seed)
    ranks_y = _standardised(scipy.stats.rankdata(y))
    ranks_X = np.column_stack([_standardised(scipy.stats.rankdata(column)) for column in X.T])
    by_rank, alone = _p_values(ranks_X, ranks_y, orders), _p_values(X, y, orders)
    slopes = np.linalg.lstsq(X, y, rcond=None)[0]
    r2 = 1 - float(((y - X @ slopes) ** 2).mean())
    rows = []
    for j, (name, own) in enumerate(zip(properties, beside_others(X, y, n_permutations, seed), strict=True)):
        rows.append(
            (
                name, n_sets, float(ranks_X[:, j] @ ranks_y) / n_sets, by_rank[j],
                float(X[:, j] @ y) / n_sets, alone[j],
                float(slopes[j]), own.p, r2 - own.r2_without, r2, own.explained,
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


class BesideOthers(NamedTuple):
    """p: of a property's slope beside the others, by permuting what they leave of the score. r2_without: of the others
    alone. explained: R^2 of the property itself on the others.
    """

    p: float
    r2_without: float
    explained: float


def beside_others(X: Floats, y: Floats, n_permutations: int = N_PERMUTATIONS, seed: int = 0) -> list[BesideOthers]:
    """Of each column of `X` [sets, properties], which is standardised. n_permutations, seed: see `what_predicts`."""
    y, orders, found = _standardised(y), _orders(len(y), n_permutations, seed), []
    for j in range(X.shape[1]):
        others = np.delete(X, j, axis=1)
        own, rest = _without(others, X[:, j]), _without(others, y)
        p = _p_values(own[:, None], rest, orders, others)[0]
        found.append(BesideOthers(p, 1 - float((rest**2).mean()), 1 - float((own**2).mean())))
    return found


def predictor_sentences(table: pd.DataFrame, score: str, titles: Mapping[str, str]) -> list[str]:
    """One sentence a property.

    Args:
        table: of `what_predicts`. score: what was predicted, for people. titles: property -> its name for people.
    """
    return [
        f"{titles[row.property]} and {score}, {row.n_sets} sets: slope {row.alone:+.2f} by itself "
        f"({p_sampled(row.alone_p)}), {row.together:+.2f} beside the others ({p_sampled(row.together_p)}), which "
        f"explain {100 * row.explained_by_others:.0f} % of it; rank correlation {row.spearman:+.2f}."
        for row in table.itertuples()
    ]


def _standardised(values: Floats) -> Floats:
    return (values - values.mean()) / values.std()


def _without(others: Floats, values: Floats) -> Floats:
    """What least squares on `others` [sets, properties] leaves of centred `values` [sets] or [sets, columns]."""
    if not others.shape[1]:
        return values
    basis, _ = np.linalg.qr(others)
    return values - basis @ (basis.T @ values)


@lru_cache(maxsize=1)
def _orders(n_sets: int, n_permutations: int, seed: int) -> npt.NDArray[np.int64]:
    """[permutations, sets]; a report asks for the same ones for every score and group of languages."""
    return np.random.default_rng(seed).permuted(np.tile(np.arange(n_sets), (n_permutations, 1)), axis=1)


def _p_values(X: Floats, y: Floats, orders: npt.NDArray[np.int64], others: Floats | None = None) -> list[float]:
    """Of each column of X, the share of its correlations with the permuted `y` that are as far from 0 as that with y.

    Args:
        others: [sets, properties], without which the permuted `y` is taken (Freedman and Lane: fitted values of the
            others add nothing to it); X has nothing of them.
    """
    basis = np.empty((len(y), 0)) if others is None else np.linalg.qr(others)[0]
    both = np.hstack([X, basis])
    observed = np.abs(y @ X) / np.linalg.norm(y)
    n_as_far = np.zeros(X.shape[1], dtype=np.int64)
    for part in np.array_split(orders, max(1, orders.size // BLOCK)):
        products = y[part] @ both
        squares = np.maximum(0.0, y @ y - (products[:, X.shape[1] :] ** 2).sum(axis=1, keepdims=True))
        n_as_far += (np.abs(products[:, : X.shape[1]]) >= observed * (1 - 1e-12) * np.sqrt(squares)).sum(axis=0)
    return [(int(n) + 1) / (len(orders) + 1) for n in n_as_far]
