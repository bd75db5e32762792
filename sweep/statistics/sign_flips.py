"""The sign-flip test: a p-value that assumes nothing but that, without an effect, plus and minus are alike.

(Fisher 1935, "The Design of Experiments", section 21: all arrangements of signs are counted, or many are drawn.)
"""

from dataclasses import dataclass

import numpy as np

from sweep.statistics.paired import Floats

MAX_EXACT = 14
"""Values of which all 2^n arrangements are counted."""

N_FLIPS = 10_000
TIE = 1e-12
"""Sums in another order differ by rounding; relative to the largest possible sum."""


@dataclass(frozen=True, kw_only=True)
class SignFlips:
    """p: two-sided. smallest: the least p that so few values could give (0.125 for 4). exact: all were counted."""

    p: float
    smallest: float
    exact: bool


def sign_flips(values: Floats, *, n_flips: int = N_FLIPS, seed: int = 0) -> SignFlips:
    """Tests that `values` [n] are as likely to be positive as negative, by their sum.

    Over seeds: give the seeds' means, `differences.mean(axis=1)`. Over languages: `differences.mean(axis=0)`; it takes
    languages for independent of each other, which related ones are not.

    Args:
        n_flips, seed: of random arrangements, where there are more than `MAX_EXACT` values; the observed one is counted
            among them (Phipson & Smyth 2010, "Permutation p-values should never be zero").

    Raises:
        ValueError: no value, or one that is not finite.
    """
    n = values.size
    if values.ndim != 1 or not n or not np.isfinite(values).all():
        raise ValueError(
            f"A sign-flip test needs a row of finite numbers, but got the shape {values.shape}. Check them."
        )
    exact = n <= MAX_EXACT
    if exact:
        signs = 1.0 - 2.0 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    else:
        signs = 1.0 - 2.0 * np.random.default_rng(seed).integers(2, size=(n_flips, n))
    extreme = abs(float(values.sum())) - TIE * float(np.abs(values).sum())
    count = int((np.abs(signs @ values) >= extreme).sum())
    if exact:
        return SignFlips(p=count / 2**n, smallest=2.0 ** (1 - n), exact=True)
    return SignFlips(p=(count + 1) / (n_flips + 1), smallest=1 / (n_flips + 1), exact=False)
