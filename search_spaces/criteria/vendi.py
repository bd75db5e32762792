"""Vendi score: how many really different languages a set holds, in effect."""

from dataclasses import dataclass

from search_spaces.criteria.base import Criterion
from search_spaces.criteria.kernels import problem_kernel
from search_spaces.objectives.base import Objective
from search_spaces.objectives.eigen_entropy import EigenEntropy
from search_spaces.problem import SelectionProblem
from search_spaces.ranges import Positive


@dataclass(frozen=True)
class Vendi(Criterion):
    """Exponential of the entropy of the eigenvalues of K / m, K the similarities of the m members (anchor included).

    Friedman, Dieng (2023), "The Vendi score: a diversity evaluation metric for machine learning" (TMLR), definition
    3.1. From 1 (all the same) to m; mostly grows with the size. The kernel is that of `kernels.similarity_kernel`.

    Args:
        scale: the distance at which the similarity is 0.61; None = the median distance of the pool.
    """

    scale: Positive | None = None

    def bind(self, problem: SelectionProblem) -> Objective:
        return EigenEntropy(problem_kernel(problem, "vendi", self.scale), has_anchor=problem.anchor is not None)
