"""How dispersed a set of languages is among random sets of its size, so that sizes can be compared."""

from collections.abc import Iterable

import numpy as np

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.languages import Language
from sweep.statistics.paired import Floats


def dispersion_z(subset: Iterable[Language], distances: DistanceMatrix, pool: Iterable[Language]) -> float:
    """(sum of the pairwise distances - its mean over random sets) / its standard deviation over random sets.

    Mean and deviation are exact, over all sets of the same size from the pool, see `random_sum`.

    Raises:
        ValueError: fewer than two languages, or all of the pool; a language outside it or without distances.
    """
    chosen, drawn_from = sorted(set(subset)), sorted(set(pool))
    if strangers := sorted({*chosen, *drawn_from} - set(distances.languages)):
        raise ValueError(
            f"Dispersion needs distances of every language, but {', '.join(strangers)} has none. Load them."
        )
    if not set(chosen) <= set(drawn_from) or not 2 <= len(chosen) < len(drawn_from):
        raise ValueError(
            f"A set must be two or more languages of a larger pool, but are {len(chosen)} of {len(drawn_from)}. "
            "Take another pool."
        )
    position = {language: i for i, language in enumerate(distances.languages)}
    rows = [position[language] for language in drawn_from]
    values_LL = distances.values[np.ix_(rows, rows)]
    inside = np.isin(drawn_from, chosen)
    mean, deviation = random_sum(values_LL, len(chosen))
    return (float(values_LL[np.ix_(inside, inside)].sum()) / 2 - mean) / deviation


def random_sum(distances_LL: Floats, size: int) -> tuple[float, float]:
    """Mean and standard deviation of the sum of pairwise distances over all sets of `size` of L languages.

    The second moment sums over pairs of pairs, by how many languages two pairs have together: 2, 3 or 4 (the last needs
    a pool and a set of four).
    """
    n = len(distances_LL)
    total, squares = float(distances_LL.sum()) / 2, float((distances_LL**2).sum()) / 2
    touching = float((distances_LL.sum(axis=1) ** 2).sum()) - 2 * squares
    apart = total**2 - squares - touching
    chances = [1.0]  # that so many given languages are all in a random set
    for i in range(4):
        chances.append(chances[-1] * max(0, size - i) / (n - i) if n > i else 0.0)
    mean = total * chances[2]
    second = squares * chances[2] + touching * chances[3] + apart * chances[4]
    return mean, float(np.sqrt(max(0.0, second - mean**2)))
