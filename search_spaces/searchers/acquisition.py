"""What a set promises, given what is believed of it: the function that the Gaussian process search maximises.

thompson  one draw of the whole function from the posterior (Thompson 1933; `set_function.py`)
ucb       mean + 2 standard deviations (Srinivas et al. 2010, with a constant factor)
ei        logarithm of the expected improvement over the best posterior mean (Jones et al. 1998; not over the best
          observed score, which under noise is mostly luck), computed without underflow (Ament et al. 2023)
mean      the posterior mean alone
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.special import erfcx, ndtr

from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.searchers.gaussian_process import SetPosterior
from search_spaces.searchers.set_function import SetFunction
from search_spaces.searchers.set_kernel import indicators
from search_spaces.solvers.sampling import allowed_exchanges
from search_spaces.subset_space import SubsetSpace

Kind = Literal["thompson", "ucb", "ei", "mean"]

UCB_FACTOR = 2.0
N_VALUED = 100

SEEN = -1e9
"""The value of a set that must not be proposed: finite, so that a local search may begin at one."""


class Acquisition(Objective):
    """The promise of sets, for `solvers.local`.

    Args:
        posterior: of the true scores.
        space: the sets that are allowed.
        kind: see the module's docstring.
        seen: sets that must not be proposed.
        generator: decides the draw of "thompson".
        best: the largest posterior mean so far ("ei").
    """

    def __init__(
        self,
        posterior: SetPosterior,
        space: SubsetSpace,
        kind: Kind,
        seen: Sequence[tuple[int, ...]] = (),
        *,
        generator: np.random.Generator | None = None,
        best: float = 0.0,
    ) -> None:
        super().__init__(posterior.kernel.n)
        self.posterior, self.space, self.kind, self.best = posterior, space, kind, best
        self._seen_rows = indicators(seen, self.n)
        self._seen_sizes = self._seen_rows.sum(axis=1)
        self._function = SetFunction(posterior, generator if kind == "thompson" else None)

    def values(self, sets_BK: Ints) -> Floats:
        rows = np.zeros((len(sets_BK), self.n))
        np.put_along_axis(rows, sets_BK, 1.0, axis=1)
        return self.values_of_rows(rows)

    def values_of_rows(self, rows_BN: Floats) -> Floats:
        """The values [B] of sets of any sizes, given as 0/1 rows [B, n]."""
        shared = rows_BN @ self._seen_rows.T
        equal = (shared == self._seen_sizes) & (self._seen_sizes == rows_BN.sum(axis=1)[:, None])
        return np.where(equal.any(axis=1), SEEN, self._promise(rows_BN))

    def exchanges(self, members: Ints) -> Floats:
        """[K, n]: the value after each exchange; -inf for members and exchanges that the rules forbid.

        "ucb" and "ei" value only the allowed exchanges with the largest means, `N_VALUED` of them, and give the others
        -inf: standard deviations cost a hundred times as much as means, and differ little between neighbours.
        """
        values = np.where(allowed_exchanges(self.space, members), self._function.exchanges(members), -np.inf)
        values[:, members] = -np.inf
        leaves, enters = self._exchanges_to_seen(members)
        values[leaves, enters] = np.where(np.isfinite(values[leaves, enters]), SEEN, -np.inf)
        if self.kind in ("thompson", "mean"):
            return values
        order = np.argsort(-values, axis=None, kind="stable")[:N_VALUED]
        order = order[np.isfinite(values.ravel()[order])]
        leaves, enters = np.unravel_index(order, values.shape)
        sets = np.tile(members, (len(order), 1))
        sets[np.arange(len(order)), leaves] = enters
        result = np.full(values.shape, -np.inf)
        result[leaves, enters] = self.values(sets)
        return result

    def _exchanges_to_seen(self, members: Ints) -> tuple[Ints, Ints]:
        """(positions of members, candidates) of the exchanges that lead to a seen set."""
        shared = self._seen_rows[:, members].sum(axis=1)
        near = self._seen_rows[(shared == len(members) - 1) & (self._seen_sizes == len(members))]
        outside = near.copy()
        outside[:, members] = 0.0
        return near[:, members].argmin(axis=1), outside.argmax(axis=1)

    def _promise(self, rows_BN: Floats) -> Floats:
        if self.kind in ("thompson", "mean"):
            return self._function.values(rows_BN)
        means, sds = self.posterior.mean_sd_of_rows(rows_BN)
        if self.kind == "ucb":
            return means + UCB_FACTOR * sds
        sds = np.maximum(sds, 1e-12)
        return log_expected_improvement((means - self.best) / sds) + np.log(sds)


def log_expected_improvement(z: Floats) -> Floats:
    """log(phi(z) + z Phi(z)), accurate for all z."""
    z = np.asarray(z, dtype=np.float64)
    near = np.maximum(z, -1.0)
    direct = np.log(np.exp(-0.5 * near**2) / np.sqrt(2 * np.pi) + near * ndtr(near))
    far = np.minimum(z, -1.0)
    log_density = -0.5 * far**2 - 0.5 * np.log(2 * np.pi)
    # 1 - |z| Phi(z) / phi(z) cancels for large |z|, where it is 1 / z^2
    rest = np.where(far > -1e3, 1.0 + far * np.sqrt(np.pi / 2) * erfcx(-np.maximum(far, -1e3) / np.sqrt(2)), far**-2.0)
    result: Floats = np.where(z > -1.0, direct, log_density + np.log(rest))
    return result
