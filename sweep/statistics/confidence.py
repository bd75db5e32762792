"""How sure a mean paired difference is: an interval and p-values in closed form, of which a correction can be made.

Which population is meant is decided by `over`:

"seeds"                these very languages, trained again with other seeds: Student's t over the seeds' means
"families"             these very trainings, on other languages like these: families of languages are the random units
"seeds and families"   other seeds and other languages like these: both

Related languages are not independent: what helps one Bantu language helps the next. So the variance of the mean over
languages is that of totals of families (Liang & Zeger 1986, "Longitudinal data analysis using generalized linear
models"), with the small-sample correction CR2 and the degrees of freedom of Bell & McCaffrey (2002, "Bias reduction in
standard errors for linear regression with multi-stage samples"; Imbens & Kolesar 2016, "Robust standard errors in small
samples", section 4). For a mean both have a closed form, see `clustered` and `family_df`. With every language a family
of its own this is Student's t over languages. The degrees of freedom fall with the share of the largest families: of 55
languages in 15 families, of which two hold 35, there are 3.7 rather than 14.

Seeds are shared by all languages of a trial, so they are crossed with families. The variance of both is that of
families, plus that of seeds, less what is in both (Cameron, Gelbach & Miller 2011, "Robust inference with multiway
clustering"): the noise of seed and family together, counted once and in the part of the families. The two parts are
known with different degrees of freedom, so the mean is believed to be off by the sum of two independent Student's t,
each times its standard error (Behrens 1929 and Fisher 1935): wider than Satterthwaite's approximation, which fails far
out, where Holm's correction of 60 comparisons looks. No interval is narrower than that of the seeds alone.

Coverage and false claims by simulation, and what was not simulated: docs/statistics.md.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from scipy import optimize, special

from sweep.statistics.paired import Floats, TooFewError

Over = Literal["seeds", "families", "seeds and families"]
ROUNDING = 1e-9
"""Differences are of scores with a few digits: what is smaller than this share of them is rounding."""

_STEPS = np.linspace(-12.0, 12.0, 241)
_NODES, _WEIGHTS = np.sinh(_STEPS), np.cosh(_STEPS) * (_STEPS[1] - _STEPS[0])
"""Of an integral over Student's t: dense in the middle, and far enough out for 1 degree of freedom."""


class Part(NamedTuple):
    """One source of uncertainty of a mean: its squared standard error (0 = none) and degrees of freedom."""

    square: float
    df: float

    @property
    def error(self) -> float:
        """The standard error."""
        return float(np.sqrt(self.square))

    def beyond(self, value: float) -> float:
        """p that it alone moves the mean by more than `value` >= 0, to one side."""
        return float(special.stdtr(self.df, -value / self.error)) if self.square else 0.5 * (value == 0.0)


NOTHING = Part(0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Confidence:
    """What is believed of the true mean difference (Xie & Singh 2013): mean + the sum of two independent parts.

    families, seeds: the parts. least: no interval is narrower than that of this part alone.
    """

    mean: float
    families: Part = NOTHING
    seeds: Part = NOTHING
    least: Part = NOTHING

    def beyond(self, value: float) -> float:
        """p that the mean is off by more than `value` >= 0, to one side; where nothing varies 0, and 0.5 for 0."""
        return max(self._sum_beyond(value), self.least.beyond(value))

    def _sum_beyond(self, value: float) -> float:
        small, large = sorted((self.families, self.seeds))
        if not small.square:
            return large.beyond(value)
        return float(special.stdtr(large.df, (small.error * _NODES - value) / large.error) @ self._density)

    @cached_property
    def _density(self) -> Floats:
        """Of the smaller part at its nodes: what is smooth is integrated over what is narrow."""
        df = min(self.families, self.seeds).df
        log_scale = special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - 0.5 * np.log(df * np.pi)
        density = np.exp(log_scale - (df + 1) / 2 * np.log1p(_NODES**2 / df)) * _WEIGHTS
        scaled: Floats = density / density.sum()
        return scaled

    def reach(self, level: float = 0.95) -> float:
        """Half the width of the interval."""
        outside = (1 - level) / 2
        alone = [part.error * float(-special.stdtrit(part.df, outside)) for part in (self.families, self.seeds)]
        low, high = max(*alone, 0.0), sum(alone)
        if min(alone) <= 1e-12 * high:
            reach = high
        else:  # the tail of a sum is at least that of its parts, and for few degrees of freedom may be fatter
            reach = float(optimize.brentq(lambda x: self._sum_beyond(x) - outside, low, 2 * high, xtol=1e-9 * high))
        return max(reach, self.least.error * float(-special.stdtrit(self.least.df, outside)))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """(low, high), equal tails."""
        reach = self.reach(level)
        return self.mean - reach, self.mean + reach

    @property
    def p_value(self) -> float:
        """Two-sided, of no difference: at most 0.05 exactly where the 95 % interval leaves 0 out.

        So it is 0 where nothing varies around a difference (rounding is none).
        """
        return min(1.0, 2 * self.beyond(abs(self.mean) if abs(self.mean) > ROUNDING else 0.0))

    def equivalence_p(self, margin: float) -> float:
        """Two one-sided tests (Schuirmann 1987): p of "the true difference is not within +-margin".

        At most 0.05 exactly where the 90 % interval lies inside the margin.

        Raises:
            ValueError: the margin is not positive.
        """
        if not margin > 0:
            raise ValueError(
                f"A margin of equivalence must be above 0, but is {margin}. Give the difference that matters."
            )
        nothing_varies = not (self.families.square or self.seeds.square or self.least.square)  # there is no test
        return 1.0 if nothing_varies or not abs(self.mean) < margin else self.beyond(margin - abs(self.mean))


def confidence(
    differences: Floats,
    over: Over = "seeds and families",
    *,
    families: Sequence[Hashable] | None = None,
    noise: Part | None = None,
) -> Confidence:
    """What is believed of the mean of `differences` [seeds, languages].

    Args:
        families: of each language, any label; None = every language is a family of its own.
        noise: of the mean difference over *these* languages between seeds, known from elsewhere too
            (`NoiseFloor.difference`); it replaces that of these seeds. With it even one seed answers for others.

    Raises:
        TooFewError: too few seeds or families for the question.
        ValueError: values that are not finite, another question, or not one family a language.
    """
    n_seeds, n_languages = _checked_shape(differences, over, families, noise)
    number: dict[Hashable, int] = {}
    labels = range(n_languages) if families is None else families
    codes = np.array([number.setdefault(label, len(number)) for label in labels])
    mean = float(differences.mean())
    nothing = float((ROUNDING * np.abs(differences).max()) ** 2)
    of_seeds, of_families, both = NOTHING, NOTHING, 0.0
    if over != "families":
        of_seeds = noise or Part(_unless(nothing, float(differences.mean(axis=1).var(ddof=1)) / n_seeds), n_seeds - 1)
    if over != "seeds":
        of_languages = differences.mean(axis=0)
        of_families = Part(_unless(nothing, float(clustered(of_languages - mean, codes))), family_df(codes))
    if over == "seeds and families" and n_seeds > 1:
        rest = differences - differences.mean(axis=1, keepdims=True) - differences.mean(axis=0) + mean
        both = _unless(nothing, float(clustered(rest, codes).sum()) / (n_seeds * (n_seeds - 1)))
    seeds_beyond = of_seeds._replace(square=max(0.0, of_seeds.square - both))
    return Confidence(mean=mean, families=of_families, seeds=seeds_beyond, least=of_seeds)


def clustered(deviations: Floats, codes: np.ndarray) -> Floats:
    """The variance of a mean over languages whose families are independent of each other: CR2.

    sum over families of (total of its deviations)^2 / (1 - its share of the languages), over languages^2. Without
    correlation within families it is unbiased, however uneven they are; with equal families it is always.

    Args:
        deviations: [..., languages] from their mean. codes: [languages] numbers of families from 0.

    Returns:
        [...]; at least two families.
    """
    sizes = np.bincount(codes)
    n = len(codes)
    totals = deviations @ np.eye(len(sizes))[codes]
    variances: Floats = (totals**2 / (1 - sizes / n)).sum(axis=-1) / n**2
    return variances


def family_df(codes: np.ndarray) -> float:
    """Bell and McCaffrey's degrees of freedom of `clustered`: those of a chi-squared with its mean and variance, for
    independent languages that are equally noisy.

    Args:
        codes: [languages] numbers of families from 0, at least two.
    """
    shares = np.bincount(codes) / len(codes)
    # totals of deviations have the covariance diag(shares) - shares shares', scaled as in `clustered`
    scale = 1 / np.sqrt(1 - shares)
    covariance = (np.diag(shares) - np.outer(shares, shares)) * np.outer(scale, scale)
    return float(np.trace(covariance) ** 2 / (covariance**2).sum())


def _unless(nothing: float, square: float) -> float:
    return square if square > nothing else 0.0


def _checked_shape(
    differences: Floats, over: Over, families: Sequence[Hashable] | None, noise: Part | None
) -> tuple[int, int]:
    if differences.ndim != 2 or not np.isfinite(differences).all():
        raise ValueError(
            f"Differences must be finite numbers, seeds x languages, but have the shape {differences.shape} and "
            f"{int((~np.isfinite(differences)).sum())} others. Leave incomplete languages out."
        )
    if over not in ("seeds", "families", "seeds and families"):
        raise ValueError(f"`over` must be 'seeds', 'families' or 'seeds and families', but is {over!r}. Choose one.")
    n_seeds, n_languages = differences.shape
    if families is not None and len(families) != n_languages:
        raise ValueError(f"Every one of {n_languages} languages must have a family, but {len(families)} are given.")
    n_families = n_languages if families is None else len(set(families))
    if "families" in over and n_families < 2:
        raise TooFewError(
            f"An interval over {over} needs at least 2 families of languages, but there is {n_families}. "
            "Add languages of others, or ask over seeds only."
        )
    if over != "families" and noise is None and n_seeds < 2:
        raise TooFewError(
            f"An interval over {over} needs at least 2 seeds, but there is {n_seeds}. "
            "Run more seeds, or ask over families only."
        )
    return n_seeds, n_languages
