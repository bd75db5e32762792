"""DPP: the determinant of the members' similarities - the volume they span - as a judgement."""

from dataclasses import dataclass

import numpy as np

from search_spaces.criteria.base import Criterion
from search_spaces.criteria.kernels import given, problem_kernel
from search_spaces.objectives.base import Objective
from search_spaces.objectives.log_det import LogDet
from search_spaces.problem import SelectionProblem
from search_spaces.ranges import Positive


@dataclass(frozen=True)
class Dpp(Criterion):
    """log det of the similarity kernel of the set and the anchor. At most 0, and falls as a set grows.

    Kulesza, Taskar (2012), "Determinantal point processes for machine learning" (Foundations and Trends in Machine
    Learning 5), section 2.4.5: the most probable set (MAP). The kernel is that of `kernels.similarity_kernel`, with
    ones on its diagonal: no language is better than another. The function is submodular, but as it falls, the 1 - 1/e
    of greedy build-up does not hold.

    Args:
        scale: the distance at which the similarity is 0.61; None = the median distance of the pool.
    """

    scale: Positive | None = None

    def bind(self, problem: SelectionProblem) -> Objective:
        kernel = problem_kernel(problem, "dpp", self.scale)
        # the anchor's share, log 1 = 0, is no constant worth writing
        return LogDet(kernel if problem.anchor is None else given(kernel, np.array([len(kernel) - 1])))
