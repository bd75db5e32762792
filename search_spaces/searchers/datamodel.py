"""Datamodel: the score of a set as a sum of what each language adds, by Bayesian ridge regression.

Ilyas et al. (2022), "Datamodels: predicting predictions from training data" (ICML) fit such sums by the lasso to many
thousands of trainings; with tens of them a Gaussian prior on the effects is what the data carry. The ratio of the
variances of noise and effects is the maximum of its posterior on a grid (MacKay 1992, "Bayesian interpolation", in
closed form here); repeats of a set are simply several rows. What a training seed adds to all its scores is a random
effect, whose variance is chosen on a grid in the same way: for a given one, ordinary least squares of quasi-demeaned
rows (Fuller, Battese 1973).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search_spaces.objectives.base import Floats
from search_spaces.searchers.set_kernel import indicators

LOG_RATIOS = np.linspace(-6.0, 6.0, 49)
"""Logarithms of noise variance over the variance that effects make between sets."""

LOG_RATIO_SD = 2.0
"""Of their prior, around 0: as much noise as signal."""

SEED_RATIOS = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Variances between training seeds over that of the noise."""


@dataclass(frozen=True, eq=False)
class Datamodel:
    """score(S) = intercept + sum over S of effect + noise.

    Where all sets have one size, only differences between effects are known: the prior makes them sum to 0, and an
    effect then says how much better a language is than an average one.

    Attributes:
        effects: [n] posterior means, in units of the score. covariance: [n, n] theirs.
        centre: [n] the share of observations with each language. mean: of the scores. Seeds weigh alike in both as far
            as they differ.
        noise: the variance of one observation.
        mean_variance: that of `mean`.
    """

    effects: Floats
    covariance: Floats
    centre: Floats
    mean: float
    noise: float
    mean_variance: float

    @classmethod
    def fit(
        cls, sets: Sequence[Sequence[int]], scores: Floats, n: int, seeds: Sequence[int | None] | None = None
    ) -> "Datamodel":
        """From T >= 1 sets of candidate numbers below `n`, their scores [T] and training seeds (None = not known)."""
        rows = indicators(sets, n)
        known = sorted({seed for seed in seeds or () if seed is not None})
        groups = [np.array([seed == one for seed in seeds or ()], dtype=bool) for one in known] if known[1:] else []
        of = [_OfSeedRatio.of(rows, scores, groups, ratio) for ratio in (SEED_RATIOS if groups else SEED_RATIOS[:1])]
        unit = max(float(of[0].spectrum.sum()) / len(scores), 1e-12)  # what effects of variance 1 make between sets
        found = [(*one.evidence(unit * float(np.exp(at)), at), i, at) for i, one in enumerate(of) for at in LOG_RATIOS]
        _, variance, i, at = found[int(np.argmax([value for value, *_ in found]))]
        ratio, best = unit * float(np.exp(at)), of[i]
        effects = best.right.T @ (best.values * best.projected / (best.spectrum + ratio))
        covariance = variance * (np.eye(n) - (best.right.T * (best.spectrum / (best.spectrum + ratio))) @ best.right)
        noise = variance * ratio
        return cls(effects, covariance, best.centre, best.mean, noise, noise / best.n_worth)

    def mean_sd(self, sets: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        """Means and standard deviations [B] of the true scores (without noise) of B sets."""
        rows = indicators(sets, len(self.effects)) - self.centre
        variance = ((rows @ self.covariance) * rows).sum(axis=1) + self.mean_variance
        return self.mean + rows @ self.effects, np.sqrt(variance)

    def draw(self, generator: np.random.Generator) -> Floats:
        """[n] effects drawn from the posterior."""
        values, vectors = np.linalg.eigh(self.covariance)
        scaled = np.sqrt(np.maximum(values, 0.0)) * generator.standard_normal(len(values))
        drawn: Floats = self.effects + vectors @ scaled
        return drawn


@dataclass(frozen=True, eq=False)
class _OfSeedRatio:
    """The regression for one variance between seeds, as a singular value decomposition.

    Attributes:
        right, values, projected: right singular vectors [r, n], singular values [r], left singular vectors times y [r].
        square: y @ y. centre, mean: see `Datamodel`. n_worth: how many independent observations the mean is worth.
        log_det: of the covariance that seeds give to the noise.
    """

    right: Floats
    values: Floats
    projected: Floats
    square: float
    centre: Floats
    mean: float
    n_worth: float
    log_det: float
    n_rows: int

    @classmethod
    def of(cls, rows: Floats, scores: Floats, groups: Sequence[np.ndarray], ratio: float) -> "_OfSeedRatio":
        """`groups`: for each seed [T], which rows are its own."""
        centre, mean = rows.mean(axis=0), float(np.mean(scores))
        rows, y, ones, log_det = rows - centre, scores - mean, np.ones(len(scores)), 0.0
        for group in groups if ratio else ():
            size = int(group.sum())
            share = 1.0 - 1.0 / np.sqrt(1.0 + ratio * size)
            for column in (rows, y, ones):
                column[group] -= share * column[group].mean(axis=0)
            log_det += float(np.log1p(ratio * size))
        n_worth = float(ones @ ones)
        if ratio:
            further, rest = ones @ rows / n_worth, float(ones @ y / n_worth)
            rows, y = rows - ones[:, None] * further, y - ones * rest
            centre, mean = centre + further, mean + rest
        left, values, right = np.linalg.svd(rows, full_matrices=False)
        log_det += float(np.log(n_worth / len(scores)))  # of the mean, which is not known either
        return cls(right, values, left.T @ y, float(y @ y), centre, mean, n_worth, log_det, len(scores))

    @property
    def spectrum(self) -> Floats:
        """[r] squared singular values."""
        return self.values**2

    def evidence(self, ratio: float, log_ratio: float) -> tuple[float, float]:
        """Its logarithm (less a constant) and the variance of the effects, for one ratio of noise to that."""
        n_free = max(1, self.n_rows - 1)  # the mean took one
        outside = max(0.0, self.square - float(self.projected @ self.projected))
        squares = float((self.projected**2 / (self.spectrum + ratio)).sum()) + outside / ratio
        # a weak prior on the variance of the effects keeps it from 0 where all scores are alike
        variance = (squares + 1e-12) / n_free
        log_det = float(np.log(self.spectrum + ratio).sum()) + (self.n_rows - len(self.spectrum)) * np.log(ratio)
        value = -0.5 * (n_free * np.log(variance) + log_det + self.log_det) - 0.5 * (log_ratio / LOG_RATIO_SD) ** 2
        return float(value), variance
