"""Upper bounds for "choose `size` of n candidates with the largest sum of pair weights" under linear rules.

Two bounds, strong in opposite cases, and for each candidate the loss that choosing (or leaving) it against the bound
costs at least, by which a branch and bound settles most candidates:
- `partner_bound` (Lagrangian decomposition) is nearly tight where a compact set is sought (least sum of distances);
- `semidefinite_bound` (convexification by the diagonal) is nearly tight where a spread-out set is sought.
Both end in weak duality, so they are valid for *any* multipliers: a numerical method that stops early or fails costs
strength, never truth. Rounding stays below 1e-10 of the values; the search prunes with a margin of 1e-9 (`base.TIE`).
"""

import time
from dataclasses import dataclass

import numpy as np
import scipy

from search_spaces.objectives.base import Floats, Ints
from search_spaces.solvers.saddle_point import SaddlePoint

N_ROUNDS = 300
"""Subgradient steps of `partner_bound`."""


@dataclass(frozen=True, eq=False)
class Quadratic:
    """Maximise sum over pairs of x_i x_j pair[i, j] + single . x + constant over 0/1 vectors x with `size` ones.

    Shapes: pair [n, n] symmetric with a zero diagonal, single [n]; matrix [R, n] with low <= matrix @ x <= high [R]
    (infinite where open; the size is not among these rows). 1 < size < n.
    """

    pair: Floats
    single: Floats
    constant: float
    size: int
    matrix: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Bound:
    """No allowed x exceeds `value`; with x_i chosen against the sign of prices[i], none exceeds value - |prices[i]|.

    A positive price means "belongs in", a negative one "stays out". `value` is -inf where no x is allowed.
    """

    value: float
    prices: Floats


def linear_bound(weights: Floats, problem: Quadratic) -> Bound:
    """The best weights . x over 0 <= x <= 1 under the size and the rules, by linear programming duality."""
    if len(problem.matrix):
        tilt, tilted = _rule_prices(weights, problem)
        if tilt is None:
            return Bound(-np.inf, np.zeros(len(weights)))
        weights = weights - tilt
    else:
        tilted = 0.0
    last_in, first_out = -np.partition(-weights, [problem.size - 1, problem.size])[[problem.size - 1, problem.size]]
    prices = weights - (last_in + first_out) / 2
    value = tilted + problem.size * (last_in + first_out) / 2 + np.maximum(prices, 0.0).sum()
    return Bound(float(value), prices)


def _rule_prices(weights: Floats, problem: Quadratic) -> tuple[Floats | None, float]:
    """(sum over rules of multiplier * row [n], sum of multiplier * limit); (None, 0) where the rules clash."""
    above, below = np.isfinite(problem.high), np.isfinite(problem.low)
    result = scipy.optimize.linprog(
        -weights,
        A_ub=np.concatenate([problem.matrix[above], -problem.matrix[below]]),
        b_ub=np.concatenate([problem.high[above], -problem.low[below]]) + 1e-9,
        A_eq=np.ones((1, len(weights))),
        b_eq=[problem.size],
        bounds=(0.0, 1.0),
        method="highs",
    )
    if result.status == 2:
        return None, 0.0
    if result.status != 0:
        return np.zeros(len(weights)), 0.0
    multipliers = np.zeros(len(problem.matrix))
    duals = np.maximum(-result.ineqlin.marginals, 0.0)
    multipliers[above] += duals[: above.sum()]
    multipliers[below] -= duals[above.sum() :]
    limits = np.where(multipliers > 0, problem.high, np.where(multipliers < 0, problem.low, 0.0))
    return multipliers @ problem.matrix, float(multipliers @ limits)


def partner_bound(problem: Quadratic, target: float, deadline: float) -> Bound:
    """Every chosen candidate takes the best size - 1 partners for itself, at a share of each pair's weight.

    The shares of i and j in their pair add up to the pair's weight and are moved by subgradient steps from partners
    that are not mutual (Caprara, Pisinger & Toth 1999, "Exact solution of the quadratic knapsack problem";
    Pisinger 2006, "Upper bounds and exact algorithms for p-dispersion problems"; ours adds the rules' multipliers).
    Steps aim at `target` (finite: the value of a known set). Stops when the bound falls to it, or at the `deadline`
    (time.monotonic seconds).
    """
    n, size = len(problem.single), problem.size
    shares = problem.pair / 2
    np.fill_diagonal(shares, -np.inf)
    best, tilt, tilted = np.inf, np.zeros(n), 0.0
    best_weights = problem.single
    length, stale = 1.0, 0
    for step in range(N_ROUNDS):
        partners = np.argpartition(-shares, size - 2, axis=1)[:, : size - 1]
        weights = problem.single + np.take_along_axis(shares, partners, axis=1).sum(axis=1)
        if len(problem.matrix) and step % 100 == 0:
            new_tilt, new_tilted = _rule_prices(weights, problem)
            if new_tilt is None:
                return Bound(-np.inf, np.zeros(n))
            tilt, tilted = new_tilt, new_tilted
        chosen = np.argpartition(tilt - weights, size - 1)[:size]
        value = float((weights - tilt)[chosen].sum()) + tilted + problem.constant
        if value < best - 1e-7 * max(1.0, abs(best) if np.isfinite(best) else 1.0):
            best, best_weights, stale = value, weights, 0
        else:
            stale += 1
            if stale >= 10:
                length, stale = length * 0.7, 0
        if best <= target or time.monotonic() > deadline:
            break
        if not _share_out(shares, chosen, partners[chosen], length * (value - target)):
            break
    bound = linear_bound(best_weights, problem)
    return Bound(bound.value + problem.constant, bound.prices)


def _share_out(shares: Floats, chosen: Ints, partners: Ints, gap: float) -> bool:
    """One subgradient step, in place: a one-sided pair gets dearer for its taker. False where all are mutual."""
    takes = np.zeros(shares.shape, dtype=np.bool_)
    takes[chosen[:, None], partners] = True
    one_sided = takes & ~takes.T
    takers, taken = np.nonzero(one_sided)
    if not len(takers):
        return False
    move = gap / (2 * len(takers))
    shares[takers, taken] -= move
    shares[taken, takers] += move
    return True


def semidefinite_bound(problem: Quadratic, target: float, deadline: float) -> Bound:
    """Adds u_i (x_i^2 - x_i) = 0 so that the sum becomes concave, and relaxes x to the box.

    u solves the dual of the semidefinite relaxation (Billionnet & Elloumi 2007, "Using a mixed integer quadratic
    programming solver for the unconstrained quadratic 0-1 problem"; ours asks for concavity only along directions that
    keep the size, which is what multiplying the size rule by every x_i would give), found together with x by
    `SaddlePoint`. The bound is the tangent at x, maximised over the size and the rules; where concavity fails by some
    eigenvalue, that eigenvalue times the largest possible squared step is added.
    """
    saddle = SaddlePoint(problem.pair, problem.single, problem.size, problem.matrix, problem.low, problem.high)
    best = Bound(np.inf, np.zeros(len(problem.single)))
    for point, diagonal in saddle.path(deadline):
        bound = _tangent_bound(problem, point, diagonal, saddle.basis)
        if bound.value < best.value:
            best = bound
        if best.value <= target:
            break
    return best


def _tangent_bound(problem: Quadratic, point: Floats, diagonal: Floats, basis: Floats) -> Bound:
    curved = problem.pair + np.diag(diagonal)
    slope = curved @ point + problem.single - diagonal / 2
    height = float(point @ (0.5 * curved @ point + problem.single - diagonal / 2)) + problem.constant
    curvature = basis.T @ curved @ basis
    rounding = 1e-14 * len(point) * max(1.0, float(np.abs(curvature).max()))
    excess = max(0.0, float(np.linalg.eigvalsh(curvature)[-1]) + rounding)
    # |y - x|^2 <= |y - x|_1 <= 2 size for vectors in the box with equal sums
    bound = linear_bound(slope, problem)
    return Bound(bound.value + height - float(slope @ point) + excess * problem.size, bound.prices)
