"""Ask/tell over a space: grid, random, and Optuna. The only importer of optuna.

What is asked for at count `n` depends on the space, the seed, `n` and the results told so far, on nothing else: an
interrupted search that is told its finished trials again goes on as it would have.
"""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from search_spaces.registry import Registry
from sweep.config.dimensions import Dimension
from trainables.stepping.seeding import derived_seed

Space = Mapping[str, Dimension]
Point = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Told:
    """How a trial ended.

    trial: its name. number: the search's count, None for an arm. point: what was asked for.
    score: larger is better; None for a failed trial. Of a stopped one its last signal, which is no score.
    stopped_at: of a stopped trial, the share of its rungs that it reached, in (0, 1).
    """

    trial: str
    number: int | None
    point: Point
    score: float | None
    stopped_at: float | None = None


class PointSearch(ABC):
    """Contract: `ask` for count 0, 1, 2 ...; `tell` what came out, in any order."""

    def __init__(self, space: Space, seed: int) -> None:
        self.space = {key: space[key] for key in sorted(space)}
        self.seed = seed

    @abstractmethod
    def ask(self, number: int) -> Point | None:
        """The point number `number`; None when the search has no more."""

    def tell(self, told: Told) -> None:  # noqa: B027 - most searches do not learn
        """How a trial of this search ended."""

    def restore(self, asked: Mapping[int, Point], told: Sequence[Told], state: Mapping[str, Any]) -> None:
        """Brings a new search to where another one was.

        Args:
            asked: every point that was asked for, by its number, in the order of asking.
            told: in the order of telling.
            state: what `state` gave; may be empty, where it was lost.
        """
        for outcome in told:
            self.tell(outcome)

    def state(self) -> dict[str, Any]:
        """What `restore` cannot know from points and outcomes, as plain data."""
        return {}


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
        self._asked: dict[int, int] = {}  # our number of a running trial -> the study's

    def ask(self, number: int) -> Point | None:
        """Asks the study, with a sampler seeded by `number`."""
        seed = derived_seed(self.seed, f"optuna/{number}") % 2**32
        self._study.sampler = optuna.samplers.TPESampler(seed=seed)
        trial = self._study.ask(self._distributions)
        self._asked[number] = trial.number
        return _plain(trial.params, self.space)

    def tell(self, told: Told) -> None:
        """Tells the study: failed as failed, stopped as pruned, which ranks below all complete ones.

        A point that it was not asked for, or an end after a failure, is one more trial of the study.
        """
        number = None if told.number is None else self._asked.pop(told.number, None)
        if number is None:
            self._add(told.point, told)
        else:
            self._study.tell(number, _value(told), state=_optuna_state(told))

    def restore(self, asked: Mapping[int, Point], told: Sequence[Told], state: Mapping[str, Any]) -> None:
        """The study's trials stand in the order of asking, as they would have: the sampler's draws depend on it."""
        ends: dict[int | None, Told] = {}
        later = []
        for outcome in told:
            if outcome.number in asked and outcome.number not in ends:
                ends[outcome.number] = outcome
            else:
                later.append(outcome)
        for number, point in asked.items():
            if number not in ends:
                self._asked[number] = len(self._study.trials)
            self._add(point, ends.get(number))
        for outcome in later:
            self._add(outcome.point, outcome)

    def _add(self, point: Point, told: Told | None) -> None:
        """A trial that this study was not asked for; running if it has no end."""
        self._study.add_trial(
            create_trial(
                params={key: _key_of(point[key]) for key in self.space},
                distributions=self._distributions,
                value=_value(told) if told else None,
                state=_optuna_state(told) if told else TrialState.RUNNING,
            )
        )


SEARCHES: Registry[Callable[[Space, int], PointSearch]] = Registry(
    "search", {"grid": GridSearch, "random": RandomSearch, "optuna": OptunaSearch}
)


def _optuna_state(told: Told) -> TrialState:
    if told.stopped_at is not None:
        return TrialState.PRUNED
    return TrialState.FAIL if told.score is None else TrialState.COMPLETE


def _value(told: Told) -> float | None:
    return told.score if told.stopped_at is None else None


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
