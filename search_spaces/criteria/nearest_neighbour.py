"""Mean distance to the nearest neighbour: every member shall be far from the one most like it."""

from dataclasses import dataclass

from search_spaces.criteria.base import Criterion
from search_spaces.objectives.base import Objective
from search_spaces.objectives.mean_nearest import MeanNearest
from search_spaces.problem import SelectionProblem


@dataclass(frozen=True)
class NearestNeighbour(Criterion):
    """Mean over members of the distance to the nearest other member; the anchor is a member. Falls as a set grows.

    The remote-pseudoforest of Chandra, Halldorsson (2001), "Approximation algorithms for dispersion problems" (Journal
    of Algorithms 38), as a mean instead of a sum. Where max-min only sees the closest pair, this is an average: one
    pair of close relatives is not the end.
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        return MeanNearest(problem.pair_distances("nearest-neighbour"), problem.anchor_distances("nearest-neighbour"))
