"""A Gaussian process over sets: Gaussian noise, repeated observations, weights of the kernel from the data.

Rasmussen, Williams (2006), "Gaussian Processes for Machine Learning", chapters 2 and 5. Plain numpy: a kernel that is a
function of a few precomputed [T, T] matrices needs one Cholesky factor a step, and every gradient is a matrix product;
a library would want its own kernel classes and knows no repeats. Scores are standardised; their mean has a wide prior.
Weights, rates and the noise are a maximum a posteriori estimate: the prior gives a typology kernel little weight, so
that it counts only when scores speak for it. Repeats enter exactly, as their mean with the noise divided by their
number, plus the likelihood of their spread (chapter 2 with a block of equal rows). What a training seed adds to all its
scores, and to those of sets that overlap, are random effects: parts of the covariance that only observations of one
seed share, so that its luck is not taken for the merit of sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from search_spaces.objectives.base import Floats, Ints
from search_spaces.searchers.set_kernel import EARLIER, SetKernel, indicators

MEAN_VARIANCE = 4.0
"""Of the unknown mean of all scores, in units of their variance."""

OVERLAP_WEIGHT, OTHER_WEIGHT, EARLIER_WEIGHT, RATE, NOISE = -0.3, -4.5, -1.0, -0.5, -1.0
"""Prior means of logarithms: the share of variance by overlap, by each other way, by what earlier trials say (somebody
asked for it), the rates, the noise variance."""

BY_SEED, BY_SEED_AND_SET = -1.5, -1.5
"""The same of the variance between training seeds, and of what a seed adds to sets by their overlap."""

PRIOR_SD = 1.5
BOUNDS = (-9.0, 4.0)
JITTER = 1e-6
NEGLIGIBLE = 1e-4
"""Ways with a smaller weight say nothing and are left out."""

MAX_STEPS = 40
N_AT_ONCE = 256
"""Rows of a large covariance matrix that are in memory at one time."""


class Data:
    """Observations by distinct set, and by training seed where several are known.

    Args:
        sets: T sets of candidate numbers, repetitions allowed.
        scores: [T].
        seeds: [T] of the trainings, None = not known. Fewer than two different ones say nothing and are ignored.

    Attributes:
        sets: the U distinct ones, in order of first appearance; one observed with several known seeds stands there for
            each of them.
        seeds: [U] numbers of the seeds from 0; -1 = not known.
        counts, means: [U] how often each was observed, and its mean score.
        spread: sum over all observations of the squared difference to the mean of their set (and seed).
    """

    def __init__(
        self, sets: Sequence[tuple[int, ...]], scores: Floats, seeds: Sequence[int | None] | None = None
    ) -> None:
        known = sorted({seed for seed in seeds or () if seed is not None})
        numbers = {seed: i for i, seed in enumerate(known)} if len(known) > 1 else {}
        by_seed = [-1 if seed is None else numbers.get(seed, -1) for seed in seeds or [None] * len(sets)]
        number: dict[tuple[tuple[int, ...], int], int] = {}
        keys = zip(sets, by_seed, strict=True)
        owner = np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.intp)
        self.sets = [members for members, _ in number]
        self.seeds = np.array([seed for _, seed in number], dtype=np.intp)
        self.counts = np.bincount(owner, minlength=len(number)).astype(np.float64)
        self.means = np.bincount(owner, weights=scores, minlength=len(number)) / np.maximum(self.counts, 1.0)
        self.spread = float(((scores - self.means[owner]) ** 2).sum())

    def __len__(self) -> int:
        return len(self.sets)

    @property
    def n_observations(self) -> int:
        return int(self.counts.sum())


@dataclass(frozen=True, eq=False)
class Weights:
    """What is learned of a kernel: `weights`, `rates` [C], `noise` (a variance), in units of scores less `shift` over
    `scale`.

    by_seed, by_seed_and_set: variances of what a training seed adds to all its scores, and to sets as far as these
    overlap (at the rate of the first way).
    """

    weights: Floats
    rates: Floats
    noise: float
    shift: float
    scale: float
    by_seed: float = 0.0
    by_seed_and_set: float = 0.0


def fit_weights(kernel: SetKernel, data: Data) -> Weights:
    """The maximum a posteriori estimate; from one and the same start, so that equal data give equal weights."""
    shift = float(np.average(data.means, weights=data.counts))
    variance = (float((data.counts * (data.means - shift) ** 2).sum()) + data.spread) / data.n_observations
    scale = float(np.sqrt(variance)) if variance > 0 else 1.0
    y, spread = (data.means - shift) / scale, data.spread / scale**2
    rows = indicators(data.sets, kernel.n)
    distances = kernel.distances(rows, rows)
    n_ways, same = len(kernel.names), same_seed(data.seeds)
    others = [EARLIER_WEIGHT if name.startswith(EARLIER) else OTHER_WEIGHT for name in kernel.names[1:]]
    prior = np.array(
        [OVERLAP_WEIGHT, *others, *[RATE] * n_ways, NOISE, *([] if same is None else [BY_SEED, BY_SEED_AND_SET])]
    )

    def loss(theta: Floats) -> tuple[float, Floats]:
        value, gradient = negative_log_likelihood(theta, distances, y, data.counts, spread, same)
        off = (theta - prior) / PRIOR_SD
        return value + 0.5 * float(off @ off), gradient + off / PRIOR_SD

    found = minimize(
        loss, prior, jac=True, method="L-BFGS-B", bounds=[BOUNDS] * len(prior), options={"maxiter": MAX_STEPS}
    )
    theta = np.exp(found.x)
    weights, rates, (noise, *by_seed) = theta[:n_ways], theta[n_ways : 2 * n_ways], theta[2 * n_ways :].tolist()
    return Weights(weights, rates, noise, shift, scale, *by_seed)


def same_seed(seeds_U: Ints) -> Floats | None:
    """[U, U] 1 where two observations have the same known training seed; None where no seed is known."""
    if not (seeds_U >= 0).any():
        return None
    same: Floats = ((seeds_U[:, None] == seeds_U) & (seeds_U >= 0)).astype(np.float64)
    return same


def negative_log_likelihood(
    theta: Floats,
    distances_CUU: Floats,
    y_U: Floats,
    counts_U: Floats,
    spread: float,
    same_seed_UU: Floats | None = None,
) -> tuple[float, Floats]:
    """Minus the log likelihood of observations with these means, counts and spread (less a constant), and its gradient.

    Args:
        theta: logarithms of C weights, C rates and the noise variance; with `same_seed_UU` also of `by_seed` and
            `by_seed_and_set`.
    """
    n_ways = len(distances_CUU)
    weights, rates = np.exp(theta[:n_ways]), np.exp(theta[n_ways : 2 * n_ways])
    noise = float(np.exp(theta[2 * n_ways]))
    parts = weights[:, None, None] * np.exp(-rates[:, None, None] * distances_CUU)
    covariance = parts.sum(axis=0) + MEAN_VARIANCE
    covariance[np.diag_indices(len(y_U))] += noise / counts_U + JITTER
    if same_seed_UU is not None:
        between = np.exp(theta[-2]) * same_seed_UU
        within = np.exp(theta[-1]) * same_seed_UU * np.exp(-rates[0] * distances_CUU[0])
        covariance += between + within
    factor = np.linalg.cholesky(covariance)
    inverse = np.linalg.inv(covariance)
    solved = inverse @ y_U
    n_extra = float(counts_U.sum()) - len(y_U)
    value = 0.5 * float(y_U @ solved) + float(np.log(np.diagonal(factor)).sum())
    value += 0.5 * n_extra * theta[2 * n_ways] + 0.5 * spread / noise
    outer = inverse - np.outer(solved, solved)  # twice the derivative with respect to the covariance
    by_weight = 0.5 * np.einsum("cij,ij->c", parts, outer)
    by_rate = -0.5 * rates * np.einsum("cij,cij,ij->c", parts, distances_CUU, outer)
    by_noise = 0.5 * float((np.diagonal(outer) * noise / counts_U).sum()) + 0.5 * n_extra - 0.5 * spread / noise
    if same_seed_UU is None:
        return value, np.concatenate([by_weight, by_rate, [by_noise]])
    by_rate[0] -= 0.5 * rates[0] * float((within * distances_CUU[0] * outer).sum())
    by_seeds = [0.5 * float((part * outer).sum()) for part in (between, within)]
    return value, np.concatenate([by_weight, by_rate, [by_noise], by_seeds])


class SetPosterior:
    """What is believed of every set after the observations.

    Args:
        kernel, weights, data: see there.
        pending: sets under evaluation: as if their posterior mean had been observed (the "kriging believer" of
            Ginsbourger et al. 2010), which leaves all means as they are and makes sets near them less uncertain.
    """

    def __init__(
        self, kernel: SetKernel, weights: Weights, data: Data, pending: Sequence[tuple[int, ...]] = ()
    ) -> None:
        self.kernel, self.weights = kernel, weights
        self._observe(data.sets, data.seeds, data.counts, (data.means - weights.shift) / weights.scale)
        if pending:
            self._believe(data, pending)

    def _observe(self, sets: Sequence[tuple[int, ...]], seeds: Ints, counts: Floats, targets: Floats) -> None:
        self.sets, self.seeds, self.targets = list(sets), seeds, targets
        self.rows = indicators(sets, self.kernel.n)
        self.noise_variances = self.weights.noise / counts
        self.embedded = self.kernel.embed(self.rows)
        distances = self.kernel.distances(self.rows, self.rows, self.embedded)
        self._of_seeds = self._covariance_of_seeds(distances[0])
        among = self._kernel(distances)
        among[np.diag_indices(len(sets))] += self.noise_variances + JITTER
        if self._of_seeds is not None:
            among += self._of_seeds
        self.inverse = np.linalg.inv(among)
        self._solved = self.inverse @ targets

    def _believe(self, data: Data, pending: Sequence[tuple[int, ...]]) -> None:
        observed = list(zip(data.sets, data.seeds.tolist(), strict=True))
        counts = dict(zip(observed, data.counts, strict=True))
        targets = dict(zip(observed, self.targets, strict=True))
        means = (self.mean_sd(pending)[0] - self.weights.shift) / self.weights.scale
        for members, mean in zip(pending, means, strict=True):
            # a further observation of a known set at the mean believed of it, with a seed that is not known
            key = (members, -1)
            known = counts.get(key, 0.0)
            targets[key] = (known * targets.get(key, 0.0) + mean) / (known + 1.0)
            counts[key] = known + 1.0
        self._observe(
            [members for members, _ in counts], np.array([seed for _, seed in counts], dtype=np.intp),
            np.array(list(counts.values())), np.array(list(targets.values())),
        )  # fmt: skip

    @classmethod
    def fitted(cls, kernel: SetKernel, data: Data, pending: Sequence[tuple[int, ...]] = ()) -> "SetPosterior":
        """With weights learned from the same observations."""
        return cls(kernel, fit_weights(kernel, data), data, pending)

    def mean_sd(self, sets: Sequence[tuple[int, ...]]) -> tuple[Floats, Floats]:
        """Means and standard deviations [B] of the true scores (without noise) of B sets."""
        return self.mean_sd_of_rows(indicators(sets, self.kernel.n))

    def mean_sd_of_rows(self, rows_BN: Floats) -> tuple[Floats, Floats]:
        """As `mean_sd`, of sets given as 0/1 rows [B, n]."""
        across = self.covariance(rows_BN)
        means = across @ self._solved
        prior = float(self.weights.weights.sum()) + MEAN_VARIANCE
        variance = prior - ((across @ self.inverse) * across).sum(axis=1)
        return means * self.weights.scale + self.weights.shift, np.sqrt(np.maximum(variance, 0.0)) * self.weights.scale

    def drawn_noise(self, generator: np.random.Generator) -> Floats:
        """[U] a draw of what the observations were beside their true scores: noise, and what their seeds add."""
        noise: Floats = generator.standard_normal(len(self.sets)) * np.sqrt(self.noise_variances)
        if self._of_seeds is not None:
            values, vectors = np.linalg.eigh(self._of_seeds)
            noise += vectors @ (np.sqrt(np.maximum(values, 0.0)) * generator.standard_normal(len(values)))
        return noise

    def _covariance_of_seeds(self, overlap_UU: Floats) -> Floats | None:
        """[U, U] of what the training seeds add; None where none is known."""
        same, weights = same_seed(self.seeds), self.weights
        if same is None or not (weights.by_seed or weights.by_seed_and_set):
            return None
        added: Floats = same * (weights.by_seed + weights.by_seed_and_set * np.exp(-weights.rates[0] * overlap_UU))
        return added

    def covariance(self, rows_BN: Floats) -> Floats:
        """[B, U] prior covariance of sets given as 0/1 rows with the known ones, in squared standardised units."""
        return self._kernel(self.kernel.distances(rows_BN, self.rows, self.embedded))

    def combination(self, sets: Sequence[tuple[int, ...]], factors_B: Floats) -> tuple[float, float]:
        """Mean and standard deviation of a weighted sum of B true scores."""
        rows = indicators(sets, self.kernel.n)
        across = factors_B @ self.covariance(rows)
        prior = factors_B @ self._kernel(self.kernel.distances(rows, rows)) @ factors_B
        mean = float(across @ self._solved) * self.weights.scale + factors_B.sum() * self.weights.shift
        variance = float(prior - across @ self.inverse @ across)
        return float(mean), float(np.sqrt(max(variance, 0.0))) * self.weights.scale

    def combinations(self, rows_BN: Floats, weights_MB: Floats) -> tuple[Floats, Floats]:
        """Means and standard deviations [M] of weighted sums of B true scores, of sets given as 0/1 rows."""
        across = weights_MB @ self.covariance(rows_BN)
        embedded = self.kernel.embed(rows_BN)
        prior = np.zeros(len(weights_MB))
        for start in range(0, len(rows_BN), N_AT_ONCE):
            part = slice(start, start + N_AT_ONCE)
            among = self._kernel(self.kernel.distances(rows_BN[part], rows_BN, embedded))
            prior += (weights_MB[:, part] * (weights_MB @ among.T)).sum(axis=1)
        means = across @ self._solved * self.weights.scale + weights_MB.sum(axis=1) * self.weights.shift
        variances = prior - ((across @ self.inverse) * across).sum(axis=1)
        return means, np.sqrt(np.maximum(variances, 0.0)) * self.weights.scale

    def _kernel(self, distances_CAB: Floats) -> Floats:
        # in place: this is where a proposal spends its time
        result = np.full(distances_CAB.shape[1:], MEAN_VARIANCE)
        for weight, rate, distance in zip(self.weights.weights, self.weights.rates, distances_CAB, strict=True):
            if weight < NEGLIGIBLE:
                result += weight
                continue
            distance *= -rate
            np.exp(distance, out=distance)
            distance *= weight
            result += distance
        return result
