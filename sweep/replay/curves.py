"""What replayed searches say: medians over seeds with intervals, and how many trials one searcher needs to do what
another one did. Rows in, tables out; nothing is run here.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from search_spaces.objectives.base import Floats

N_RESAMPLES = 2_000
KEY = ["function", "searcher", "n_workers", "early_stopping"]
"""What makes a line of a plot; its seeds are the repetitions."""


class Line(NamedTuple):
    """One searcher's runs on one function: `worth` [seeds, checkpoints] after `n` trials [checkpoints]."""

    n: list[int]
    seeds: list[int]
    worth: Floats

    @property
    def median(self) -> Floats:
        """Over seeds, [checkpoints]."""
        middle: Floats = np.median(self.worth, axis=0)
        return middle


class Needed(NamedTuple):
    """After how many trials `searcher`'s median reaches `target`, the median that `rival` has at its end (`n_rival`).

    n: the first checkpoint; None = not within its trials. low, high: 95 % over seeds, by the bootstrap; a resample in
    which it is not reached counts as infinite.
    """

    function: str
    searcher: str
    rival: str
    target: float
    n_rival: int
    n: int | None
    low: float
    high: float

    @property
    def share(self) -> float:
        """Of the rival's trials; infinite where the target was not reached."""
        return np.inf if self.n is None else self.n / self.n_rival


def lines(rows: pd.DataFrame, pick: str = "recommended") -> dict[tuple[str, str], Line]:
    """(function, searcher with its way of running) -> its runs; seeds that lack a checkpoint are left out.

    Args:
        pick: which set is handed over: the "recommended" one or the one with the best "observed" score.
    """
    found = {}
    for (function, searcher, n_workers, early_stopping), part in rows.groupby(KEY, sort=False):
        table = part.pivot_table(index="seed", columns="n", values=pick).sort_index().dropna()
        name = line_name(str(searcher), int(n_workers), bool(early_stopping))
        found[str(function), name] = Line(
            [int(n) for n in table.columns], [int(seed) for seed in table.index], table.to_numpy(dtype=np.float64)
        )
    return found


def line_name(searcher: str, n_workers: int, early_stopping: bool) -> str:
    """As shown in tables and legends."""
    workers = f", {n_workers} workers" if n_workers > 1 else ""
    return f"{searcher}{workers}{', early stopping' if early_stopping else ''}"


def interval(values: Floats, seed: int = 0) -> tuple[Floats, Floats]:
    """95 % bootstrap interval of the median over the first axis (seeds)."""
    resampled = np.median(values[_resamples(len(values), seed)], axis=1)
    low, high = np.quantile(resampled, (0.025, 0.975), axis=0)
    return low, high


def needed(function: str, searcher: str, rival: str, ours: Line, theirs: Line, seed: int = 0) -> Needed:
    """How many trials `searcher` needs for what `rival` has at its end.

    The same seeds are resampled of both: a seed is a function, or its noise, that both met.

    Raises:
        ValueError: they were run with different seeds.
    """
    if ours.seeds != theirs.seeds:
        raise ValueError(
            f"Searchers must be compared on the same seeds, but {searcher} has {len(ours.seeds)} and {rival} "
            f"{len(theirs.seeds)} on {function}. Run the others."
        )
    draws = _resamples(len(ours.seeds), seed)
    targets = np.median(theirs.worth[draws, -1], axis=1)
    firsts = [
        _first(ours.n, median, target)
        for median, target in zip(np.median(ours.worth[draws], axis=1), targets, strict=True)
    ]
    target = float(theirs.median[-1])
    first = _first(ours.n, ours.median, target)
    low, high = np.quantile(firsts, (0.025, 0.975), method="nearest")
    return Needed(
        function,
        searcher,
        rival,
        target,
        theirs.n[-1],
        None if np.isinf(first) else int(first),
        float(low),
        float(high),
    )


def regret_ratio(ours: Line, theirs: Line, seed: int = 0) -> tuple[float, float, float]:
    """Mean regret (1 - worth, over checkpoints and seeds) of one line over that of another, with its 95 % interval.

    Raises:
        ValueError: other seeds or checkpoints.
    """
    if ours.seeds != theirs.seeds or ours.n != theirs.n:
        raise ValueError("Regret must be compared on the same seeds and checkpoints, but these differ. Run the others.")
    mine, other = (1 - ours.worth).mean(axis=1), (1 - theirs.worth).mean(axis=1)
    draws = _resamples(len(mine), seed)
    low, high = np.quantile(mine[draws].mean(axis=1) / other[draws].mean(axis=1), (0.025, 0.975))
    return float(mine.mean() / other.mean()), float(low), float(high)


def delayed(line: Line, by: int) -> Line:
    """`line` with what it had `by` trials before, interpolated; at least its first checkpoint.

    What w workers would cost if they did nothing wrong but not to know the w - 1 trials that are under way.
    """
    at = np.maximum(np.array(line.n) - by, line.n[0])
    worth = np.array([np.interp(at, line.n, row) for row in line.worth])
    return line._replace(worth=worth)


def _first(n: Sequence[int], median: Floats, target: float) -> float:
    reached = np.flatnonzero(median >= target - 1e-9)
    return float(n[reached[0]]) if len(reached) else np.inf


def _resamples(n_seeds: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(n_seeds, size=(N_RESAMPLES, n_seeds))
