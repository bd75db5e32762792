"""ClosestPair: the smallest distance within a set (max-min dispersion)."""

import numpy as np

from search_spaces.objectives.base import Floats
from search_spaces.objectives.bottleneck import Bottleneck


class ClosestPair(Bottleneck):
    """f(S) = the smallest distance among the pairs of S, and between S and the anchor.

    A single language without an anchor has no pair; its value is the largest distance of the matrix, so that f never
    grows when a language is added (as in Fahrbach et al. 2025, GIST).

    Args:
        distance: [n, n], symmetric; its diagonal is not read.
        anchor: [n] distances to the anchor, or None.
    """

    def __init__(self, distance: Floats, anchor: Floats | None = None) -> None:
        off_diagonal = distance[~np.eye(len(distance), dtype=np.bool_)]
        largest = max(float(off_diagonal.max(initial=0.0)), 0.0 if anchor is None else float(np.max(anchor)))
        super().__init__(distance, anchor, cap=largest)
        self.distance = distance
        self.anchor = anchor
