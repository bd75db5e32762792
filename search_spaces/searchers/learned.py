"""What a search - or any list of (languages, score) - says about single languages and about pairs.

    language_values what each language adds, with its uncertainty: the Shapley value, over functions that fit the scores
    shapley_values  the same of one set function, averaged over the sets that a language may join
    exchange_values what takes its place where all sets have one size
    interactions    pairs that are worth more together than apart (complements) or less (they replace each other)

All are statements about a model of the scores, not about trainings: with few, noisy observations the standard
deviations are large, and that is the result.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.languages import Language
from search_spaces.objectives.base import Floats, Ints
from search_spaces.searchers.gaussian_process import Data, SetPosterior
from search_spaces.searchers.set_kernel import SetKernel
from search_spaces.subset_space import SubsetSpace

Scored = Sequence[tuple[Iterable[Language], float]]
"""Sets of languages and their scores; a set evaluated several times stands in it several times."""

Value = Callable[[Floats], Floats]
"""A set function: 0/1 rows [B, n] -> [B]."""


FASTER, LARGER = 2.0, 2.0
"""Where single languages are valued, the kernel's rates and weights are so many times those learned. An adaptive search
tries sets that are alike; among these effects add up and scores differ little, which is then taken to hold everywhere.
As learned, "95 %" held the truth of coverage functions in 83 to 92 % of languages after such searches and in 90 to 95 %
after random ones; with these in 95 to 99 % and 98 to 100 %, on worlds that they were not chosen by
(`tests/benchmarks/contribution_coverage.py`)."""


class Contribution(NamedTuple):
    """What a language adds to a score. `n_with`: how many of the observations had it."""

    language: Language
    mean: float
    sd: float
    n_with: int


class Interaction(NamedTuple):
    """What two languages are worth together beyond what each adds alone: above 0 complements, below 0 substitutes."""

    first: Language
    second: Language
    mean: float
    sd: float


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A Gaussian process over sets, learned from scores. `space`: all sets of the sizes that were observed."""

    space: SubsetSpace
    posterior: SetPosterior
    data: Data

    @classmethod
    def fit(
        cls,
        scored: Scored,
        pool: Iterable[Language] | None = None,
        distances: Mapping[str, DistanceMatrix] | None = None,
        seeds: Sequence[int | None] | None = None,
    ) -> "Surrogate":
        """From at least two observations of sets that are not empty.

        Args:
            pool: the languages that could be chosen; None = those that occur.
            distances: for typology kernels, see `SetKernel`.
            seeds: of the trainings, in the order of `scored`: what one adds to all its scores is taken for luck.

        Raises:
            ValueError: too few observations, an empty set, a score that is no number, or a language outside the pool.
        """
        tags, sets, scores = _checked(scored, pool)
        sizes = [len(members) for members in sets]
        space = SubsetSpace(pool=tags, min_size=min(sizes), max_size=max(sizes))
        data = Data(sets, scores, seeds)
        return cls(space, SetPosterior.fitted(SetKernel.of(space, distances), data), data)

    @property
    def usual_sizes(self) -> tuple[int, int]:
        """The sizes of the middle 80 % of the observations: of others, hardly tried, the scores say next to nothing."""
        sizes = np.repeat([len(members) for members in self.data.sets], self.data.counts.astype(int))
        low, high = np.quantile(sizes, [0.1, 0.9], method="nearest")
        return int(low), int(high)

    def mean(self, rows: Floats) -> Floats:
        """Posterior means [B] of sets given as 0/1 rows [B, n] over `space.candidates`: a `Value`."""
        return self.posterior.mean_sd_of_rows(rows)[0]


def language_values(surrogate: Surrogate, *, n_permutations: int = 100, seed: int = 0) -> list[Contribution]:
    """What each language adds, best first: the posterior of its Shapley value over functions.

    Over `Surrogate.usual_sizes`: steps from the smallest to the largest of them, see `shapley_values`; where they are
    one, what a language gives in place of an average one of the pool, see `exchange_values`. Both are weighted sums of
    values of sets, so over draws of the Gaussian process they are normal, and mean and variance need no draws. The
    standard deviation holds what sampled permutations leave open too. It is conditional on the kernel, its weights and
    rates as learned but larger (`LARGER`, `FASTER`), and on normal noise.

    Raises:
        ValueError: all sets hold all languages, or fewer than two permutations.
    """
    space, n = surrogate.space, len(surrogate.space.candidates)
    sampled = _Contrasts.of(n, *surrogate.usual_sizes, n_permutations, seed)
    weights = surrogate.posterior.weights
    bent = replace(weights, weights=LARGER * weights.weights, rates=FASTER * weights.rates)
    posterior = SetPosterior(surrogate.posterior.kernel, bent, surrogate.data)
    means, sds = posterior.combinations(sampled.rows, sampled.weights)
    _, errors = sampled.means_and_errors(posterior.mean_sd_of_rows(sampled.rows)[0])
    sds = np.sqrt(sds**2 + np.nan_to_num(errors) ** 2)
    n_with = posterior.rows.T @ surrogate.data.counts
    order = np.argsort(-means, kind="stable")
    return [Contribution(space.candidates[i], float(means[i]), float(sds[i]), int(n_with[i])) for i in order]


def shapley_values(
    value: Value, n: int, *, low: int = 0, high: int | None = None, n_permutations: int = 200, seed: int = 0
) -> tuple[Floats, Floats]:
    """Shapley values [n] of a set function and their standard errors [n] from sampled permutations.

    Shapley (1953); sampling as in Castro et al. (2009). With `low` and `high` only the steps from sets of `low` to sets
    of `high` languages count - a surrogate knows nothing of sizes that were never tried - as in the semivalues of Dubey
    et al. (1981). For a sum of effects every step of a language gives its effect, exactly.

    Args:
        value: must accept the empty set if `low` is 0.
        low, high: 0 <= low < high <= n; None = n.

    Raises:
        ValueError: sizes out of that order, or fewer than two permutations.
    """
    high = n if high is None else high
    if not 0 <= low < high <= n or n_permutations < 2:
        raise ValueError(
            f"Sizes must be 0 <= low < high <= {n} and permutations at least 2, but are {low}, {high} and "
            f"{n_permutations}. For sets of one size use `exchange_values`."
        )
    sampled = _Contrasts.of(n, low, high, n_permutations, seed)
    return sampled.means_and_errors(value(sampled.rows))


def exchange_values(
    value: Value, n: int, size: int, *, n_permutations: int = 200, seed: int = 0
) -> tuple[Floats, Floats]:
    """What each language gives in place of an average one, [n], in random sets of one size, and standard errors [n].

    A member is exchanged for a random outsider; as the average includes the language itself, its mean loss is taken
    times (n - 1) / n. For a sum of effects the expectation is the effect less the mean effect.

    Raises:
        ValueError: the size leaves no outsider or no member, or fewer than two permutations.
    """
    sampled = _Contrasts.of(n, size, size, n_permutations, seed)
    return sampled.means_and_errors(value(sampled.rows))


@dataclass(frozen=True, eq=False)
class _Contrasts:
    """M differences between B sets, each a sample of what a language adds: factor * (value of `plus` - of `minus`).

    rows: [B, n] 0/1. language, plus, minus: [M].
    """

    rows: Floats
    language: Ints
    plus: Ints
    minus: Ints
    factor: float

    @classmethod
    def of(cls, n: int, low: int, high: int, n_permutations: int, seed: int) -> "_Contrasts":
        """Steps from `low` to `high` languages in random orders; for one size exchanges with a random outsider."""
        generator = np.random.default_rng(seed)
        rows, parts = [], []
        one_size = low == high
        if n_permutations < 2 or (one_size and not 1 <= low < n):
            raise ValueError(
                f"The size must be from 1 to {n - 1} and permutations at least 2, but are {low} and {n_permutations}. "
                "Change them."
            )
        for number in range(n_permutations):
            order = generator.permutation(n)
            if one_size:
                outsiders = generator.choice(order[low:], low)
                block = np.zeros((low + 1, n))
                block[:, order[:low]] = 1.0
                steps = np.arange(1, low + 1)
                block[steps, order[:low]], block[steps, outsiders] = 0.0, 1.0
                plus, minus = np.zeros(low, dtype=np.intp), steps
                part = [(order[:low], plus, minus), (outsiders, minus, plus)]
            else:
                block = np.zeros((high - low + 1, n))
                for step in range(high - low + 1):
                    block[step, order[: low + step]] = 1.0
                steps = np.arange(high - low)
                part = [(order[low:high], steps + 1, steps)]
            parts += [(language, a + number * len(block), b + number * len(block)) for language, a, b in part]
            rows.append(block)
        language, plus, minus = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(np.concatenate(rows), language, plus, minus, (n - 1) / n if one_size else 1.0)

    @property
    def weights(self) -> Floats:
        """[n, B] that give the means over samples of values [B]; zeros for a language that no sample is of."""
        n = self.rows.shape[1]
        weights = np.zeros((n, len(self.rows)))
        np.add.at(weights, (self.language, self.plus), self.factor)
        np.add.at(weights, (self.language, self.minus), -self.factor)
        scaled: Floats = weights / np.maximum(np.bincount(self.language, minlength=n), 1)[:, None]
        return scaled

    def means_and_errors(self, values: Floats) -> tuple[Floats, Floats]:
        """[n] of values [B]; NaN where there are too few samples."""
        samples = self.factor * (values[self.plus] - values[self.minus])
        n = self.rows.shape[1]
        counts = np.bincount(self.language, minlength=n).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.bincount(self.language, weights=samples, minlength=n) / counts
            squares = np.bincount(self.language, weights=(samples - means[self.language]) ** 2, minlength=n)
            errors = np.sqrt(squares / (counts - 1) / counts)
        return means, np.where(counts > 1, errors, np.nan)


def interactions(
    surrogate: Surrogate,
    pairs: Iterable[tuple[Language, Language]] | None = None,
    *,
    size: int | None = None,
    n_contexts: int = 12,
    seed: int = 0,
) -> list[Interaction]:
    """Second differences of the surrogate, the most certain first (|mean| / sd).

    f(S + ij) - f(S + ib) - f(S + aj) + f(S + ab), averaged over random sets S of size - 2 and outsiders a, b: what i
    and j are worth together beyond what each is worth beside others. The standard deviation is the posterior's, of
    that average; it does not include the choice of the contexts.

    Args:
        pairs: None = all.
        size: of the sets compared; None = the mean size observed.

    Raises:
        ValueError: sets of fewer than two languages, or fewer than two outsiders.
    """
    space, posterior = surrogate.space, surrogate.posterior
    n = len(space.candidates)
    size = max(2, round(float(np.mean([len(s) for s in posterior.sets])))) if size is None else size
    if not 2 <= size <= n - 2:
        raise ValueError(
            f"Interactions need sets of 2 to {n - 2} languages (two outsiders must be left), but the size is {size}. "
            "Widen the pool or give another `size`."
        )
    wanted = itertools.combinations(space.candidates, 2) if pairs is None else pairs
    signs = np.tile([1.0, -1.0, -1.0, 1.0], n_contexts) / n_contexts
    found = []
    for number, (first, second) in enumerate(wanted):
        i, j = (int(space.index([language])[0]) for language in (first, second))
        generator = np.random.default_rng([seed, number])
        others = np.setdiff1d(np.arange(n), [i, j])
        sets = []
        for _ in range(n_contexts):
            a, b, *rest = (int(x) for x in generator.permutation(others)[:size])
            sets += [tuple(sorted((*rest, *pair))) for pair in ((i, j), (i, b), (a, j), (a, b))]
        found.append(Interaction(first, second, *posterior.combination(sets, signs)))
    return sorted(found, key=lambda x: (-abs(x.mean) / max(x.sd, 1e-300), x.first, x.second))


def _checked(
    scored: Scored, pool: Iterable[Language] | None
) -> tuple[tuple[Language, ...], list[tuple[int, ...]], Floats]:
    """Sorted candidates, sets of their numbers, scores."""
    listed = [(sorted(set(languages)), float(score)) for languages, score in scored]
    if len(listed) < 2:
        raise ValueError(f"At least 2 observations are needed, but there are {len(listed)}. Run more trials.")
    if any(not languages for languages, _ in listed):
        raise ValueError("A set must hold a language, but one is empty. Leave out trials without realignment.")
    scores = np.array([score for _, score in listed])
    if not np.isfinite(scores).all():
        raise ValueError("Scores must be finite, but some are not. Leave out failed trials.")
    occurring = set(itertools.chain.from_iterable(languages for languages, _ in listed))
    tags = tuple(sorted(occurring if pool is None else set(pool)))
    if strangers := sorted(occurring - set(tags)):
        raise ValueError(f"Languages must be in the pool, but {', '.join(strangers[:5])} is not. Widen it.")
    number = {tag: i for i, tag in enumerate(tags)}
    return tags, [tuple(number[language] for language in languages) for languages, _ in listed], scores
