"""SaddlePoint: the diagonal that makes a quadratic 0/1 problem concave and its relaxation as tight as possible.

Newton steps on the saddle point min over u, max over x of
    1/2 x'(D + diag u)x + (a - u/2)'x    with  sum x = size,  0 <= x <= 1,  low <= A x <= high,
    D + diag u negative semidefinite on the vectors of sum zero,
with logarithmic barriers for all inequalities. Nothing here has to be exact: whoever asks computes a bound that is
valid for any u and x from what is returned.
"""

import time
from collections.abc import Iterator

import numpy as np
import scipy

from search_spaces.objectives.base import Floats

N_STEPS = 80
FIRST_BARRIER, LAST_BARRIER, BARRIER_FACTOR = 0.3, 1e-4, 0.15
FIRST_REPORTED = 1e-2
"""Barrier weights are relative to the largest pair weight; points before this one are too rough to be of use."""


class SaddlePoint:
    """See the module.

    Args:
        pair, single, size: D [n, n] with a zero diagonal, a [n], and the sum of x; 0 < size < n.
        matrix, low, high: rules [R, n], [R], [R]; where they leave no interior they are widened as little as needed.
    """

    def __init__(self, pair: Floats, single: Floats, size: int, matrix: Floats, low: Floats, high: Floats) -> None:
        self.n = len(single)
        self.scale = max(float(np.abs(pair).max()), 1e-6 * float(np.abs(single).max()), 1e-12)
        self.pair, self.single, self.size = pair / self.scale, single / self.scale, size
        norms = np.maximum(np.abs(matrix).max(axis=1, initial=0.0), 1e-12)
        self.matrix, self.low, self.high = matrix / norms[:, None], low / norms, high / norms
        self.basis = _sum_zero_basis(self.n)
        self.inner = -self.basis.T @ self.pair @ self.basis

    def path(self, deadline: float) -> Iterator[tuple[Floats, Floats]]:
        """(x [n], u [n]) along the way, better and better; at least one pair."""
        x = self._interior_point()
        least = float(np.linalg.eigvalsh(self.inner)[0])
        u = np.full(self.n, least - 0.1 * max(0.1, abs(least)))
        state, barrier = np.concatenate([x, u, [0.0]]), FIRST_BARRIER
        residual, inverse = self._residual(state, barrier)
        for _ in range(N_STEPS):
            moved = self._step(state, residual, inverse, barrier)
            if moved is None or time.monotonic() > deadline:
                break
            state, residual, inverse = moved
            if np.linalg.norm(residual[:-1]) < 0.5 * barrier * np.sqrt(self.n):
                if barrier <= FIRST_REPORTED:
                    yield self._answer(state)
                if barrier <= LAST_BARRIER:
                    return
                barrier = max(LAST_BARRIER, barrier * BARRIER_FACTOR)
                residual, inverse = self._residual(state, barrier)
        yield self._answer(state)

    def _answer(self, state: Floats) -> tuple[Floats, Floats]:
        return np.clip(state[: self.n], 0.0, 1.0), state[self.n : -1] * self.scale

    def _residual(self, state: Floats, barrier: float) -> tuple[Floats, Floats]:
        """Gradients [2n + 1] by x, u and the size's multiplier, and the inverse on the sum-zero vectors [n, n]."""
        x, u, multiplier = state[: self.n], state[self.n : -1], state[-1]
        inverse = self.basis @ np.linalg.inv(self._curvature(u)) @ self.basis.T
        pull = 1 / (self.matrix @ x - self.low) - 1 / (self.high - self.matrix @ x)
        by_x = self.pair @ x + u * x + self.single - u / 2 + barrier * (1 / x - 1 / (1 - x) + pull @ self.matrix)
        by_u = 0.5 * (x * x - x) + barrier * np.diagonal(inverse)
        return np.concatenate([by_x - multiplier, by_u, [x.sum() - self.size]]), inverse

    def _step(
        self, state: Floats, residual: Floats, inverse: Floats, barrier: float
    ) -> tuple[Floats, Floats, Floats] | None:
        """One damped Newton step: (state, residual, inverse), or None where none helps."""
        try:
            jacobian = self._jacobian(state, inverse, barrier)
            direction = np.asarray(np.linalg.solve(jacobian, -residual), dtype=np.float64)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(direction).all():
            return None
        length, before = self._longest(state, direction), float(np.linalg.norm(residual[:-1]))
        for _ in range(40):
            moved = state + length * direction
            if self._is_concave(moved[self.n : -1]):
                after, new_inverse = self._residual(moved, barrier)
                if np.linalg.norm(after[:-1]) <= (1 - 0.1 * length) * before + 1e-9:
                    return moved, after, new_inverse
            length /= 2
        return None

    def _jacobian(self, state: Floats, inverse: Floats, barrier: float) -> Floats:
        n, x, u = self.n, state[: self.n], state[self.n : -1]
        rules = self.matrix @ x
        stiffness = barrier * (1 / (rules - self.low) ** 2 + 1 / (self.high - rules) ** 2)
        jacobian = np.zeros((2 * n + 1, 2 * n + 1))
        jacobian[:n, :n] = self.pair + np.diag(u - barrier / x**2 - barrier / (1 - x) ** 2)
        jacobian[:n, :n] -= (self.matrix.T * stiffness) @ self.matrix
        jacobian[:n, n:-1] = jacobian[n:-1, :n] = np.diag(x - 0.5)
        jacobian[n:-1, n:-1] = barrier * inverse**2
        jacobian[:n, -1] = -1.0
        jacobian[-1, :n] = 1.0
        return jacobian

    def _longest(self, state: Floats, direction: Floats) -> float:
        """The step length that keeps 5 % of every slack of x, at most 1."""
        x, dx = state[: self.n], direction[: self.n]
        rules, dr = self.matrix @ x, self.matrix @ dx
        slacks = np.concatenate([x, 1 - x, rules - self.low, self.high - rules])
        moves = np.concatenate([dx, -dx, dr, -dr])
        shrinking = moves < 0
        return float(min(1.0, 0.95 * (-slacks[shrinking] / moves[shrinking]).min(initial=np.inf)))

    def _curvature(self, u: Floats) -> Floats:
        return self.inner - self.basis.T @ (u[:, None] * self.basis)

    def _is_concave(self, u: Floats) -> bool:
        try:
            np.linalg.cholesky(self._curvature(u))
        except np.linalg.LinAlgError:
            return False
        return True

    def _interior_point(self) -> Floats:
        """A point away from all limits; rules without one are widened in place by as little as it takes."""
        x = np.full(self.n, self.size / self.n)
        if not len(self.matrix):
            return x
        margin = 0.1 * min(self.size / self.n, 1 - self.size / self.n)
        above, below = np.isfinite(self.high), np.isfinite(self.low)
        rules = np.concatenate([self.matrix[above], -self.matrix[below]])
        limits = np.concatenate([self.high[above], -self.low[below]]) - margin
        result = scipy.optimize.linprog(
            np.append(np.zeros(self.n), 1.0),
            A_ub=np.column_stack([rules, -np.ones(len(rules))]),
            b_ub=limits,
            A_eq=np.append(np.ones(self.n), 0.0)[None, :],
            b_eq=[self.size],
            bounds=[(margin, 1 - margin)] * self.n + [(0.0, None)],
            method="highs",
        )
        if result.status == 0:
            x = result.x[:-1]
        lacking = max(0.0, float((rules @ x - limits).max(initial=0.0)))
        self.low, self.high = self.low - lacking, self.high + lacking
        return x


def _sum_zero_basis(n: int) -> Floats:
    """[n, n - 1], orthonormal columns that each sum to zero (a Householder reflection of the all-ones vector)."""
    v = np.full(n, 1.0 / np.sqrt(n))
    v[0] += 1.0
    reflection: Floats = np.eye(n) - 2.0 * np.outer(v, v) / (v @ v)
    return reflection[:, 1:]
