"""How objectives are written down as integer programs: one function a class, one table.

All columns lie in [0, 1]; the first n say which candidates are chosen. Everything is to be maximised.
"""

from collections.abc import Callable

import numpy as np
import scipy

from search_spaces.objectives.base import Floats, Negated, Objective
from search_spaces.objectives.best_cover import BestCover
from search_spaces.objectives.element_cover import ElementCover
from search_spaces.objectives.group_counts import GroupCounts
from search_spaces.objectives.weighted_sum import WeightedSum
from search_spaces.subset_space import SubsetSpace


class Program:
    """Columns, their costs, and rows low <= row . columns <= high, gathered one by one.

    Attributes:
        cost, integral: one entry a column.
        constant: added to every value.
    """

    def __init__(self, n: int) -> None:
        self.cost: list[float] = [0.0] * n
        self.integral: list[bool] = [True] * n
        self.constant = 0.0
        self._columns: list[int] = []
        self._entries: list[float] = []
        self._starts = [0]
        self._low: list[float] = []
        self._high: list[float] = []

    @property
    def n_columns(self) -> int:
        return len(self.cost)

    @property
    def n_rows(self) -> int:
        return len(self._low)

    def add_column(self, cost: float, integral: bool = False) -> int:
        """The number of the new column."""
        self.cost.append(cost)
        self.integral.append(integral)
        return len(self.cost) - 1

    def add_row(self, columns: list[int], entries: list[float], low: float, high: float) -> None:
        self._columns += columns
        self._entries += entries
        self._starts.append(len(self._columns))
        self._low.append(low)
        self._high.append(high)

    def demand(self, value: float) -> None:
        """Leaves out what is worth less: halves the search where the relaxation is weak."""
        cost = np.array(self.cost)
        priced = np.flatnonzero(cost)
        unit = np.abs(cost).max() or 1.0
        self.add_row(priced.tolist(), (cost[priced] / unit).tolist(), (value - self.constant) / unit, np.inf)

    def rows(self) -> "tuple[scipy.sparse.csr_array, Floats, Floats]":
        """(matrix, low, high) of all rows."""
        shape = (self.n_rows, self.n_columns)
        matrix = scipy.sparse.csr_array((self._entries, self._columns, self._starts), shape)
        return matrix, np.array(self._low), np.array(self._high)


def add_objective(program: Program, objective: Objective, weight: float, space: SubsetSpace) -> None:
    """Adds weight * objective. Raises KeyError where its class has no formulation."""
    FORMULATIONS[type(objective)](program, objective, weight, space)


def has_formulation(objective: Objective) -> bool:
    """Whether `add_objective` knows this class, and what it is made of."""
    if isinstance(objective, Negated):
        return has_formulation(objective.inner)
    if isinstance(objective, WeightedSum):
        return all(has_formulation(part) for part in objective.parts)
    return type(objective) in FORMULATIONS


def _best_cover(program: Program, objective: BestCover, weight: float, space: SubsetSpace) -> None:
    _add_cover(program, objective.similarity, objective.base, weight * objective.weight, space)


def _element_cover(program: Program, objective: ElementCover, weight: float, space: SubsetSpace) -> None:
    similarity = objective.covers.T.astype(np.float64)
    _add_cover(program, similarity, objective.base.astype(np.float64), weight * objective.weight, space)


def _add_cover(program: Program, similarity: Floats, base: Floats, weight: Floats, space: SubsetSpace) -> None:
    """sum over t of weight[t] * max(base[t], largest similarity[t, j] of the chosen j), weights of either sign.

    A column a target and distinct similarity says "reached"; for each only the candidates with just this similarity and
    the column above are linked, which keeps the program sparse (Elloumi 2010, "A tighter formulation of the p-median
    problem"). Levels that every allowed set reaches are constants.
    """
    n_outside = similarity.shape[1] - max(space.min_size, int(space.rows.required.sum()))
    sure = -np.sort(-similarity, axis=1)[:, n_outside]
    sure = np.maximum(sure, similarity[:, space.rows.required].max(axis=1, initial=-np.inf))
    for row, floor, factor in zip(similarity, np.maximum(base, sure), weight, strict=True):
        program.constant += factor * floor
        if factor == 0:
            continue
        levels = np.unique(row[row > floor])[::-1]
        above: list[int] = []
        for level, drop in zip(levels, -np.diff(np.append(levels, floor)), strict=True):
            reached = program.add_column(factor * drop)
            holders = np.flatnonzero(row == level).tolist()
            if factor > 0:
                links = above + holders
                program.add_row([reached, *links], [1.0] + [-1.0] * len(links), -np.inf, 0.0)
            else:
                for link in above + holders:
                    program.add_row([reached, link], [1.0, -1.0], 0.0, np.inf)
            above = [reached]


def _group_counts(program: Program, objective: GroupCounts, weight: float, space: SubsetSpace) -> None:
    """A column a group and count: "at least so many members"; any table of scores will do."""
    for group, score in enumerate(objective.score):
        members = np.flatnonzero(objective.group == group).tolist()
        program.constant += weight * score[0]
        largest = min(len(members), space.largest_size, len(score) - 1)
        steps = [program.add_column(weight * step, integral=True) for step in np.diff(score[: largest + 1]).tolist()]
        program.add_row(members + steps, [1.0] * len(members) + [-1.0] * len(steps), 0.0, 0.0)
        for more, fewer in zip(steps[1:], steps[:-1], strict=True):
            program.add_row([more, fewer], [1.0, -1.0], -np.inf, 0.0)


def _negated(program: Program, objective: Negated, weight: float, space: SubsetSpace) -> None:
    add_objective(program, objective.inner, -weight, space)


def _weighted_sum(program: Program, objective: WeightedSum, weight: float, space: SubsetSpace) -> None:
    program.constant += weight * objective.shift
    for part, factor in zip(objective.parts, objective.weights, strict=True):
        add_objective(program, part, weight * factor, space)


FORMULATIONS: dict[type[Objective], Callable[..., None]] = {
    BestCover: _best_cover,
    ElementCover: _element_cover,
    GroupCounts: _group_counts,
    Negated: _negated,
    WeightedSum: _weighted_sum,
}
