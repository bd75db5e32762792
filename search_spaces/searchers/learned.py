"""What a search - or any list of (languages, score) - says about single languages and about pairs.

    contributions   what each language adds, by a datamodel; the plainest answer, with its uncertainty
    shapley_values  the same of any surrogate, averaged over the sets that a language may join
    exchange_values what takes its place where all sets have one size
    interactions    pairs that are worth more together than apart (complements) or less (they replace each other)

All are statements about a model of the scores, not about trainings: with few, noisy observations the standard
deviations are large, and that is the result.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.languages import Language
from search_spaces.objectives.base import Floats
from search_spaces.searchers.datamodel import Datamodel
from search_spaces.searchers.gaussian_process import Data, SetPosterior
from search_spaces.searchers.set_kernel import SetKernel
from search_spaces.subset_space import SubsetSpace

Scored = Sequence[tuple[Iterable[Language], float]]
"""Sets of languages and their scores; a set evaluated several times stands in it several times."""

Value = Callable[[Floats], Floats]
"""A set function: 0/1 rows [B, n] -> [B]."""


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

    @classmethod
    def fit(
        cls,
        scored: Scored,
        pool: Iterable[Language] | None = None,
        distances: Mapping[str, DistanceMatrix] | None = None,
    ) -> "Surrogate":
        """From at least two observations of sets that are not empty.

        Args:
            pool: the languages that could be chosen; None = those that occur.
            distances: for typology kernels, see `SetKernel`.

        Raises:
            ValueError: too few observations, an empty set, a score that is no number, or a language outside the pool.
        """
        tags, sets, scores = _checked(scored, pool)
        sizes = [len(members) for members in sets]
        space = SubsetSpace(pool=tags, min_size=min(sizes), max_size=max(sizes))
        return cls(space, SetPosterior.fitted(SetKernel.of(space, distances), Data(sets, scores)))

    def mean(self, rows: Floats) -> Floats:
        """Posterior means [B] of sets given as 0/1 rows [B, n] over `space.candidates`: a `Value`."""
        return self.posterior.mean_sd_of_rows(rows)[0]


def contributions(scored: Scored, pool: Iterable[Language] | None = None) -> list[Contribution]:
    """What each language adds, best first, by `Datamodel`.

    Where all sets have one size, that is measured against an average language of the pool (only differences are known).

    Args, Raises: as `Surrogate.fit`.
    """
    tags, sets, scores = _checked(scored, pool)
    model = Datamodel.fit(sets, scores, len(tags))
    effects, covariance = model.effects, model.covariance
    if len({len(members) for members in sets}) == 1:
        against_average = np.eye(len(tags)) - 1 / len(tags)
        effects, covariance = against_average @ effects, against_average @ covariance @ against_average
    sds = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    n_with = np.bincount(list(itertools.chain.from_iterable(sets)), minlength=len(tags))
    order = np.argsort(-effects, kind="stable")
    return [Contribution(tags[i], float(effects[i]), float(sds[i]), int(n_with[i])) for i in order]


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
    generator = np.random.default_rng(seed)
    samples: list[list[float]] = [[] for _ in range(n)]
    for _ in range(n_permutations):
        order = generator.permutation(n)
        rows = np.zeros((high - low + 1, n))
        for step in range(high - low + 1):
            rows[step, order[: low + step]] = 1.0
        for language, gain in zip(order[low:high], np.diff(value(rows)), strict=True):
            samples[language].append(float(gain))
    return _means_and_errors(samples)


def exchange_values(
    value: Value, n: int, size: int, *, n_permutations: int = 200, seed: int = 0
) -> tuple[Floats, Floats]:
    """What each language gives in place of an average one, [n], in random sets of one size, and standard errors [n].

    A member is exchanged for a random outsider; as the average includes the language itself, its mean loss is taken
    times (n - 1) / n. For a sum of effects the expectation is the effect less the mean effect.

    Raises:
        ValueError: the size leaves no outsider or no member, or fewer than two permutations.
    """
    if not 1 <= size < n or n_permutations < 2:
        raise ValueError(
            f"The size must be from 1 to {n - 1} and permutations at least 2, but are {size} and {n_permutations}. "
            "Change them."
        )
    generator = np.random.default_rng(seed)
    samples: list[list[float]] = [[] for _ in range(n)]
    for _ in range(n_permutations):
        order = generator.permutation(n)
        outsiders = generator.choice(order[size:], size)
        rows = np.zeros((size + 1, n))
        rows[:, order[:size]] = 1.0
        rows[np.arange(1, size + 1), order[:size]] = 0.0
        rows[np.arange(1, size + 1), outsiders] = 1.0
        values = value(rows)
        for member, outsider, loss in zip(order[:size], outsiders, values[0] - values[1:], strict=True):
            samples[member].append(float(loss) * (n - 1) / n)
            samples[outsider].append(float(-loss) * (n - 1) / n)
    return _means_and_errors(samples)


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


def _means_and_errors(samples: list[list[float]]) -> tuple[Floats, Floats]:
    """Of each language's samples; NaN where there are too few."""
    means = np.array([np.mean(drawn) if drawn else np.nan for drawn in samples])
    errors = np.array([np.std(drawn, ddof=1) / np.sqrt(len(drawn)) if len(drawn) > 1 else np.nan for drawn in samples])
    return means, errors
