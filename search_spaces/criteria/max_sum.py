"""Max-sum dispersion: the more distant the members are from each other, summed over all pairs, the better."""

from collections.abc import Sequence

from search_spaces.criteria.base import Criterion
from search_spaces.distances import DistanceMatrix
from search_spaces.languages import Language


class MaxSum(Criterion):
    """Sum of pairwise distances, the anchor included.

    Kuby (1987), "Programming models for facility dispersion: the p-dispersion and maxisum dispersion problems"
    (Geographical Analysis 19); Ravi, Rosenkrantz, Tayi (1994), "Heuristic and special case algorithms for dispersion
    problems" (Operations Research 42), who bound what the greedy choice can lose. The paper's `most_uriel_*` lists
    (Nguyen et al. 2025) come close to its optimum on URIEL+ distances. Ours is the plain sum, not the mean over pairs.
    """

    needs_distances = True
    uses_seed = False

    def score(self, languages: Sequence[Language], distances: DistanceMatrix | None, anchor: Language | None) -> float:
        return self.pairwise_sum(languages, distances, anchor)
