"""Branch and bound for sums over pairs: proven most or least dispersed sets under all rules of a space.

One open node a size to start with. A node is bounded by `relaxations`, candidates that the bound settles are fixed,
and what is left is enumerated when it is small or else split at the most undecided candidate. The open node with the
highest bound goes first, so that the gap at a time-out is as small as it can be.
"""

import heapq
import time
from dataclasses import dataclass
from math import comb

import numpy as np

from search_spaces.objectives.base import Floats, Ints
from search_spaces.objectives.pairwise_sum import PairwiseSum
from search_spaces.solvers.base import TIE, Solution
from search_spaces.solvers.enumeration import feasible_blocks
from search_spaces.solvers.local import improve
from search_spaces.solvers.relaxations import Bound, Quadratic, linear_bound, partner_bound, semidefinite_bound
from search_spaces.subset_space import Rows, SubsetSpace

ENUMERATED = 1_000_000
"""Nodes with at most this many sets times size squared are enumerated: cheaper than a bound."""

N_SEMIDEFINITE = 300
"""Above so many free candidates the semidefinite bound is left out: its time grows with their third power."""


@dataclass(frozen=True, eq=False)
class _Node:
    """Sets of one size that hold all of `chosen` and for the rest members of `free`; none exceeds `bound`."""

    size: int
    chosen: Ints
    free: Ints
    bound: float
    by_partners: bool | None
    """Which of the two bounds was the tighter one where both were tried."""


def solve_quadratic(objective: PairwiseSum, space: SubsetSpace, time_limit_s: float, start: Solution) -> Solution:
    """The best set of a space, proven unless time runs out.

    Args:
        start: a feasible set, the better the faster.
    """
    return _Search(objective, space, time.monotonic() + time_limit_s, start).run()


class _Search:
    def __init__(self, objective: PairwiseSum, space: SubsetSpace, deadline: float, start: Solution) -> None:
        self.objective, self.space, self.rows, self.deadline = objective, space, space.rows, deadline
        self.value, self.members = start.value, start.members
        self.open: list[tuple[float, int, _Node]] = []  # a heap: highest bound first, then the oldest
        self.n_nodes = self.n_pushed = 0

    def run(self) -> Solution:
        required = np.flatnonzero(self.rows.required)
        optional = np.flatnonzero(~self.rows.required)
        for size in range(max(self.space.min_size, len(required)), self.space.largest_size + 1):
            left = size - len(required)
            if left in (0, 1, len(optional)):
                self._enumerate(required, optional, left)
            else:
                self._push(size, required, optional, self._quick_bound(required, optional, left), None)
        while self.open and -self.open[0][0] > self.target and time.monotonic() <= self.deadline:
            self._process(heapq.heappop(self.open)[-1])
        bound = max([self.value] + [node.bound for _, _, node in self.open if node.bound > self.target])
        method = f"branch and bound, {self.n_nodes} nodes"
        return Solution(members=np.sort(self.members), value=self.value, bound=bound, method=method)

    @property
    def target(self) -> float:
        """Bounds up to here promise nothing better than the best set known."""
        return self.value + TIE * max(1.0, abs(self.value))

    def _process(self, node: _Node) -> None:
        """Bounds and fixes until the node is settled, or splits it."""
        self.n_nodes += 1
        chosen, free, bound, by_partners = node.chosen, node.free, node.bound, node.by_partners
        while True:
            left = node.size - len(chosen)
            if left < 0 or left > len(free):
                return
            if comb(len(free), left) * max(1, node.size) ** 2 <= ENUMERATED or left in (0, 1, len(free)):
                self._enumerate(chosen, free, left)
                return
            tight, by_partners = self._bound(self._reduced(chosen, free, left), by_partners)
            bound = min(bound, tight.value)
            self._try(chosen, free, left, tight.prices)
            if bound <= self.target:
                return
            if time.monotonic() > self.deadline:
                self._push(node.size, chosen, free, bound, by_partners)
                return
            settled = tight.value - np.abs(tight.prices) <= self.target
            if settled.sum() < 0.1 * len(free):
                break
            chosen = np.concatenate([chosen, free[settled & (tight.prices > 0)]])
            free = free[~settled]
        self._split(node.size, chosen, free, bound, by_partners, tight)

    def _split(self, size: int, chosen: Ints, free: Ints, bound: float, by_partners: bool | None, tight: Bound) -> None:
        branch = int(np.argmin(np.abs(tight.prices)))
        rest = np.delete(free, branch)
        self._push(size, np.append(chosen, free[branch]), rest, bound, by_partners)
        self._push(size, chosen, rest, bound, by_partners)

    def _bound(self, problem: Quadratic, by_partners: bool | None) -> tuple[Bound, bool]:
        """The tighter of the two bounds, or the one that was tighter further up."""
        if by_partners is None:
            partner = partner_bound(problem, self.target, self.deadline)
            if partner.value <= self.target or len(problem.single) > N_SEMIDEFINITE:
                return partner, True
            semidefinite = semidefinite_bound(problem, self.target, self.deadline)
            return (partner, True) if partner.value <= semidefinite.value else (semidefinite, False)
        method = partner_bound if by_partners else semidefinite_bound
        return method(problem, self.target, self.deadline), by_partners

    def _quick_bound(self, chosen: Ints, free: Ints, left: int) -> float:
        """Every candidate with its best partners and half of each pair's weight (Pisinger 2006)."""
        problem = self._reduced(chosen, free, left)
        halves = problem.pair / 2
        np.fill_diagonal(halves, -np.inf)
        best = -np.partition(-halves, left - 2, axis=1)[:, : left - 1]
        return linear_bound(problem.single + best.sum(axis=1), problem).value + problem.constant

    def _reduced(self, chosen: Ints, free: Ints, left: int) -> Quadratic:
        """The problem that is left after choosing: pairs with the chosen ones become single weights."""
        pair, single = self.objective.pair, self.objective.single
        spent = self.rows.matrix[1:, chosen].sum(axis=1)
        return Quadratic(
            pair=pair[np.ix_(free, free)],
            single=single[free] + pair[np.ix_(free, chosen)].sum(axis=1),
            constant=self.objective.constant + single[chosen].sum() + pair[np.ix_(chosen, chosen)].sum() / 2,
            size=left,
            matrix=self.rows.matrix[1:, free],
            low=self.rows.low[1:] - spent,
            high=self.rows.high[1:] - spent,
        )

    def _push(self, size: int, chosen: Ints, free: Ints, bound: float, by_partners: bool | None) -> None:
        if bound > self.target:
            self.n_pushed += 1
            heapq.heappush(self.open, (-bound, self.n_pushed, _Node(size, chosen, free, bound, by_partners)))

    def _try(self, chosen: Ints, free: Ints, left: int, prices: Floats) -> None:
        """Rounds the relaxation to a set and improves it by exchanges."""
        members = np.sort(np.concatenate([chosen, free[np.argsort(-prices, kind="stable")[:left]]]))
        if not self.space.allows(members):
            return
        members = improve(self.objective, self.space, members)
        self._keep(self.objective.value(members), members)

    def _keep(self, value: float, members: Ints) -> None:
        if value > self.target:
            self.value, self.members = value, members

    def _enumerate(self, chosen: Ints, free: Ints, left: int) -> None:
        required = np.zeros(len(self.rows.required), dtype=np.bool_)
        required[chosen] = True
        among = np.sort(np.concatenate([chosen, free]))
        rows = Rows(self.rows.matrix[:, among], self.rows.low, self.rows.high, required[among])
        for block in feasible_blocks(rows, len(chosen) + left):
            if len(block):
                values = self.objective.values(among[block])
                first = int(values.argmax())
                self._keep(float(values[first]), among[block[first]])
