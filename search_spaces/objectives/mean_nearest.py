"""MeanNearest: how far the members are from their nearest fellow, on average."""

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.objectives.bordered import append_anchor, bordered


class MeanNearest(Objective):
    """f(S) = mean over the members of the distance to the nearest other one; the anchor is a member too.

    A single language without an anchor has no fellow: 0.

    Args:
        distance: [n, n], symmetric; its diagonal is not read.
        anchor: [n] distances to the anchor, or None.
    """

    def __init__(self, distance: Floats, anchor: Floats | None = None) -> None:
        super().__init__(len(distance))
        self._has_anchor = anchor is not None
        self._points = bordered(distance, anchor, np.inf)
        np.fill_diagonal(self._points, np.inf)

    def values(self, sets_BK: Ints) -> Floats:
        points_BM = append_anchor(sets_BK, self.n) if self._has_anchor else sets_BK
        if points_BM.shape[1] == 1:
            return np.zeros(len(points_BM))
        rows = max(1, 4_000_000 // points_BM.shape[1] ** 2)
        parts = [np.empty(0)]
        for start in range(0, len(points_BM), rows):
            chunk = points_BM[start : start + rows]
            parts.append(self._points[chunk[:, :, None], chunk[:, None, :]].min(axis=2).mean(axis=1))
        return np.concatenate(parts)

    def upper_bound(self, max_size: int) -> float:
        """The largest distance."""
        return float(self._points.max(initial=0.0, where=np.isfinite(self._points)))
