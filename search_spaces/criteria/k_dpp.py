"""k-DPP: a random draw in which sets of unlike languages are likelier - "diverse, with a seed"."""

from dataclasses import dataclass

import numpy as np

from search_spaces.criteria.base import Draw
from search_spaces.criteria.kernels import given, problem_kernel
from search_spaces.objectives.base import Floats, Ints
from search_spaces.problem import SelectionProblem
from search_spaces.ranges import Positive

MAX_DRAWS = 1_000
"""Draws until the rules are held to be out of reach."""


@dataclass(frozen=True)
class KDpp(Draw):
    """A set of k languages with a probability proportional to the determinant of its similarity kernel, exactly.

    Kulesza, Taskar (2011), "k-DPPs: fixed-size determinantal point processes" (ICML), algorithms 7 and 8 of their 2012
    monograph. The kernel is that of `kernels.similarity_kernel`; given the anchor and the required languages, the
    others are drawn from the k-DPP of the Schur complement. Sets that break another rule are drawn again, so that the
    probabilities among the rest keep their proportions. With a range of sizes the size is drawn first, uniformly.

    Args:
        scale: the distance at which the similarity is 0.61; None = the median distance of the pool.
    """

    scale: Positive | None = None

    def draw(self, problem: SelectionProblem, generator: np.random.Generator) -> Ints:
        """Raises ValueError when 1,000 draws keep the rules never, or without distances."""
        space, n = problem.space, len(problem.candidates)
        kernel = problem_kernel(problem, "k-dpp", self.scale)
        required = np.flatnonzero(space.rows.required)
        optional = np.flatnonzero(~space.rows.required)
        free = given(kernel, np.concatenate([required, np.arange(n, len(kernel))]))
        eigenvalues, eigenvectors = np.linalg.eigh(free) if len(free) else (np.empty(0), np.empty((0, 0)))
        log_values = np.log(np.maximum(eigenvalues, 1e-300))
        lowest = max(space.min_size, len(required))
        for _ in range(MAX_DRAWS):
            size = int(generator.integers(lowest, space.largest_size + 1)) - len(required)
            kept = _choose_eigenvectors(log_values, size, generator)
            drawn = optional[_sample_projection(eigenvectors[:, kept], generator)]
            members = np.sort(np.concatenate([required, drawn])).astype(np.intp)
            if space.allows(members):
                return members
        raise ValueError(
            f"A k-DPP draw must find a set that keeps all rules, but {MAX_DRAWS} draws did not. Relax the rules, or "
            "draw near-optimal sets of the criterion 'dpp' by a tolerance and a seed."
        )


def _choose_eigenvectors(log_values: Floats, size: int, generator: np.random.Generator) -> Ints:
    """`size` numbers, a set with a probability proportional to the product of its eigenvalues."""
    n = len(log_values)
    # log_sums[m, j]: logarithm of the j-th elementary symmetric polynomial of the first m eigenvalues
    log_sums = np.full((n + 1, size + 1), -np.inf)
    log_sums[:, 0] = 0.0
    for m in range(1, n + 1):
        log_sums[m, 1:] = np.logaddexp(log_sums[m - 1, 1:], log_values[m - 1] + log_sums[m - 1, :-1])
    kept: list[int] = []
    for m in range(n, 0, -1):
        left = size - len(kept)
        if left == 0:
            break
        share = np.exp(log_values[m - 1] + log_sums[m - 1, left - 1] - log_sums[m, left])
        if left == m or generator.random() < share:
            kept.append(m - 1)
    return np.array(kept, dtype=np.intp)


def _sample_projection(vectors: Floats, generator: np.random.Generator) -> Ints:
    """One row a column, drawn from the projection DPP of orthonormal columns [n, k], by Gram-Schmidt on its kernel."""
    n, k = vectors.shape
    weight = (vectors**2).sum(axis=1)
    taken = np.empty((n, k))
    drawn: list[int] = []
    for step in range(k):
        item = int(generator.choice(n, p=weight / weight.sum()))
        row = vectors @ vectors[item] - taken[:, :step] @ taken[item, :step]
        taken[:, step] = row / np.sqrt(weight[item])
        weight = np.maximum(weight - taken[:, step] ** 2, 0.0)
        drawn.append(item)
        weight[drawn] = 0.0
    return np.array(drawn, dtype=np.intp)
