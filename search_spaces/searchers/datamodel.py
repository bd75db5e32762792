"""Datamodel: the score of a set as a sum of what each language adds, by Bayesian ridge regression.

Ilyas et al. (2022), "Datamodels: predicting predictions from training data" (ICML) fit such sums by the lasso to many
thousands of trainings; with tens of them a Gaussian prior on the effects is what the data carry. The ratio of the
variances of noise and effects is the maximum of its posterior on a grid (MacKay 1992, "Bayesian interpolation", in
closed form here); repeats of a set are simply several rows.
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


@dataclass(frozen=True, eq=False)
class Datamodel:
    """score(S) = intercept + sum over S of effect + noise.

    Where all sets have one size, only differences between effects are known: the prior makes them sum to 0, and an
    effect then says how much better a language is than an average one.

    Attributes:
        effects: [n] posterior means, in units of the score. covariance: [n, n] theirs.
        centre: [n] the share of observations with each language. mean: of the scores.
        noise: the variance of one observation.
        n_observations: how many.
    """

    effects: Floats
    covariance: Floats
    centre: Floats
    mean: float
    noise: float
    n_observations: int

    @classmethod
    def fit(cls, sets: Sequence[Sequence[int]], scores: Floats, n: int) -> "Datamodel":
        """From T >= 1 sets of candidate numbers below `n` and their scores [T]."""
        rows = indicators(sets, n)
        centre, mean = rows.mean(axis=0), float(np.mean(scores))
        left, values, right = np.linalg.svd(rows - centre, full_matrices=False)
        y = scores - mean
        spectrum, projected = values**2, left.T @ y
        n_free = max(1, len(scores) - 1)  # the mean took one
        outside = max(0.0, float(y @ y - projected @ projected))
        unit = max(float(spectrum.sum()) / len(scores), 1e-12)  # what effects of variance 1 make between sets

        def evidence(log_ratio: float) -> tuple[float, float]:
            ratio = unit * np.exp(log_ratio)
            squares = float((projected**2 / (spectrum + ratio)).sum()) + outside / ratio
            # a weak prior on the variance of the effects keeps it from 0 where all scores are alike
            variance = (squares + 1e-12) / n_free
            log_det = float(np.log(spectrum + ratio).sum()) + (len(scores) - len(spectrum)) * np.log(ratio)
            return -0.5 * (n_free * np.log(variance) + log_det) - 0.5 * (log_ratio / LOG_RATIO_SD) ** 2, variance

        found = [evidence(log_ratio) for log_ratio in LOG_RATIOS]
        best = int(np.argmax([value for value, _ in found]))
        ratio, variance = unit * float(np.exp(LOG_RATIOS[best])), found[best][1]
        effects = right.T @ (values * projected / (spectrum + ratio))
        covariance = variance * (np.eye(n) - (right.T * (spectrum / (spectrum + ratio))) @ right)
        return cls(effects, covariance, centre, mean, variance * ratio, len(scores))

    def mean_sd(self, sets: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        """Means and standard deviations [B] of the true scores (without noise) of B sets."""
        rows = indicators(sets, len(self.effects)) - self.centre
        variance = ((rows @ self.covariance) * rows).sum(axis=1) + self.noise / self.n_observations
        return self.mean + rows @ self.effects, np.sqrt(variance)

    def draw(self, generator: np.random.Generator) -> Floats:
        """[n] effects drawn from the posterior."""
        values, vectors = np.linalg.eigh(self.covariance)
        scaled = np.sqrt(np.maximum(values, 0.0)) * generator.standard_normal(len(values))
        drawn: Floats = self.effects + vectors @ scaled
        return drawn
