"""What a criterion is: a number for a set of languages, larger = more of what the criterion asks for.

A criterion only judges; `selection.py` searches for the set that it judges best. It never changes its arguments, and
the order of the languages plays no part.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from search_spaces.distances import DistanceMatrix
from search_spaces.languages import Language


class Criterion(ABC):
    """One way to judge a set of languages."""

    needs_distances: ClassVar[bool]
    """Whether `score` reads the distances; then None is refused for them."""
    uses_seed: ClassVar[bool]
    """Whether the choice is drawn at random. A seed is then required, and otherwise refused."""

    @abstractmethod
    def score(self, languages: Sequence[Language], distances: DistanceMatrix | None, anchor: Language | None) -> float:
        """The value of a set of languages.

        Args:
            languages: the set, each language once, without the anchor.
            distances: covers the languages and the anchor.
            anchor: a fixed further member that distances are counted to (English, the pivot), or None.

        Raises:
            ValueError: distances are needed but missing, or lack a language.
        """

    @staticmethod
    def pairwise_sum(languages: Sequence[Language], distances: DistanceMatrix | None, anchor: Language | None) -> float:
        """Sum of the distances of all unordered pairs of the set, the anchor included when there is one."""
        if distances is None:
            raise ValueError("This criterion needs distances between languages, but got none. Pass `distances`.")
        members = [*languages] if anchor is None else [*languages, anchor]
        return float(distances.block(members).sum()) / 2
