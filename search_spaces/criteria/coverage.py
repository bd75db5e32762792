"""Coverage: languages - the pool, or those the choice is meant to serve - shall have a chosen one close by.

All three count the anchor as chosen. They never fall as a set grows.
"""

from dataclasses import dataclass, replace

import numpy as np

from search_spaces.criteria.base import Criterion
from search_spaces.objectives.base import Floats, Objective
from search_spaces.objectives.best_cover import BestCover
from search_spaces.objectives.worst_cover import WorstCover
from search_spaces.problem import SelectionProblem


@dataclass(frozen=True)
class FacilityLocation(Criterion):
    """Mean over the pool of 1 - distance to the closest member; every language of the pool counts alike.

    Krause, Golovin (2014), "Submodular function maximization"; the facility location of apricot. Targets
    and their weights play no part: see `TargetCoverage`.

    Plain greedy build-up reaches 1 - 1/e (63 %) of the optimum for a fixed size without rules (Nemhauser, Wolsey,
    Fisher 1978).
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        whole_pool = replace(problem, features=None, targets=None, target_weights={})
        return BestCover(*_similarities(whole_pool, "facility-location"))


@dataclass(frozen=True)
class TargetCoverage(Criterion):
    """Weighted mean over the targets of 1 - distance to the closest member: 1 - the k-median cost.

    Hakimi (1964), "Optimum locations of switching centers and the absolute centers and medians of a graph" (Operations
    Research 12); as coverage Cornuejols, Fisher, Nemhauser (1977, Management Science 23). Weights are taken relative
    to their sum.

    Plain greedy build-up reaches 1 - 1/e (63 %) of the optimum for a fixed size without rules (Nemhauser, Wolsey,
    Fisher 1978).
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        return BestCover(*_similarities(problem, "target-coverage"))


@dataclass(frozen=True)
class WorstTarget(Criterion):
    """1 - the distance of the worst served target to its closest member: 1 - the k-centre radius.

    Hakimi (1964); Gonzalez (1985), "Clustering to minimize the maximum intercluster distance" (Theoretical Computer
    Science 38). Weights of targets play no part. Build-up by single additions has no guarantee: often no one helps.
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        similarity, base, _ = _similarities(problem, "worst-target")
        return WorstCover(similarity, base)


def _similarities(problem: SelectionProblem, criterion: str) -> tuple[Floats, Floats, Floats]:
    """([T, n] 1 - distance, [T] the same to the anchor or 0, [T] weights)."""
    distance, anchor, weight = problem.target_distances(criterion)
    return 1 - distance, np.zeros(len(distance)) if anchor is None else 1 - anchor, weight
