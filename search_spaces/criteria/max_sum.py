"""Max-sum and min-sum dispersion: the more (or the less) distant the members are from each other, all pairs summed."""

from dataclasses import dataclass

from search_spaces.criteria.base import Criterion
from search_spaces.objectives.base import Objective
from search_spaces.objectives.pairwise_sum import PairwiseSum
from search_spaces.problem import SelectionProblem


@dataclass(frozen=True)
class MaxSum(Criterion):
    """Sum of pairwise distances, those to the anchor included. Grows with the size.

    Kuby (1987), "Programming models for facility dispersion: the p-dispersion and maxisum dispersion problems"
    (Geographical Analysis 19). The paper's `most_uriel_*` lists (Nguyen et al. 2025) come close to its optimum on
    URIEL+ distances. Ours is the plain sum, not the mean over pairs; for one size the two agree.

    Plain greedy build-up reaches half the optimum where distances obey the triangle inequality (Birnbaum, Goldman
    2009).
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        return PairwiseSum(problem.pair_distances("max-sum"), problem.anchor_distances("max-sum"))


@dataclass(frozen=True)
class MinSum(Criterion):
    """Minus the sum of pairwise distances, for sets of languages that are alike: "least" max-sum.

    What the paper's `least_uriel_*` lists minimise (Nguyen et al. 2025).
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        return MaxSum().bind(problem).negated()
