"""Anchor distance: how far the members are from the anchor language, on average."""

from dataclasses import dataclass

from search_spaces.criteria.base import Criterion
from search_spaces.objectives.base import Objective
from search_spaces.objectives.by_size import mean_over_members
from search_spaces.problem import SelectionProblem


@dataclass(frozen=True)
class AnchorDistance(Criterion):
    """Mean distance of the members to the anchor (English); "least-anchor-distance" asks for near ones.

    A mean, so that sets of different sizes compare. The distance from the source that LangRank (Lin et al. 2019) ranks
    single transfer languages by; distances among the members play no part.
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        """Raises ValueError without an anchor, or without distances."""
        anchor = problem.anchor_distances("anchor-distance")
        if anchor is None:
            raise ValueError(
                "The criterion 'anchor-distance' needs an anchor, but the problem has none. "
                "Give `anchor`, for example English."
            )
        return mean_over_members(anchor)
