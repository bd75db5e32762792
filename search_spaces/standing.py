"""Standing: where a set of languages stands among random sets of its size, under each criterion.

"More dispersed than 99 % of the sets of ten" can be compared between criteria and between sizes; a value cannot.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from search_spaces.criteria.base import Criterion
from search_spaces.languages import Language
from search_spaces.objectives.base import Floats, Ints
from search_spaces.problem import SelectionProblem
from search_spaces.published.subsets import PUBLISHED, PublishedSubset
from search_spaces.solvers.sampling import random_sets
from search_spaces.subset_space import SubsetSpace

N_RANDOM = 10_000

BATCH = 2_000
"""Sets valued in one go: objectives may hold a few matrices of set size x set size for each."""

TIE = 1e-9
"""Values that differ by less, relative to the larger, are equal: sums in another order differ by rounding."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One set under one criterion.

    Args:
        name: of the set; a random draw carries its seed ("random_langs_with_seed_5 s=42").
        size: number of languages.
        criterion: name of the criterion.
        value: what the criterion gives; larger = more of what it asks for.
        percentile: share, in percent, of the random sets with a smaller value, plus half of those with an equal one.
        random_mean, random_sd: of the random sets; the sample standard deviation.
    """

    name: str
    size: int
    criterion: str
    value: float
    percentile: float
    random_mean: float
    random_sd: float


@dataclass(frozen=True, kw_only=True, eq=False)
class NamedSet:
    """A set to be ranked: its languages, the pool it was chosen from and its anchor."""

    name: str
    languages: tuple[Language, ...]
    pool: tuple[Language, ...]
    anchor: Language | None


def published_sets(seeds: Iterable[int] = (), subsets: Iterable[PublishedSubset] | None = None) -> list[NamedSet]:
    """Named sets of the paper, in its order.

    Args:
        seeds: each random draw is taken once for each; none = random draws are left out.
        subsets: None = all of `PUBLISHED`.
    """
    named = []
    all_seeds = tuple(seeds)
    for subset in PUBLISHED.values() if subsets is None else subsets:
        draws: tuple[int | None, ...] = (None,) if subset.languages is not None else all_seeds
        for seed in draws:
            name = subset.name if seed is None else f"{subset.name} s={seed}"
            languages = subset.draw(seed).languages
            named.append(NamedSet(name=name, languages=languages, pool=subset.pool, anchor=subset.anchor))
    return named


def standing(
    sets: Iterable[NamedSet],
    criteria: Mapping[str, Criterion],
    problem: SelectionProblem,
    *,
    n_random: int = N_RANDOM,
    seed: int = 0,
) -> list[Standing]:
    """The standing of every set under every criterion: sets in the order given, criteria in theirs.

    All criteria, and all sets of one size and pool, are measured against the same random sets: uniform, without
    replacement, from the set's own pool.

    Args:
        problem: what the criteria look at; its space and anchor are replaced by those of each set, and so are its
            targets where it names none.
        n_random: random sets of each size and pool, at least 2.
        seed: of the random sets, from 0; equal arguments give equal results in every process.

    Raises:
        ValueError: fewer than two random sets, a language outside its pool, or a criterion that lacks what it needs.
    """
    if n_random < 2:
        raise ValueError(f"`n_random` must be at least 2, but is {n_random}. Raise it.")
    groups: dict[tuple[tuple[Language, ...], int], list[tuple[int, NamedSet]]] = {}
    for position, named in enumerate(sets):
        groups.setdefault((tuple(sorted(named.pool)), len(named.languages)), []).append((position, named))
    rows: dict[int, list[Standing]] = {}
    for (pool, size), members in groups.items():
        space = SubsetSpace(pool=pool, min_size=size, max_size=size)
        random_BK = np.array(random_sets(space, n_random, np.random.default_rng(seed)), dtype=np.intp)
        for anchor in sorted({named.anchor for _, named in members}, key=str):
            asked = [(position, named) for position, named in members if named.anchor == anchor]
            own = dataclasses.replace(problem, space=space, anchor=anchor)
            rows |= _standings(asked, own, criteria, random_BK)
    return [row for position in sorted(rows) for row in rows[position]]


def percentile(value: float, random_values: Floats) -> float:
    """Mid-rank of `value` among `random_values` [B], in percent: smaller ones plus half the equal ones.

    Raises:
        ValueError: no random values.
    """
    if not random_values.size:
        raise ValueError("A percentile needs random values to compare with, but got none. Draw some.")
    scale = np.maximum(np.abs(random_values), abs(value))
    with np.errstate(invalid="ignore"):  # infinite values are equal to themselves and differ from all others
        equal = (random_values == value) | (np.abs(random_values - value) <= TIE * np.where(np.isinf(scale), 0, scale))
    smaller = (random_values < value) & ~equal
    return float(100.0 * (smaller.mean() + 0.5 * equal.mean()))


def _standings(
    asked: list[tuple[int, NamedSet]], problem: SelectionProblem, criteria: Mapping[str, Criterion], random_BK: Ints
) -> dict[int, list[Standing]]:
    """Rows by position for sets of one size, pool and anchor: every criterion is bound once."""
    sets_SK = np.array([problem.space.index(named.languages) for _, named in asked], dtype=np.intp)
    rows: dict[int, list[Standing]] = {position: [] for position, _ in asked}
    for name, criterion in criteria.items():
        objective = criterion.bind(problem)
        parts = [objective.values(random_BK[start : start + BATCH]) for start in range(0, len(random_BK), BATCH)]
        random_values = np.concatenate(parts)
        mean, deviation = _mean_and_sd(random_values)
        for (position, named), value in zip(asked, objective.values(sets_SK), strict=True):
            rows[position].append(
                Standing(
                    name=named.name,
                    size=len(named.languages),
                    criterion=name,
                    value=float(value),
                    percentile=percentile(float(value), random_values),
                    random_mean=mean,
                    random_sd=deviation,
                )
            )
    return rows


def _mean_and_sd(values: Floats) -> tuple[float, float]:
    """NaN where a value is infinite: a singular set has no log-determinant to average."""
    if not np.isfinite(values).all():
        return float("nan"), float("nan")
    return float(values.mean()), float(values.std(ddof=1))
