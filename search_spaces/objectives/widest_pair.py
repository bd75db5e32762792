"""WidestPair: the largest distance within a set, to be kept small (sets of languages that are alike)."""

from search_spaces.objectives.base import Floats
from search_spaces.objectives.bottleneck import Bottleneck


class WidestPair(Bottleneck):
    """f(S) = - the largest distance among the pairs of S, and between S and the anchor; 0 for a set without a pair.

    Args:
        distance: [n, n], symmetric, not negative; its diagonal is not read.
        anchor: [n] distances to the anchor, or None.
    """

    def __init__(self, distance: Floats, anchor: Floats | None = None) -> None:
        super().__init__(-distance, None if anchor is None else -anchor, cap=0.0)
        self.distance = distance
        self.anchor = anchor
