"""The noise floor: how much the mean score of one and the same configuration moves from seed to seed.

Arms are not equally noisy: in the published study the deviations of arms differ by more than chance (Bartlett's test).
So the variance of an arm is its own, shrunken towards that of all arms by as much as the arms are alike (Smyth 2004,
"Linear models and empirical Bayes methods for assessing differential expression"), as far as their seeds can tell. An
arm of one seed has that of all arms, with as few degrees of freedom as they say about one more arm.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import special

from sweep.statistics.confidence import Part
from sweep.statistics.paired import Group, ScoreBlocks, zero_shot

OWN_SEEDS = 8
"""Shared seeds from which two arms speak for themselves: Student's quantile is 2.4 then."""

MIN_PRIOR_DF = 1.0
"""How unlike arms can be: one run of another arm says at least as much as one more seed of its own."""

N_STEPS = 40
"""Of the integrals of `variance_prior`, each way."""

NEGLIGIBLE = 1e-9


@dataclass(frozen=True, kw_only=True)
class NoiseFloor:
    """sd: of one arm's mean over languages, between seeds, pooled over arms; a fraction. low, high: its 95 % interval,
    for arms that are equally noisy.

    df: degrees of freedom, the sum over arms of (seeds - 1).
    prior: the variance of a further arm, with degrees of freedom. arms: variance of each arm, its own shrunken towards
    that, likewise. equal_p: Bartlett's test that arms are equally noisy; NaN for one, see `bartlett_p`.
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
        frame: see `paired.ScoreBlocks`.
        arms: whose seeds repeat one configuration; None = all. An arm that draws other languages with each seed is
            none: leave it out.
        selected: of these, arms that were chosen for their scores. They have a variance of their own, but say nothing
            about others: what is chosen for a lucky seed differs more from its next one.

    Raises:
        ValueError: no arm that was not selected has two seeds, or none of them varies.
    """
    names = sorted(frame["arm"].unique()) if arms is None else list(arms)
    chosen = set(selected)
    variances: dict[str, tuple[float, int]] = {}
    blocks = ScoreBlocks(frame, task, metric, split)
    members = blocks.members(group)
    for arm in names:
        _, block = blocks.block(arm, members)
        complete = ~np.isnan(block).any(axis=0)
        if len(block) > 1 and complete.any():
            variances[arm] = float(block[:, complete].mean(axis=1).var(ddof=1)), len(block) - 1
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
    """The distribution that variances [arms] with `dfs` [arms] come from: scaled inverse chi-squared (Smyth 2004).

    How unlike arms are, the standard deviation of the logarithms of their variances, is badly known from few seeds.
    The moments of Smyth's section 6.2 find arms alike in half of all sweeps with two seeds, where they are not, and
    claims are false then. So its square is averaged over what the variances leave possible: its posterior with a flat
    prior, up to where the result is worth `MIN_PRIOR_DF`. The logarithm of the scale has a flat prior too.

    Returns:
        the variance, and how many degrees of freedom it is worth: always finite.
    """
    pooled = float(squares @ dfs / dfs.sum())
    ratios = np.maximum(squares / pooled, NEGLIGIBLE)
    ends = (0.0, float(special.polygamma(1, MIN_PRIOR_DF / 2)) ** 0.5), (-8.0, 8.0)
    for _ in range(2):  # the second time where the first has found something
        unlike, log_scale = (_middles(*pair) for pair in ends)
        weights = _posterior(ratios, dfs, unlike, log_scale)
        ends = _ends(unlike, weights.sum(axis=1)), _ends(log_scale, weights.sum(axis=0))
    excess, centre = weights.sum(axis=1) @ unlike**2, weights.sum(axis=0) @ log_scale
    return Part(pooled * float(np.exp(centre)), max(MIN_PRIOR_DF, 2 * float(_inverse_trigamma(np.array(excess)))))


def _posterior(ratios: np.ndarray, dfs: np.ndarray, unlike: np.ndarray, log_scale: np.ndarray) -> np.ndarray:
    """Weights [U, L], sum 1: a variance over the scale is F with its own and the prior's degrees of freedom."""
    prior = 2 * _inverse_trigamma(unlike**2)[:, None]
    betaln = {df: special.betaln(df / 2, prior / 2) for df in set(dfs.tolist())}
    log_likelihood, share = np.zeros((len(unlike), len(log_scale))), np.exp(-log_scale) / prior
    for ratio, df in zip(ratios.tolist(), dfs.tolist(), strict=True):
        log_likelihood += df / 2 * (np.log(ratio * df / prior) - log_scale) - betaln[df]
        log_likelihood -= (df + prior) / 2 * np.log1p(ratio * df * share)
    weights = np.exp(log_likelihood - log_likelihood.max())
    scaled: np.ndarray = weights / weights.sum()
    return scaled


def _middles(low: float, high: float) -> np.ndarray:
    """Of `N_STEPS` intervals between the two."""
    return low + (np.arange(N_STEPS) + 0.5) * (high - low) / N_STEPS


def _ends(middles: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Of the intervals that have weight."""
    there = middles[weights > NEGLIGIBLE * weights.max()]
    half = (middles[1] - middles[0]) / 2
    return float(there[0] - half), float(there[-1] + half)


def bartlett_p(squares: np.ndarray, dfs: np.ndarray) -> float:
    """p of Bartlett's (1937) test that normal samples with these variances [arms] are equally noisy.

    Arms whose runs tie are left out: scores are counts, so two runs are equal by chance, and a variance of 0 would make
    the test reject whatever the others are. NaN where fewer than two arms remain.
    """
    varies = squares > NEGLIGIBLE * squares.max(initial=0.0)  # equal means of languages may differ by rounding
    squares, dfs = squares[varies], dfs[varies]
    if len(squares) < 2:
        return float("nan")
    total = dfs.sum()
    statistic = total * np.log(squares @ dfs / total) - dfs @ np.log(squares)
    correction = 1 + ((1 / dfs).sum() - 1 / total) / (3 * (len(dfs) - 1))
    return float(special.chdtrc(len(dfs) - 1, max(0.0, statistic) / correction))


def _shrunken(square: float, df: int, prior: Part, pooled_df: int) -> Part:
    """As `prior` knows it and the arm itself; all arms together know no more than `pooled_df`."""
    together = prior.df + df
    return Part((prior.df * prior.square + df * square) / together, min(together, max(pooled_df, df)))


def _inverse_trigamma(values: np.ndarray) -> np.ndarray:
    """The x > 0 with trigamma(x) = value: Newton's method on its reciprocal (Smyth 2004, appendix)."""
    x = 0.5 + 1 / values
    for _ in range(50):
        at = special.polygamma(1, x)
        step = at * (1 - at / values) / special.polygamma(2, x)
        x = x + step
        if (abs(step) < 1e-10 * x).all():
            break
    found: np.ndarray = x
    return found
