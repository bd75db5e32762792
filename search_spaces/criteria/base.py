"""What a criterion is: a way to judge or to draw sets of languages. Larger = more of what it asks for.

A criterion only turns a problem into an objective; `solvers/` search for the set that it judges best. A draw has no
objective: its seed decides, and equal arguments give the same set in every process.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from search_spaces.languages import Language
from search_spaces.objectives.base import Ints, Objective
from search_spaces.problem import SelectionProblem


class Criterion(ABC):
    """One way to judge a set. Subclasses are frozen dataclasses; their fields are the criterion's parameters.

    Attributes:
        uses_seed: False: the best set is one and the same whatever the seed; a seed is refused unless the caller asks
            for near-optimal sets by a tolerance.
        measured: True: it rests on what trainings have shown, of an encoder and data of their own.
    """

    uses_seed: ClassVar[bool] = False
    measured: ClassVar[bool] = False

    @abstractmethod
    def bind(self, problem: SelectionProblem) -> Objective:
        """The objective over `problem.candidates`.

        Raises:
            ValueError: the problem lacks what this criterion looks at (it says what, and the remedy).
        """

    @classmethod
    def note(cls) -> str:
        """What the list of criteria says beside the first line of the docstring; "" = nothing."""
        return ""

    def basis(self, members: tuple[Language, ...]) -> tuple[str, ...]:
        """Lines that a reader of the chosen set must know of the numbers behind it, beside features and distances."""
        return ()


class Draw(ABC):
    """One way to draw a set at random. Subclasses are frozen dataclasses; their fields are the parameters."""

    uses_seed: ClassVar[bool] = True

    @abstractmethod
    def draw(self, problem: SelectionProblem, generator: np.random.Generator) -> Ints:
        """A feasible set, sorted candidate numbers.

        Raises:
            ValueError: no feasible set is found, or the problem lacks what the draw looks at.
        """
