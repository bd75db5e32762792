"""What the trials of a search say: of single languages, pairs, searched choices, sizes - figures without text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import scipy  # its statistics are loaded when they are first used: a second that most reports never need

from search_spaces.languages import Language
from search_spaces.objectives.base import Floats
from search_spaces.searchers.learned import (
    Contribution,
    Interaction,
    Surrogate,
    interactions,
    language_values,
)
from sweep.config.space import is_screening
from sweep.records.records import TrialRecord

MIN_TRIALS, MIN_SETS = 12, 8


MIN_TOGETHER, MAX_PAIRS = 2, 200


MAX_LEVELS = 6
"""Values of a numeric choice up to which each value has an effect of its own; above, a curve of second degree."""


Score = Callable[[TrialRecord], float | None]


@dataclass(frozen=True, kw_only=True)
class FrontPoint:
    """A set that no cheaper one is believed to beat. cost: number of languages, or the sum of their costs."""

    languages: tuple[Language, ...]
    cost: float
    mean: float
    sd: float
    n_trials: int


@dataclass(frozen=True, kw_only=True)
class Importance:
    """One searched choice. share: of the variance of scores, beyond the other choices and beyond what chance gives (may
    fall below 0); p: of no effect, by permutation; n_values: different values tried.
    """

    choice: str
    n_values: int
    share: float
    p: float


@dataclass(frozen=True, eq=False)
class Search:
    """The finished trials of a search, in the order of asking, with scores [T].

    costs: of languages; None = each costs 1.
    """

    records: tuple[TrialRecord, ...]
    scores: Floats
    costs: Mapping[str, float] | None = None

    @classmethod
    def of(
        cls, records: Sequence[TrialRecord], score: Score | None = None, costs: Mapping[str, float] | None = None
    ) -> "Search":
        """Args:
        score: what the search was told of a record; None = `TrialRecord.score`.
        """
        searched = [r for r in records if r.finished and r.number is not None and not is_screening(r.point)]
        told = [(r, r.score if score is None else score(r)) for r in searched]
        complete = sorted(
            ((r, s) for r, s in told if s is not None and r.languages), key=lambda t: (t[0].number or 0, t[0].seed)
        )
        return cls(tuple(r for r, _ in complete), np.array([s for _, s in complete], dtype=np.float64), costs)

    @property
    def sets(self) -> list[tuple[Language, ...]]:
        """[T] sorted languages."""
        return [tuple(sorted(map(Language, record.languages))) for record in self.records]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The different sizes, sorted."""
        return tuple(sorted({len(languages) for languages in self.sets}))

    @property
    def refusal(self) -> str | None:
        """Why nothing can be said, in one sentence, or None."""
        n_sets = len(set(self.sets))
        if len(self.records) >= MIN_TRIALS and n_sets >= MIN_SETS:
            return None
        return (
            f"What a search learned needs at least {MIN_TRIALS} finished trials of {MIN_SETS} different sets, but "
            f"there are {len(self.records)} of {n_sets}: run more trials."
        )

    @cached_property
    def surrogate(self) -> Surrogate:
        """A Gaussian process over the sets tried."""
        scored = list(zip(self.sets, self.scores.tolist(), strict=True))
        return Surrogate.fit(scored, seeds=[record.seed for record in self.records])

    def believed(self, sets: Sequence[tuple[Language, ...]]) -> tuple[Floats, Floats]:
        """Posterior means and standard deviations [B] of sets."""
        space = self.surrogate.space
        return self.surrogate.posterior.mean_sd([tuple(space.index(languages).tolist()) for languages in sets])

    def cost(self, languages: Sequence[Language]) -> float:
        """Of a set."""
        return float(len(languages)) if self.costs is None else float(sum(self.costs[tag] for tag in languages))


def language_effects(search: Search) -> list[Contribution]:
    """What each language adds, best first, see `language_values`; none where nearly all sets hold all languages."""
    surrogate = search.surrogate
    return language_values(surrogate) if surrogate.usual_sizes[0] < len(surrogate.space.candidates) else []


def language_pairs(search: Search, seed: int = 0) -> list[Interaction]:
    """Of the pairs that were together in most trials (two at least, 200 pairs at most), the most certain first."""
    together: dict[tuple[Language, Language], int] = {}
    for languages in search.sets:
        for pair in combinations(languages, 2):
            together[pair] = together.get(pair, 0) + 1
    frequent = sorted((p for p, n in together.items() if n >= MIN_TOGETHER), key=lambda pair: (-together[pair], pair))
    n = len(search.surrogate.space.candidates)
    size = min(max(2, round(float(np.mean([len(languages) for languages in search.sets])))), n - 2)
    return interactions(search.surrogate, sorted(frequent[:MAX_PAIRS]), size=size, seed=seed) if size >= 2 else []


def importances(search: Search, n_permutations: int = 999, seed: int = 0) -> list[Importance]:
    """Of every searched choice that took several values (seeds of draws aside), the largest share first.

    What R^2 of an additive model loses without the choice, less its mean when the residuals of the other choices'
    model are permuted (Freedman & Lane 1983); the observed order is counted among them. Choices that together have
    more effects than half the trials are left out, largest number of values first.
    """
    columns = _choices(search)
    while columns and sum(X.shape[1] for _, X in columns.values()) > len(search.scores) / 2:
        del columns[max(columns, key=lambda name: (columns[name][1].shape[1], name))]
    y = search.scores - search.scores.mean()
    total = float(y @ y)
    if not columns or total == 0:
        return []
    generator = np.random.default_rng(seed)
    orders = np.array([generator.permutation(len(y)) for _ in range(n_permutations)])
    found = []
    for name, (n_values, _) in columns.items():
        ones = np.ones((len(y), 1))
        others = np.column_stack([ones, *(X for other, (_, X) in columns.items() if other != name)])
        every = np.column_stack([ones, *(X for _, X in columns.values())])
        rest = y - others @ np.linalg.lstsq(others, y, rcond=None)[0]
        targets = np.column_stack([rest, rest[orders].T])
        gains = (_squares(others, targets) - _squares(every, targets)) / total
        p = (1 + int((gains[1:] >= gains[0] - 1e-12).sum())) / (1 + n_permutations)
        found.append(Importance(choice=name, n_values=n_values, share=float(gains[0] - gains[1:].mean()), p=p))
    return sorted(found, key=lambda x: (-x.share, x.choice))


def _squares(X: Floats, Y: Floats) -> Floats:
    """Residual sums of squares of every column of Y."""
    left, values, _ = np.linalg.svd(X, full_matrices=False)
    left = left[:, values > 1e-10 * values[0]]
    found: Floats = (Y**2).sum(axis=0) - ((left.T @ Y) ** 2).sum(axis=0)
    return found


def _choices(search: Search) -> dict[str, tuple[int, Floats]]:
    """Choice -> number of values, columns [T, effects]."""
    keys = sorted({key for record in search.records for key in record.point} - {"subset.seed", "subset.size"})
    values: dict[str, list[object]] = {"size": [len(languages) for languages in search.sets]}
    values |= {key: [record.point.get(key) for record in search.records] for key in keys if key != "subset.languages"}
    columns = {}
    for name, column in values.items():
        levels = sorted(set(map(repr, column)))
        if len(levels) < 2:
            continue
        if len(levels) > MAX_LEVELS and all(isinstance(value, int | float) for value in column):
            ranks = scipy.stats.zscore(scipy.stats.rankdata(column))
            columns[name] = len(levels), np.column_stack([ranks, ranks**2])
        else:
            columns[name] = len(levels), np.array([[repr(v) == level for level in levels[1:]] for v in column], float)
    return columns


def front(search: Search) -> list[FrontPoint]:
    """From the cheapest set tried to the one believed best: each is believed better than all that cost no more."""
    tried = sorted(set(search.sets))
    means, sds = search.believed(tried)
    order = sorted(range(len(tried)), key=lambda i: (search.cost(tried[i]), -means[i], tried[i]))
    points: list[FrontPoint] = []
    for i in order:
        if not points or means[i] > points[-1].mean:
            n_trials = search.sets.count(tried[i])
            points.append(
                FrontPoint(
                    languages=tried[i], cost=search.cost(tried[i]), mean=float(means[i]), sd=float(sds[i]),
                    n_trials=n_trials,
                )
            )  # fmt: skip
    return points


def best_so_far(search: Search) -> tuple[Floats, Floats]:
    """([T] best score observed so far, [T] what is believed of that set after the whole search)."""
    best = np.maximum.accumulate(search.scores)
    holder = np.maximum.accumulate(np.where(search.scores == best, np.arange(len(best)), 0))
    return best, search.believed(search.sets)[0][holder]
