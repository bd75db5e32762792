"""The noise floor: how much the mean score of one and the same configuration moves from seed to seed.

Arms are not equally noisy: in the published study the deviations of arms differ by more than chance (Bartlett's test).
So the variance of an arm is its own, shrunken towards that of all arms by as much as the arms are alike (Smyth 2004,
"Linear models and empirical Bayes methods for assessing differential expression", the moments of section 6.2). An arm
of one seed has that of all arms, with as few degrees of freedom as they say about one more arm.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import special

from sweep.statistics.confidence import Part
from sweep.statistics.paired import Group, score_block, zero_shot

OWN_SEEDS = 8
"""Shared seeds from which two arms speak for themselves: Student's quantile is 2.4 then."""

MIN_PRIOR_DF = 1.0


@dataclass(frozen=True, kw_only=True)
class NoiseFloor:
    """sd: of one arm's mean over languages, between seeds, pooled over arms; a fraction. low, high: its 95 % interval,
    for arms that are equally noisy.

    df: degrees of freedom, the sum over arms of (seeds - 1).
    prior: the variance of a further arm, with degrees of freedom. arms: variance of each arm, its own shrunken towards
    that, likewise. equal_p: Bartlett's test that arms are equally noisy; NaN for one arm.
    """

    sd: float
    low: float
    high: float
    df: int
    n_arms: int
    prior: Part
    arms: Mapping[str, Part] = field(default_factory=dict)
    equal_p: float = float("nan")

    def smallest_difference(self, n_seeds: int, level: float = 0.95) -> float:
        """What two usual arms of `n_seeds` seeds each must differ by to be told apart: a least significant difference.

        Raises:
            ValueError: no seed.
        """
        if n_seeds < 1:
            raise ValueError(f"The number of seeds must be at least 1, but is {n_seeds}. Give another.")
        return float(special.stdtrit(self.df, (1 + level) / 2)) * self.sd * float(np.sqrt(2 / n_seeds))

    def of(self, arm: str) -> Part:
        """The variance of one run of an arm, over the same languages."""
        return self.arms.get(arm, self.prior)

    def difference(self, arm: str, reference: str, n_seeds: int) -> Part:
        """Squared standard error of the mean difference over `n_seeds` seeds.

        The noise of the arms adds up (sharing a seed makes them hardly more alike), with the fewer of their degrees of
        freedom: the variances of two arms hold the same prior.
        """
        one, other = self.of(arm), self.of(reference)
        return Part((one.square + other.square) / n_seeds, min(one.df, other.df))

    def with_mean(self, name: str, arms: Sequence[str]) -> "NoiseFloor":
        """With an arm more, whose scores are the means over `arms`."""
        parts = [self.of(arm) for arm in arms]
        mean = Part(sum(part.square for part in parts) / len(parts) ** 2, min(part.df for part in parts))
        return replace(self, arms={**self.arms, name: mean})


def noise_floor(
    frame: pd.DataFrame,
    *,
    task: str,
    metric: str,
    arms: Iterable[str] | None = None,
    selected: Iterable[str] = (),
    split: str = "test",
    group: Group = zero_shot,
) -> NoiseFloor:
    """The noise floor of arms that were run with several seeds.

    Args:
        frame: see `paired.score_block`.
        arms: whose seeds repeat one configuration; None = all. An arm that draws other languages with each seed is
            none: leave it out.
        selected: of these, arms that were chosen for their scores. They have a variance of their own, but say nothing
            about others: what is chosen for a lucky seed differs more from its next one.

    Raises:
        ValueError: no arm that was not selected has two seeds, or none of them varies.
    """
    names = sorted(set(frame["arm"])) if arms is None else list(arms)
    chosen = set(selected)
    variances: dict[str, tuple[float, int]] = {}
    by_arm = {str(arm): rows for arm, rows in frame.groupby("arm")}
    for arm in names:
        means = score_block(by_arm.get(arm, frame.iloc[:0]), arm, task=task, metric=metric, split=split, group=group)
        means = means.dropna(axis=1).mean(axis=1).dropna()
        if len(means) > 1:
            variances[arm] = float(means.var(ddof=1)), len(means) - 1
    if not variances.keys() - chosen:
        raise ValueError(
            f"A noise floor needs an arm with two seeds, but none of {len(names)} that were not selected has {split} "
            f"scores of {task} ({metric}) in two. Run a second seed of a planned arm."
        )
    return floor_of(variances, chosen)


def floor_of(variances: Mapping[str, tuple[float, int]], selected: Collection[str] = ()) -> NoiseFloor:
    """The noise floor from the variance between seeds and the degrees of freedom of each arm.

    Args:
        selected: see `noise_floor`; not all.

    Raises:
        ValueError: no arm varies.
    """
    pooled = [own for arm, own in variances.items() if arm not in selected]
    squares, dfs = np.array([square for square, _ in pooled]), np.array([df for _, df in pooled])
    df = int(dfs.sum())
    sd = float(np.sqrt(squares @ dfs / df))
    if not sd > 0:
        raise ValueError(f"A noise floor needs scores that vary between seeds, but those of {len(pooled)} arms do not.")
    low, high = (sd * float(np.sqrt(df / (2 * special.gammaincinv(df / 2, q)))) for q in (0.975, 0.025))
    prior = variance_prior(squares, dfs)
    shrunken = {arm: _shrunken(own, own_df, prior, df) for arm, (own, own_df) in variances.items()}
    return NoiseFloor(
        sd=sd, low=low, high=high, df=df, n_arms=len(pooled), prior=Part(prior.square, min(prior.df, df)),
        arms=shrunken, equal_p=bartlett_p(squares, dfs),
    )  # fmt: skip


def variance_prior(squares: np.ndarray, dfs: np.ndarray) -> Part:
    """The distribution that variances [arms] with `dfs` [arms] come from: scaled inverse chi-squared, by the mean and
    the variance of their logarithms (Smyth 2004, section 6.2).

    Returns:
        the variance, and how many degrees of freedom it is worth: infinitely many where the arms differ by no more than
        chance, and then the variance is the pooled one.
    """
    pooled = float(squares @ dfs / dfs.sum())
    logs = np.log(np.maximum(squares, 1e-5 * float(np.median(squares))))
    centred = logs - special.digamma(dfs / 2) + np.log(dfs / 2)
    excess = float(centred.var(ddof=1) - special.polygamma(1, dfs / 2).mean()) if len(dfs) > 1 else 0.0
    if not excess > 1e-9 or not np.isfinite(centred).all():
        return Part(pooled, np.inf)
    half = _inverse_trigamma(excess)
    square = float(np.exp(centred.mean() + special.digamma(half) - np.log(half)))
    return Part(square, max(MIN_PRIOR_DF, 2 * half))


def bartlett_p(squares: np.ndarray, dfs: np.ndarray) -> float:
    """p of Bartlett's (1937) test that normal samples with these variances [arms] are equally noisy; NaN for one."""
    if len(squares) < 2:
        return float("nan")
    if not (squares > 0).all():
        return 0.0
    total = dfs.sum()
    statistic = total * np.log(squares @ dfs / total) - dfs @ np.log(squares)
    correction = 1 + ((1 / dfs).sum() - 1 / total) / (3 * (len(dfs) - 1))
    return float(special.chdtrc(len(dfs) - 1, max(0.0, statistic) / correction))


def _shrunken(square: float, df: int, prior: Part, pooled_df: int) -> Part:
    """As `prior` knows it and the arm itself; all arms together know no more than `pooled_df`."""
    if np.isinf(prior.df):
        return Part(prior.square, pooled_df)
    together = prior.df + df
    return Part((prior.df * prior.square + df * square) / together, min(together, max(pooled_df, df)))


def _inverse_trigamma(value: float) -> float:
    """The x > 0 with trigamma(x) = value: Newton's method on its reciprocal (Smyth 2004, appendix)."""
    x = 0.5 + 1 / value
    for _ in range(50):
        at = float(special.polygamma(1, x))
        step = at * (1 - at / value) / float(special.polygamma(2, x))
        x += step
        if abs(step) < 1e-10 * x:
            break
    return x
