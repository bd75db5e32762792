"""Min-sum: the opposite of max-sum dispersion, for sets of languages that are alike."""

from collections.abc import Sequence

from search_spaces.criteria.base import Criterion
from search_spaces.distances import DistanceMatrix
from search_spaces.languages import Language


class MinSum(Criterion):
    """Minus the sum of pairwise distances, the anchor included, so that larger is better here too.

    The counterpart of `MaxSum` that the paper's `least_uriel_*` lists minimise (Nguyen et al. 2025).
    """

    needs_distances = True
    uses_seed = False

    def score(self, languages: Sequence[Language], distances: DistanceMatrix | None, anchor: Language | None) -> float:
        return -self.pairwise_sum(languages, distances, anchor)
