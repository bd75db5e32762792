"""Ask/tell over a space: the contract, grid and random; Optuna is in `optuna_points.py`.

What is asked for at count `n` depends on the space, the seed, `n` and the results told so far, on nothing else: an
interrupted search that is told its finished trials again goes on as it would have.
"""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from search_spaces.registry import Lazy, Registry
from sweep.config.dimensions import Dimension
from trainables.stepping.derived_seed import derived_seed

Space = Mapping[str, Dimension]
Point = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Told:
    """How a trial ended.

    trial: its name. number: the search's count, None for an arm. point: what was asked for.
    score: larger is better; None for a failed trial. Of a stopped one its last signal, which is no score.
    stopped_at: of a stopped trial, the share of its rungs that it reached, in (0, 1).
    seed: of the training; None = not known.
    """

    trial: str
    number: int | None
    point: Point
    score: float | None
    stopped_at: float | None = None
    seed: int | None = None


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


SEARCHES: Registry[Callable[[Space, int], PointSearch]] = Registry(
    "search", {"grid": GridSearch, "random": RandomSearch, "optuna": Lazy("sweep.search.optuna_points:OptunaSearch")}
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
