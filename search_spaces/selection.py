"""Selection: the subset of a pool that a criterion judges best, or a random one.

A deterministic criterion is maximised greedily, from each language as the first one (a single start often misses the
best small set), then by exchanging one member of the best result for one outsider until no exchange helps: a
swap-optimum, not always the best of all. Equal candidates are decided by the alphabetical order of the tags, so the
same arguments give the same subset in every process and on every machine.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from search_spaces.criteria import CRITERIA
from search_spaces.criteria.base import Criterion
from search_spaces.distances import DistanceMatrix
from search_spaces.languages import ENGLISH, Language
from search_spaces.subsets import LanguageSubset

TIE = 1e-9
"""Scores that differ by less are equal: sums of distances in another order differ by rounding."""


def select_subset(
    pool: Iterable[Language],
    size: int,
    criterion: str,
    distances: DistanceMatrix | None = None,
    anchor: Language | None = ENGLISH,
    seed: int | None = None,
) -> LanguageSubset:
    """Chooses `size` languages of the pool.

    Args:
        pool: the languages to choose from, in any order; repetitions are dropped.
        size: how many, from 1 to all; the anchor is not counted.
        criterion: a name in the table CRITERIA.
        distances: needed by "max-sum" and "min-sum"; must cover the pool and the anchor.
        anchor: a language that belongs to every subset without being chosen or listed, so that distances to it count
            (English is one side of every sentence pair); None for none. Without meaning for "random".
        seed: from 0, of numpy's default generator; for "random" only, and required there.

    Raises:
        ValueError: an impossible size, an unknown criterion, a seed where none has a meaning or none where one is
            needed, the anchor inside the pool, or distances that are missing or lack a language.
    """
    candidates = sorted(set(pool))
    chosen_by = CRITERIA[criterion]
    _check_size(size, len(candidates))
    _check_seed(criterion, chosen_by, seed)
    if anchor in candidates:
        raise ValueError(
            f"The anchor must not be in the pool (it belongs to every subset), but {anchor} is. "
            "Take it out of the pool."
        )
    if seed is not None:
        picked = np.random.default_rng(seed).choice(len(candidates), size, replace=False)
        return LanguageSubset(tuple(candidates[i] for i in picked), criterion, seed)
    if chosen_by.needs_distances:
        _check_distances(criterion, distances, candidates, anchor)
    starts = [_grow(chosen_by, candidates, first, size, distances, anchor) for first in candidates]
    subset, _ = _best(chosen_by, starts, distances, anchor)
    return LanguageSubset(_exchange(chosen_by, candidates, subset, distances, anchor), criterion)


def _grow(
    criterion: Criterion,
    candidates: Sequence[Language],
    first: Language,
    size: int,
    distances: DistanceMatrix | None,
    anchor: Language | None,
) -> tuple[Language, ...]:
    """Adds to the first language the one that helps most, until there are `size`; the result is sorted."""
    subset: tuple[Language, ...] = (first,)
    while len(subset) < size:
        options = [(*subset, language) for language in candidates if language not in subset]
        subset, _ = _best(criterion, options, distances, anchor)
    return tuple(sorted(subset))


def _exchange(
    criterion: Criterion,
    candidates: Sequence[Language],
    subset: tuple[Language, ...],
    distances: DistanceMatrix | None,
    anchor: Language | None,
) -> tuple[Language, ...]:
    """Makes the best exchange of one member for one outsider until none improves the score."""
    score = criterion.score(subset, distances, anchor)
    while len(subset) < len(candidates):
        outsiders = [language for language in candidates if language not in subset]
        options = [tuple(sorted({*subset} - {member} | {outsider})) for member in subset for outsider in outsiders]
        option, option_score = _best(criterion, options, distances, anchor)
        if option_score <= score + TIE:
            break
        subset, score = option, option_score
    return subset


def _best(
    criterion: Criterion,
    options: Sequence[tuple[Language, ...]],
    distances: DistanceMatrix | None,
    anchor: Language | None,
) -> tuple[tuple[Language, ...], float]:
    """The option with the largest score, and that score; of those that are equal, the first in alphabetical order."""
    scores = [criterion.score(option, distances, anchor) for option in options]
    largest = max(scores)
    tied = [number for number, score in enumerate(scores) if score >= largest - TIE]
    first = min(tied, key=lambda number: sorted(options[number]))
    return options[first], scores[first]


def _check_size(size: int, n_candidates: int) -> None:
    if size < 1:
        raise ValueError(
            f"`size` must be at least 1, but is {size}. For no realignment use LanguageSubset((), 'none')."
        )
    if size > n_candidates:
        raise ValueError(
            f"`size` must be at most {n_candidates} (languages in the pool), but is {size}. Lower it or widen the pool."
        )


def _check_seed(name: str, criterion: Criterion, seed: int | None) -> None:
    if criterion.uses_seed and seed is None:
        raise ValueError(f"The criterion {name!r} needs a seed, but got none. Give `seed` a whole number from 0.")
    if not criterion.uses_seed and seed is not None:
        raise ValueError(
            f"The criterion {name!r} is deterministic and takes no seed, but got {seed}. Leave `seed` out."
        )
    if seed is not None and seed < 0:
        raise ValueError(f"`seed` must be at least 0, but is {seed}. Choose another one.")


def _check_distances(
    name: str, distances: DistanceMatrix | None, candidates: Sequence[Language], anchor: Language | None
) -> None:
    if distances is None:
        raise ValueError(
            f"The criterion {name!r} needs distances, but got none. "
            "Pass `distances`, for example `angular(load_uriel(...))`."
        )
    distances.block([*candidates] if anchor is None else [*candidates, anchor])  # names what is lacking
