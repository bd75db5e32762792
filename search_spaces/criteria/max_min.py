"""Max-min dispersion and minimum diameter: the closest pair far apart, or the widest pair close together."""

from dataclasses import dataclass

from search_spaces.criteria.base import Criterion
from search_spaces.objectives.base import Objective
from search_spaces.objectives.closest_pair import ClosestPair
from search_spaces.objectives.widest_pair import WidestPair
from search_spaces.problem import SelectionProblem


@dataclass(frozen=True)
class MaxMin(Criterion):
    """The smallest distance between two members; the anchor is a member. Falls as a set grows.

    p-dispersion: Kuby (1987, Geographical Analysis 19); Ravi, Rosenkrantz, Tayi (1994), "Heuristic and special case
    algorithms for dispersion problems" (Operations Research 42). The MaxMin of typdiv-sampling (Ploeger et al. 2026)
    is its greedy build-up; there, one language is asked for and two are given. Ours gives a single language, without
    an anchor, the largest distance of the matrix.

    Plain greedy build-up reaches half the optimum where distances obey the triangle inequality (Ravi et al. 1994).
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        return ClosestPair(problem.pair_distances("max-min"), problem.anchor_distances("max-min"))


@dataclass(frozen=True)
class MinDiameter(Criterion):
    """Minus the largest distance between two members; the anchor is a member. Falls as a set grows.

    The useful opposite of max-min ("least-max-min" only asks for one pair of twins): no two members are far apart.
    Complete-linkage clustering minimises the same diameter; Aggarwal, Imai, Katoh, Suri (1991), "Finding k points with
    minimum diameter and related problems" (Journal of Algorithms 12).
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        return WidestPair(problem.pair_distances("min-diameter"), problem.anchor_distances("min-diameter"))
