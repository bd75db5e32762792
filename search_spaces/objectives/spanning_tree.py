"""SpanningTree: the length of the shortest tree that links all members (remote-MST)."""

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.objectives.bordered import append_anchor, bordered


class SpanningTree(Objective):
    """f(S) = weight of the minimum spanning tree of S and the anchor; 0 for a single point.

    Args:
        distance: [n, n], symmetric, not negative; its diagonal is not read.
        anchor: [n] distances to the anchor, or None.
    """

    def __init__(self, distance: Floats, anchor: Floats | None = None) -> None:
        super().__init__(len(distance))
        self._has_anchor = anchor is not None
        self._points = bordered(distance, anchor, 0.0)
        np.fill_diagonal(self._points, 0.0)

    def values(self, sets_BK: Ints) -> Floats:
        """Prim's algorithm, step by step in all sets at once."""
        points_BM = append_anchor(sets_BK, self.n) if self._has_anchor else np.asarray(sets_BK)
        n_sets, n_points = points_BM.shape
        every = np.arange(n_sets)
        total = np.zeros(n_sets)
        newest = points_BM[:, 0]
        # link[b, m]: shortest way from the tree to a point outside it; inf for those inside
        link = np.full((n_sets, n_points), np.inf)
        outside = np.ones((n_sets, n_points), dtype=np.bool_)
        outside[:, 0] = False
        for _ in range(n_points - 1):
            np.minimum(link, self._points[newest[:, None], points_BM], out=link)
            link[~outside] = np.inf
            closest = link.argmin(axis=1)
            total += link[every, closest]
            outside[every, closest] = False
            newest = points_BM[every, closest]
        return total

    def upper_bound(self, max_size: int) -> float:
        """Over m <= max_size (+ 1) points, the largest 2 / m times a bound on the sum of all their pairs.

        A tree drawn uniformly among the spanning trees of m points has each of the m (m - 1) / 2 pairs with
        probability 2 / m, so the shortest tree weighs at most 2 / m times the sum of the pairs. That sum is at most
        half the m largest, over points, sums of a point's m - 1 largest distances.
        """
        falling = -np.sort(-self._points, axis=1)
        reach = np.cumsum(falling, axis=1)  # reach[i, c]: the c + 1 largest distances of point i
        bound = 0.0
        for m in range(2, min(max_size + self._has_anchor, len(self._points)) + 1):
            largest = -np.sort(-reach[:, m - 2])[:m]
            bound = max(bound, float(largest.sum()) / m)
        return bound
