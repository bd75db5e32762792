"""Random: every feasible set is equally likely; the seed decides. The control for all other criteria."""

from dataclasses import dataclass

import numpy as np

from search_spaces.criteria.base import Draw
from search_spaces.objectives.base import Ints
from search_spaces.problem import SelectionProblem
from search_spaces.solvers.sampling import random_set


@dataclass(frozen=True)
class Random(Draw):
    """A uniform draw; with a range of sizes, first the size and then a set of that size."""

    def draw(self, problem: SelectionProblem, generator: np.random.Generator) -> Ints:
        return random_set(problem.space, generator)
