"""GIST: be useful and far apart at once."""

from dataclasses import dataclass
from typing import Annotated

from search_spaces.criteria.base import Criterion
from search_spaces.criteria.class_coverage import AreaCoverage, FamilyCoverage, ScriptCoverage
from search_spaces.criteria.coverage import FacilityLocation, TargetCoverage
from search_spaces.criteria.feature_statistics import FeatureInclusion
from search_spaces.criteria.max_min import MaxMin
from search_spaces.criteria.phylogenetic_diversity import PhylogeneticDiversity
from search_spaces.objectives.base import Objective
from search_spaces.objectives.weighted_sum import WeightedSum
from search_spaces.problem import SelectionProblem
from search_spaces.ranges import Range
from search_spaces.registry import Registry

UTILITIES: Registry[Criterion] = Registry(
    "utility",
    {
        "facility-location": FacilityLocation(),
        "target-coverage": TargetCoverage(),
        "feature-inclusion": FeatureInclusion(),
        "phylogenetic-diversity": PhylogeneticDiversity(),
        "family-coverage": FamilyCoverage(),
        "script-coverage": ScriptCoverage(),
        "area-coverage": AreaCoverage(),
    },
)
"""Those that the paper allows: monotone and submodular."""


@dataclass(frozen=True)
class Gist(Criterion):
    """utility + weight * smallest distance between two members (the anchor is one). Rises or falls as a set grows.

    Fahrbach et al. (2025), "GIST: greedy independent set thresholding for max-min diversification with submodular
    utility" (NeurIPS). The utility is in its own units, not rescaled. Only the objective is theirs: the
    solvers are ours, so that the paper's factor 1/2 does not apply.

    Args:
        weight: from 0, of the smallest distance.
        utility: a name in `UTILITIES`.

    Raises:
        ValueError: a negative weight or an unknown utility.
    """

    weight: Annotated[float, Range(least=0)] = 1.0
    utility: str = "facility-location"

    def __post_init__(self) -> None:
        if not self.weight >= 0:
            raise ValueError(f"`weight` of gist must be at least 0, but is {self.weight}. Raise it.")
        UTILITIES[self.utility]

    def bind(self, problem: SelectionProblem) -> Objective:
        parts = [UTILITIES[self.utility].bind(problem), MaxMin().bind(problem)]
        return WeightedSum([1.0, self.weight], parts)
