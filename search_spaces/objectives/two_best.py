"""The two largest numbers of each column: what remains when one row leaves is then known without another search.

The idea of FastPAM (Schubert, Rousseeuw 2019, "Faster k-medoids clustering", SISAP), used by every objective that
looks at the nearest member. Shapes: K rows (members), N columns.
"""

import numpy as np

from search_spaces.objectives.base import Floats, Ints


def two_largest(rows_KN: Floats) -> tuple[Floats, Ints, Floats]:
    """([N] largest, [N] the row that holds it - the first of equals -, [N] second largest; -inf with a single row)."""
    columns = np.arange(rows_KN.shape[1])
    holder = rows_KN.argmax(axis=0)
    others = rows_KN.copy()
    others[holder, columns] = -np.inf
    return rows_KN[holder, columns], holder, others.max(axis=0)


def largest_without_each(rows_KN: Floats) -> Floats:
    """[K, N]: the largest number of each column when row k is left out; -inf with a single row."""
    largest, holder, second = two_largest(rows_KN)
    return np.where(holder[None, :] == np.arange(len(rows_KN))[:, None], second[None, :], largest[None, :])


def smallest_without_each(rows_KN: Floats) -> Floats:
    """[K, N]: the smallest number of each column when row k is left out; inf with a single row."""
    return -largest_without_each(-rows_KN)
