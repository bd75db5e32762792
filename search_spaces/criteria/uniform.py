"""Random: no set is better than another; the seed decides. The baseline for all other criteria."""

from collections.abc import Sequence

from search_spaces.criteria.base import Criterion
from search_spaces.distances import DistanceMatrix
from search_spaces.languages import Language


class Uniform(Criterion):
    """The same value for every set, so that all sets of one size are equally likely."""

    needs_distances = False
    uses_seed = True

    def score(self, languages: Sequence[Language], distances: DistanceMatrix | None, anchor: Language | None) -> float:
        return 0.0
