"""Remote-MST: the shortest tree that links all members shall be long; between max-sum and max-min."""

from dataclasses import dataclass

from search_spaces.criteria.base import Criterion
from search_spaces.objectives.base import Objective
from search_spaces.objectives.spanning_tree import SpanningTree
from search_spaces.problem import SelectionProblem


@dataclass(frozen=True)
class RemoteMst(Criterion):
    """The weight of the minimum spanning tree of the set and the anchor. Mostly grows with the size.

    Halldorsson, Iwano, Katoh, Tokuyama (1999), "Finding subsets maximizing minimum structures" (SIAM Journal on
    Discrete Mathematics 12), who bound the farthest-point build-up by 4; for build-up by the tree itself no such bound
    is known to us. Unlike max-sum it gains nothing from two tight groups far apart.
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        return SpanningTree(problem.pair_distances("remote-mst"), problem.anchor_distances("remote-mst"))
