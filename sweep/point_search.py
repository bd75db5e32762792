"""Ask/tell over a space: grid, random, and Optuna. The only importer of optuna.

What is asked for at count `n` depends on the space, the seed, `n` and the results told so far, on nothing else: an
interrupted search that is told its finished trials again goes on as it would have.
"""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from search_spaces.registry import Registry
from sweep.space import Dimension
from trainables.seeding import derived_seed

Space = Mapping[str, Dimension]
Point = dict[str, Any]


class PointSearch(ABC):
    """Contract: `ask` for count 0, 1, 2 ...; `tell` what came out, in any order."""

    def __init__(self, space: Space, seed: int) -> None:
        self.space = {key: space[key] for key in sorted(space)}
        self.seed = seed

    @abstractmethod
    def ask(self, number: int) -> Point | None:
        """The point number `number`; None when the search has no more."""

    def tell(self, number: int, point: Point, score: float | None) -> None:  # noqa: B027 - most searches do not learn
        """The score (larger is better) of a point, or None if its trial failed."""


class GridSearch(PointSearch):
    """Every combination; the last key (in alphabetical order) varies fastest."""

    def ask(self, number: int) -> Point | None:
        """The combination number `number`."""
        choices = [self.space[key].bounds for key in self.space]
        values = next(itertools.islice(itertools.product(*choices), number, None), None)
        return None if values is None else dict(zip(self.space, values, strict=True))


class RandomSearch(PointSearch):
    """Independent draws. Each count has a generator of its own, so that no draw depends on another."""

    def ask(self, number: int) -> Point | None:
        """The draw number `number`."""
        generator = np.random.default_rng(derived_seed(self.seed, f"random-search/{number}"))
        return {key: _draw(dimension, generator) for key, dimension in self.space.items()}


class OptunaSearch(PointSearch):
    """Tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization").

    Running trials count as bad ones until they are told (Optuna's constant liar), so that parallel trials differ.
    """

    def __init__(self, space: Space, seed: int) -> None:
        super().__init__(space, seed)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = optuna.create_study(direction="maximize")
        self._distributions = {key: _distribution(dimension) for key, dimension in self.space.items()}
        self._asked: dict[int, optuna.Trial] = {}

    def ask(self, number: int) -> Point | None:
        """Asks the study, with a sampler seeded by `number`."""
        seed = derived_seed(self.seed, f"optuna/{number}") % 2**32
        self._study.sampler = optuna.samplers.TPESampler(seed=seed)
        self._asked[number] = self._study.ask(self._distributions)
        return _plain(self._asked[number].params, self.space)

    def tell(self, number: int, point: Point, score: float | None) -> None:
        """Tells the study; a failed trial is told as failed. A point of an earlier session is added."""
        state = TrialState.FAIL if score is None else TrialState.COMPLETE
        if number in self._asked:
            self._study.tell(self._asked.pop(number), score, state=state)
        else:
            params = {key: _key_of(point[key]) for key in self.space}
            trial = create_trial(params=params, distributions=self._distributions, value=score, state=state)
            self._study.add_trial(trial)


SEARCHES: Registry[Callable[[Space, int], PointSearch]] = Registry(
    "search", {"grid": GridSearch, "random": RandomSearch, "optuna": OptunaSearch}
)


def _draw(dimension: Dimension, generator: np.random.Generator) -> Any:
    bounds = dimension.bounds
    if dimension.kind == "choice":
        return bounds[int(generator.integers(len(bounds)))]
    if dimension.kind == "randint":
        return int(generator.integers(bounds[0], bounds[1], endpoint=True))
    if dimension.kind == "loguniform":
        return float(np.exp(generator.uniform(np.log(bounds[0]), np.log(bounds[1]))))
    return float(generator.uniform(*bounds))


def _distribution(dimension: Dimension) -> BaseDistribution:
    bounds = dimension.bounds
    if dimension.kind == "choice":
        return CategoricalDistribution([_key_of(value) for value in bounds])
    if dimension.kind == "randint":
        return IntDistribution(*bounds)
    return FloatDistribution(*bounds, log=dimension.kind == "loguniform")


def _key_of(value: Any) -> Any:
    """Optuna's categories must be scalars: a list is shown to it as text."""
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)


def _plain(params: Mapping[str, Any], space: Space) -> Point:
    """Parameters as our own values: a choice is looked up by its text, as 1, 1.0 and True are equal to Python."""
    point = dict(params)
    for key, dimension in space.items():
        if dimension.kind == "choice":
            point[key] = {repr(_key_of(choice)): choice for choice in dimension.bounds}[repr(params[key])]
    return point
