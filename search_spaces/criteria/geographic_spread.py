"""Geographic spread: how far apart on the globe the members are, on average."""

from dataclasses import dataclass

from search_spaces.criteria.base import Criterion
from search_spaces.distances.geography import great_circle
from search_spaces.objectives.base import Objective
from search_spaces.objectives.by_size import mean_over_pairs
from search_spaces.problem import SelectionProblem


@dataclass(frozen=True)
class GeographicSpread(Criterion):
    """Mean great-circle distance of the pairs of members (the anchor is one), in halves of the Earth's circumference.

    1 is 20,015 km. A mean, so that sets of different sizes compare; a single language without an anchor has 0. The
    mean pairwise distance of Ploeger et al. (2026) over geography; one point stands for a language, see `geography.py`.
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        n = len(problem.candidates)
        tail = [] if problem.anchor is None else [problem.anchor]
        languages = (*problem.candidates, *tail)
        distance = great_circle(languages).block(languages)
        return mean_over_pairs(distance[:n, :n], distance[n, :n] if tail else None)
