"""From distances to a similarity kernel: what the determinant (DPP) and Vendi criteria read."""

import numpy as np

from search_spaces.objectives.base import Floats, Ints
from search_spaces.objectives.bordered import bordered
from search_spaces.problem import SelectionProblem

NUGGET = 1e-4
"""Every language is this much more similar to itself than to its twin, so that twins do not end the logarithm."""


def similarity_kernel(distance: Floats, scale: float | None = None) -> Floats:
    """exp(-d^2 / (2 scale^2)), [m, m], made positive definite; ones on the diagonal.

    Where the distances are not Euclidean, the kernel can have negative eigenvalues. If one is below -NUGGET / 2, all
    negative ones are set to 0 (the nearest positive semidefinite matrix; Higham 1988, Linear Algebra and its
    Applications 103) and the diagonal is scaled back to 1. Then all similarities are divided by 1 + NUGGET, the
    diagonal excepted: the smallest eigenvalue is above NUGGET / 3.

    Args:
        distance: [m, m], symmetric.
        scale: the distance at which the similarity is 0.61; None = the median distance of the pairs (a usual choice:
            Garreau, Jitkrittum, Kanagawa 2017, "Large sample analysis of the median heuristic").

    Raises:
        ValueError: a scale that is not positive.
    """
    width = _median(distance) if scale is None else scale
    if not width > 0:
        raise ValueError(
            f"The scale of a similarity must be positive, but is {width}"
            f"{' (the median distance)' if scale is None else ''}. Give `scale`, a typical distance."
        )
    kernel: Floats = np.exp(-(distance**2) / (2 * width**2))
    np.fill_diagonal(kernel, 1.0)
    if not _is_positive(kernel, NUGGET / 2):
        kernel = _clipped(kernel)
    kernel /= 1 + NUGGET
    np.fill_diagonal(kernel, 1.0)
    return kernel


def problem_kernel(problem: SelectionProblem, criterion: str, scale: float | None) -> Floats:
    """The kernel of the candidates [n, n], or with the anchor as last row and column [n + 1, n + 1]."""
    distance, anchor = problem.pair_distances(criterion), problem.anchor_distances(criterion)
    return similarity_kernel(bordered(distance, anchor, 0.0), scale)


def given(kernel: Floats, present: Ints) -> Floats:
    """What is left of a kernel for the other rows once some are chosen: the Schur complement, [rest, rest].

    det kernel[A + S] = det kernel[A] * det given(kernel, A)[S].
    """
    rest = np.setdiff1d(np.arange(len(kernel)), present)
    if not len(present):
        return kernel
    across = kernel[np.ix_(present, rest)]
    block = np.linalg.solve(kernel[np.ix_(present, present)], across)
    left: Floats = kernel[np.ix_(rest, rest)] - across.T @ block
    return (left + left.T) / 2


def _median(distance: Floats) -> float:
    pairs = distance[np.triu_indices(len(distance), k=1)]
    return float(np.median(pairs)) if len(pairs) else 1.0


def _is_positive(kernel: Floats, slack: float) -> bool:
    try:
        np.linalg.cholesky(kernel + slack * np.eye(len(kernel)))
    except np.linalg.LinAlgError:
        return False
    return True


def _clipped(kernel: Floats) -> Floats:
    values, vectors = np.linalg.eigh(kernel)
    positive = (vectors * np.maximum(values, 0.0)) @ vectors.T
    length = np.sqrt(np.diagonal(positive))
    scaled: Floats = positive / np.outer(length, length)
    return (scaled + scaled.T) / 2
