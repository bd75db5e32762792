"""Random feasible sets, and random sets that are nearly as good as the best.

All are functions of their generator alone. `random_sets` draws a size, then a set of that size, uniformly; where the
rules leave so few sets that drawing misses, a long walk of exchanges takes over. `near_optimal` walks uniformly among
the sets above a value that are linked by single exchanges.
"""

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.solvers.integer import feasible_set
from search_spaces.subset_space import Rows, SubsetSpace

MAX_DRAWS_PER_SET = 200
"""Below one feasible set in so many draws the walk takes over."""

N_KEYS = 4_000_000
"""Random numbers drawn at once: those of thousands of languages do not all fit."""

N_WALKS, N_STARTS = 512, 16
"""Walks side by side, and how many different sets they begin at."""

STEPS_PER_MEMBER = 20
"""Exchanges a member between two sets of a walk: each member is replaced many times."""


def random_sets(
    space: SubsetSpace, n_sets: int, generator: np.random.Generator, size: int | None = None
) -> tuple[Ints, ...]:
    """`n_sets` independent feasible sets (sorted candidate numbers), of one size when it is given.

    Raises:
        ValueError: no set keeps all rules.
    """
    found: list[Ints] = []
    n_drawn = 0
    while len(found) < n_sets:
        batch = min(4_096, 2 * (n_sets - len(found)) + 16)
        found += _drawn(space, batch, generator, size)
        n_drawn += batch
        if n_drawn > MAX_DRAWS_PER_SET * (len(found) + 10):
            return _walked(space, n_sets, generator, size)
    return tuple(found[:n_sets])


def random_set(space: SubsetSpace, generator: np.random.Generator) -> Ints:
    """One feasible set (sorted candidate numbers), drawn like those of `random_sets` but one at a time.

    Without rules it is numpy's `choice` without replacement, so that a seed means the same set in other programs.

    Raises:
        ValueError: no set keeps all rules.
    """
    required, optional = np.flatnonzero(space.rows.required), np.flatnonzero(~space.rows.required)
    lowest, highest = max(space.min_size, len(required)), space.largest_size
    for _ in range(MAX_DRAWS_PER_SET):
        size = highest if lowest == highest else generator.integers(lowest, highest + 1)
        rest = generator.choice(len(optional), size - len(required), replace=False)
        members: Ints = np.sort(np.concatenate([required, optional[rest]])).astype(np.intp)
        if space.allows(members):
            return members
    return _walked(space, 1, generator, None)[0]


def near_optimal(
    objective: Objective, space: SubsetSpace, best: Ints, threshold: float, generator: np.random.Generator
) -> Ints:
    """A set of the size of `best` with at least the value `threshold`, drawn by a Metropolis-Hastings walk.

    The walk starts at `best` and moves by feasible exchanges that stay at or above the threshold; an exchange is taken
    with probability min(1, ways out of here / ways out of there), so that all sets it can reach are equally likely.
    """
    here = np.sort(best)
    ways = _ways_out(objective, space, here, threshold)
    for _ in range(STEPS_PER_MEMBER * len(best)):
        if not len(ways):
            break
        position, outsider = ways[generator.integers(len(ways))]
        there = np.sort(np.where(np.arange(len(here)) == position, outsider, here))
        ways_there = _ways_out(objective, space, there, threshold)
        if generator.random() * len(ways_there) < len(ways):
            here, ways = there, ways_there
    return here


def allowed_exchanges(space: SubsetSpace, members: Ints) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """[K, n]: whether exchanging a member for a candidate gives a set that keeps all rules; never for a member."""
    rows = space.rows
    totals = rows.matrix[:, members].sum(axis=1)
    allowed = np.ones((len(members), len(space.candidates)), dtype=np.bool_)
    for row, total, low, high in zip(rows.matrix[1:], totals[1:], rows.low[1:], rows.high[1:], strict=True):
        after = total - row[members][:, None] + row[None, :]
        allowed &= (after >= low - 1e-9) & (after <= high + 1e-9)
    allowed[rows.required[members]] = False
    allowed[:, members] = False
    return allowed


def _ways_out(objective: Objective, space: SubsetSpace, members: Ints, threshold: float) -> Ints:
    """[W, 2] (position, outsider) of the exchanges that keep the rules and the threshold."""
    values: Floats = objective.exchanges(members)
    return np.argwhere((values >= threshold) & allowed_exchanges(space, members)).astype(np.intp)


def _drawn(space: SubsetSpace, n_draws: int, generator: np.random.Generator, size: int | None) -> list[Ints]:
    """The feasible ones of `n_draws` uniform draws."""
    rows, n = space.rows, len(space.candidates)
    required = np.flatnonzero(rows.required)
    optional = np.flatnonzero(~rows.required)
    lowest = max(space.min_size, len(required))
    sizes = generator.integers(lowest, space.largest_size + 1, size=n_draws)
    if size is not None:
        sizes = np.full(n_draws, size)
    found: list[Ints] = []
    at_once = max(1, N_KEYS // max(1, len(optional)))
    for start in range(0, n_draws, at_once):
        free = sizes[start : start + at_once] - len(required)
        keys = generator.random((len(free), len(optional)))
        chosen = np.zeros((len(free), n), dtype=np.bool_)
        chosen[:, optional] = _smallest(keys, free)
        chosen[:, required] = True
        feasible = rows.allow(chosen @ rows.matrix.T)
        found += [np.flatnonzero(row) for row in chosen[feasible]]
    return found


def _smallest(keys: Floats, counts: Ints) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """[D, n]: which of each row's n keys are among its smallest ones, as many as `counts` [D] says."""
    if counts.min() == counts.max() and 0 < counts[0] < keys.shape[1]:
        last = np.partition(keys, counts[0] - 1, axis=1)[:, counts[0] - 1]
        return np.asarray(keys <= last[:, None])
    return np.asarray(np.argsort(np.argsort(keys, axis=1), axis=1) < counts[:, None])


def _walked(space: SubsetSpace, n_sets: int, generator: np.random.Generator, size: int | None) -> tuple[Ints, ...]:
    """Sets at long intervals of many walks side by side by random feasible exchanges, additions and removals.

    Where the size is free all feasible sets are equally likely, not all sizes.
    """
    fixed = space if size is None else space.of_size(size)
    rows, n = fixed.rows, len(space.candidates)
    n_walks = min(n_sets, N_WALKS)
    here = np.zeros((n_walks, n), dtype=np.bool_)
    starts = [feasible_set(fixed, generator.random(n)) for _ in range(min(n_walks, N_STARTS))]
    for walk in range(n_walks):
        here[walk, starts[walk % len(starts)]] = True
    totals = here @ rows.matrix.T
    interval = STEPS_PER_MEMBER * max(1, len(starts[0]))
    found: list[Ints] = []
    for stop in range(-(-n_sets // n_walks)):
        for _ in range(interval if stop else 5 * interval):  # the first stop is further from the few starts
            totals = _step(rows, here, totals, generator)
        found += [np.flatnonzero(row) for row in here]
    return tuple(found[:n_sets])


def _step(
    rows: Rows, here: np.ndarray[tuple[int, int], np.dtype[np.bool_]], totals: Floats, generator: np.random.Generator
) -> Floats:
    """Flips one or two random candidates of every walk where the rules allow it; changes `here`, gives the totals."""
    walks = np.arange(len(here))
    pair = generator.integers(here.shape[1], size=(2, len(here)))
    change = (1.0 - 2.0 * here[walks, pair[0]])[:, None] * rows.matrix.T[pair[0]]
    two = pair[0] != pair[1]
    change += np.where(two, 1.0 - 2.0 * here[walks, pair[1]], 0.0)[:, None] * rows.matrix.T[pair[1]]
    goes = rows.allow(totals + change) & ~rows.required[pair[0]] & ~rows.required[pair[1]]
    here[walks[goes], pair[0, goes]] ^= True
    both = goes & two
    here[walks[both], pair[1, both]] ^= True
    return np.asarray(np.where(goes[:, None], totals + change, totals))
