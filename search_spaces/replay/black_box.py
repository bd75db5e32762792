"""BlackBox: a set function to search without training - what a trial would score, and what its set is truly worth."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from search_spaces.languages import Language
from search_spaces.objectives.base import Floats, Objective
from search_spaces.solvers.local import improve
from search_spaces.solvers.sampling import random_sets
from search_spaces.subset_space import SubsetSpace

N_REFERENCE, N_STARTS = 4_000, 12
DURATION_SD = 0.2
"""Of the logarithm of a made-up trial's duration; its median is 1."""


class Trial(NamedTuple):
    """What one training would show.

    score: what the search is told. duration: of the whole trial, in the function's unit of time. signals: what it shows
    on the way as (share of the duration, value), ascending; comparable between trials at equal shares.
    """

    score: float
    duration: float
    signals: tuple[tuple[float, float], ...] = ()


class BlackBox(ABC):
    """One function over the sets of `space`.

    Args:
        space: what may be asked for.
        unit: of time: "s", or "trials" where durations are made up.

    Attributes:
        training_seeds: that trials take in turn, as in a sweep; none = a trial's luck is that trial's alone.
    """

    training_seeds: tuple[int, ...] = ()

    def __init__(self, space: SubsetSpace, unit: str = "trials") -> None:
        self.space, self.unit = space, unit

    @abstractmethod
    def trial(self, members: Sequence[int], seed: int, training_seed: int | None = None) -> Trial:
        """A training of a set: the same for the same set and seeds, whoever asks, whenever.

        Args:
            seed: of the replay. training_seed: one of `training_seeds`, where there are some.
        """

    @abstractmethod
    def values(self, sets_BK: np.ndarray) -> Floats:
        """What sets of one size are truly worth, [B]; a search never sees it."""

    @cached_property
    def average(self) -> float:
        """The mean value of random sets."""
        return float(self.reference.mean())

    @cached_property
    def spread(self) -> float:
        """The standard deviation between random sets."""
        return float(self.reference.std())

    @cached_property
    def best(self) -> float:
        """The largest value known: by exchanges from the best of the random sets, or by looking at all of them."""
        objective = _AsObjective(self)
        starts = self._sets[np.argsort(-self.reference, kind="stable")[:N_STARTS]]
        return max(objective.value(improve(objective, self.space, start)) for start in starts)

    @cached_property
    def reference(self) -> Floats:
        """Values of random sets."""
        return self.values(self._sets)

    @cached_property
    def _sets(self) -> np.ndarray:
        return np.array(random_sets(self.space, N_REFERENCE, np.random.default_rng(0)))

    def worth(self, languages: Iterable[Language]) -> float:
        """A set's value on the scale of 0 = an average random set, 1 = the best set known."""
        value = float(self.values(self.space.index(tuple(languages))[None, :])[0])
        return (value - self.average) / (self.best - self.average)


class NoisyFunction(BlackBox):
    """An objective whose trials are noisy: normal, with `noise` times the spread between random sets."""

    def __init__(self, space: SubsetSpace, objective: Objective, noise: float) -> None:
        super().__init__(space)
        self.objective, self.noise = objective, noise

    def values(self, sets_BK: np.ndarray) -> Floats:
        return self.objective.values(sets_BK)

    def trial(self, members: Sequence[int], seed: int, training_seed: int | None = None) -> Trial:
        generator = np.random.default_rng([seed, *members])
        score = float(self.values(np.array([members]))[0]) + self.noise * self.spread * generator.normal()
        return Trial(score, float(np.exp(DURATION_SD * generator.normal())))


class SeededFunction(NoisyFunction):
    """Noise that belongs in part to the training seed: what it adds to all sets, and to those with some languages.

    The worth of a set is the mean over all seeds.

    Args:
        noise: of one set between seeds, without the offset, as a share of the spread between random sets.
        by_language: how much of its variance is a sum of what the seed adds to each language.
        offset: standard deviation of what a seed adds to all sets, as a share of the noise's.
        training_seeds: that trials take in turn.
        seed: of what the seeds add.
    """

    def __init__(
        self,
        space: SubsetSpace,
        objective: Objective,
        noise: float,
        *,
        by_language: float,
        offset: float,
        training_seeds: tuple[int, ...],
        seed: int,
    ) -> None:
        super().__init__(space, objective, noise)
        self.training_seeds = training_seeds
        size, n = space.largest_size, len(space.candidates)
        sd = noise * float(np.sqrt(by_language * (n - 1) / (size * (n - size))))
        self._rest = float(np.sqrt(1.0 - by_language))
        self._adds: dict[int, tuple[float, Floats]] = {}
        for one in training_seeds:
            generator = np.random.default_rng([seed, one])
            effects = generator.normal(size=n)
            self._adds[one] = noise * offset * generator.normal(), sd * (effects - effects.mean())

    def trial(self, members: Sequence[int], seed: int, training_seed: int | None = None) -> Trial:
        training_seed = self.training_seeds[0] if training_seed is None else training_seed
        generator = np.random.default_rng([seed, training_seed, *members])
        to_all, by_language = self._adds[training_seed]
        luck = to_all + float(by_language[list(members)].sum()) + self.noise * self._rest * generator.normal()
        score = float(self.values(np.array([members]))[0]) + self.spread * luck
        return Trial(score, float(np.exp(DURATION_SD * generator.normal())))


class _AsObjective(Objective):
    """For `improve`."""

    def __init__(self, box: BlackBox) -> None:
        super().__init__(len(box.space.candidates))
        self.box = box

    def values(self, sets_BK: np.ndarray) -> Floats:
        return self.box.values(sets_BK)
