"""The noise floor: how much the mean score of one and the same configuration moves from seed to seed."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from sweep.statistics.paired import Group, score_block, zero_shot


@dataclass(frozen=True, kw_only=True)
class NoiseFloor:
    """sd: of one arm's mean over languages, between seeds, pooled over arms; a fraction. low, high: its 95 % interval.

    df: degrees of freedom, the sum over arms of (seeds - 1).
    """

    sd: float
    low: float
    high: float
    df: int
    n_arms: int

    def smallest_difference(self, n_seeds: int, level: float = 0.95) -> float:
        """What two arms of `n_seeds` seeds each must differ by to be told apart: a least significant difference.

        Raises:
            ValueError: no seed.
        """
        if n_seeds < 1:
            raise ValueError(f"The number of seeds must be at least 1, but is {n_seeds}. Give another.")
        return float(stats.t.ppf((1 + level) / 2, self.df)) * self.sd * float(np.sqrt(2 / n_seeds))


def noise_floor(
    frame: pd.DataFrame,
    *,
    task: str,
    metric: str,
    arms: Iterable[str] | None = None,
    split: str = "test",
    group: Group = zero_shot,
) -> NoiseFloor:
    """The noise floor of arms that were run with several seeds.

    Args:
        frame: see `paired.score_block`.
        arms: whose seeds repeat one configuration; None = all. An arm that draws other languages with each seed is
            none: leave it out.

    Raises:
        ValueError: no arm has two seeds.
    """
    names = sorted(set(frame["arm"])) if arms is None else list(arms)
    squares, df, n_arms = 0.0, 0, 0
    for arm in names:
        means = score_block(frame, arm, task=task, metric=metric, split=split, group=group).dropna(axis=1).mean(axis=1)
        if len(means.dropna()) > 1:
            squares += float(((means - means.mean()) ** 2).sum())
            df += len(means) - 1
            n_arms += 1
    if not df:
        raise ValueError(
            f"A noise floor needs an arm with two seeds, but none of {len(names)} has {split} scores of {task} "
            f"({metric}) in two. Run a second seed."
        )
    sd = float(np.sqrt(squares / df))
    low, high = (sd * float(np.sqrt(df / stats.chi2.ppf(q, df))) for q in (0.975, 0.025))
    return NoiseFloor(sd=sd, low=low, high=high, df=df, n_arms=n_arms)
