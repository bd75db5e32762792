"""SetKernel: how alike two sets of languages are, in several ways at once.

    k(S, S') = sum over ways c of weight_c * exp(-rate_c * D_c(S, S'))

    overlap      D = 1 - |S & S'| / sqrt(|S| |S'|): the share of languages exchanged, where sizes are equal
    a distance   D = the squared maximum mean discrepancy of the two sets under a similarity of languages
    earlier      D = (mean effect of S - mean effect of S')^2, with the effects that earlier trials gave the languages
    size         D = (log |S| - log |S'|)^2, where sizes vary

Each D is scaled to the mean 1 among random feasible sets, so that rates mean the same everywhere. All are squared
Euclidean distances between embeddings of the sets (of x / sqrt|S|, of mean embeddings, of the log size), so that every
exp(-rate * D) is positive semi-definite (Schoenberg 1938) and their sum is. The overlap kernel is the categorical
kernel of Casmopolitan (Wan et al. 2021) for sets of one size; Gretton et al. (2012, JMLR 13) define the discrepancy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from search_spaces.criteria.kernels import similarity_kernel
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.distances.sources import load_distances
from search_spaces.languages import Language
from search_spaces.objectives.base import Floats
from search_spaces.solvers.sampling import random_sets
from search_spaces.subset_space import SubsetSpace

N_SCALE_SETS = 64
SCALE_SEED = 0
EARLIER = "earlier:"
"""How the names of ways begin that come from earlier trials."""

TYPOLOGY = ("featural", "genetic", "geographic")


def typology(languages: Iterable[Language]) -> dict[str, DistanceMatrix]:
    """The distances that a typology kernel usually knows, by name. Raises ValueError where URIEL lacks a language."""
    tags = tuple(languages)
    return {name: load_distances(name, tags).matrix for name in TYPOLOGY}


@dataclass(frozen=True, eq=False)
class SetKernel:
    """The ways of one space.

    Args:
        n: number of candidates.
        names: of the C ways, "overlap" first.
        similarity: [C', n, n] of languages for the first C' ways: the identity for the overlap.
        has_size: whether the last way is the size.
        scales: [C], what D is divided by.
    """

    n: int
    names: tuple[str, ...]
    similarity: Floats
    has_size: bool
    scales: Floats

    @classmethod
    def of(
        cls,
        space: SubsetSpace,
        distances: Mapping[str, DistanceMatrix] | None = None,
        effects: Mapping[str, Floats] | None = None,
    ) -> "SetKernel":
        """The kernel of a space; ways in which all its sets are alike are left out.

        Args:
            effects: [n] of the candidates, by the name of where they come from.

        Raises:
            ValueError: a distance matrix lacks a candidate.
        """
        tags = space.candidates
        names, similarity = ["overlap"], [np.eye(len(tags))]
        for name, matrix in sorted((distances or {}).items()):
            block = matrix.block(tags)
            if block.any():
                names.append(name)
                similarity.append(similarity_kernel(block, float(np.median(block[block > 0]))))
        for name, effects_N in sorted((effects or {}).items()):  # a squared discrepancy too: of a similarity of rank 1
            names.append(f"{EARLIER}{name}")
            similarity.append(np.outer(effects_N, effects_N))
        has_size = space.min_size < space.largest_size
        everything = cls(
            len(tags), (*names, "size") if has_size else tuple(names), np.array(similarity), has_size,
            np.ones(len(names) + has_size),
        )  # fmt: skip
        sets = indicators(
            [m.tolist() for m in random_sets(space, N_SCALE_SETS, np.random.default_rng(SCALE_SEED))], len(tags)
        )
        means = everything.distances(sets, sets).sum(axis=(1, 2)) / (N_SCALE_SETS * (N_SCALE_SETS - 1))
        kept = means > 1e-12
        kept[0] = True  # also in a space of a single set
        return cls(
            len(tags), tuple(np.array(everything.names)[kept].tolist()), np.array(similarity)[kept[: len(names)]],
            has_size and bool(kept[-1]), np.where(means > 1e-12, means, 1.0)[kept],
        )  # fmt: skip

    def distances(self, left_AN: Floats, right_BN: Floats, right: "Embedded | None" = None) -> Floats:
        """[C, A, B] scaled distances D between sets given as 0/1 rows. `right`: of `embed(right_BN)`, if at hand."""
        right = right or self.embed(right_BN)
        left = self.embed(left_AN, with_products=False)
        result = np.empty((len(self.names), len(left_AN), len(right_BN)))
        for c in range(len(self.similarity)):
            rows = left.rows_overlap if c == 0 else left.rows_mean
            result[c] = left.squares[c][:, None] + right.squares[c][None, :] - 2.0 * (rows @ right.products[c])
        if self.has_size:
            result[-1] = (left.log_size[:, None] - right.log_size[None, :]) ** 2
        np.maximum(result, 0.0, out=result)
        result /= self.scales[:, None, None]
        return result

    def embeddings(self, rows_BN: Floats) -> list[Floats]:
        """Per way the rows [B, n] (of the size: [B, 1]) that, times `random_directions`, are projections of its
        embedding."""
        embedded = self.embed(rows_BN, with_products=False)
        rows = [embedded.rows_overlap, *[embedded.rows_mean] * (len(self.similarity) - 1)]
        return [*rows, embedded.log_size[:, None]] if self.has_size else rows

    def random_directions(self, way: int, n_directions: int, generator: np.random.Generator) -> Floats:
        """[n, M] (of the size: [1, M]) standard normal directions in the embedding of a way, applied to its rows.

        Their covariance is the similarity: the squared length of an embedded difference is that of D before scaling.
        """
        if self.has_size and way == len(self.names) - 1:
            return generator.standard_normal((1, n_directions))
        drawn = generator.standard_normal((self.n, n_directions))
        if way == 0:
            return drawn
        values, vectors = np.linalg.eigh(self.similarity[way])
        directions: Floats = (vectors * np.sqrt(np.maximum(values, 0.0))) @ drawn
        return directions

    def embed(self, sets_BN: Floats, with_products: bool = True) -> "Embedded":
        """What distances to these sets need, computed once."""
        sizes = sets_BN.sum(axis=1)
        overlap, mean = sets_BN / np.sqrt(sizes)[:, None], sets_BN / sizes[:, None]
        products, squares = [], [np.ones(len(sets_BN))]
        if with_products:
            products.append(overlap.T)
        for similarity in self.similarity[1:]:
            smoothed = mean @ similarity
            squares.append((smoothed * mean).sum(axis=1))
            if with_products:
                products.append(smoothed.T)
        return Embedded(overlap, mean, np.log(sizes), products, squares)


@dataclass(frozen=True, eq=False)
class Embedded:
    """Sets as a kernel sees them: `rows_overlap`, `rows_mean` [B, n], `log_size` [B], per way `products` [n, B] (the
    similarity times the rows) and `squares` [B] (lengths)."""

    rows_overlap: Floats
    rows_mean: Floats
    log_size: Floats
    products: list[Floats]
    squares: list[Floats]


def indicators(sets: Sequence[Sequence[int]], n: int) -> Floats:
    """[B, n] 0/1 rows of sets of candidate numbers."""
    rows = np.zeros((len(sets), n))
    for row, members in zip(rows, sets, strict=True):
        row[list(members)] = 1.0
    return rows
