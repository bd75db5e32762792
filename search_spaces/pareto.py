"""Pareto sets of two criteria: subsets that cannot be better by one without being worse by the other.

Weighted sums from "only the first" to "only the second" are maximised by local search; the best sets and everything
one exchange away from them are kept unless another set found is at least as good by both. The ends are as good as the
local search is; sets between may be missed, but no listed set is beaten by another listed one.
"""

from dataclasses import dataclass

import numpy as np

from search_spaces.criteria.base import Criterion
from search_spaces.criteria.parse import parse_criterion
from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.objectives.weighted_sum import WeightedSum
from search_spaces.problem import SelectionProblem
from search_spaces.solvers.base import TIE
from search_spaces.solvers.local import solve_local
from search_spaces.solvers.sampling import allowed_exchanges
from search_spaces.subset_space import SubsetSpace
from search_spaces.subsets import LanguageSubset


@dataclass(frozen=True, kw_only=True)
class ParetoPoint:
    """One subset of the front and its two values."""

    subset: LanguageSubset
    first: float
    second: float


def pareto_front(problem: SelectionProblem, first: str, second: str, n_weights: int = 21) -> tuple[ParetoPoint, ...]:
    """The front of two criteria, from the best by the first to the best by the second.

    Args:
        n_weights: weighted sums that are maximised, evenly spread; each criterion is in units of its spread among
            random sets.

    Raises:
        ValueError: a draw, which judges no set, or what `select` would refuse.
    """
    objectives = [_judge(problem, text) for text in (first, second)]
    spreads = [float(problem.reference_values(objective).std()) or 1.0 for objective in objectives]
    found: dict[tuple[int, ...], tuple[float, float]] = {}
    for share in np.linspace(0.0, 1.0, n_weights):
        # a trace of the other criterion decides between sets that are equally good by one alone
        weights = [max(1 - share, 1e-6) / spreads[0], max(share, 1e-6) / spreads[1]]
        best = solve_local(WeightedSum(weights, objectives), problem.space).members
        found[tuple(best.tolist())] = (objectives[0].value(best), objectives[1].value(best))
        found |= _neighbours(objectives, problem.space, best)
    front = _undominated(found)
    return tuple(
        ParetoPoint(
            subset=LanguageSubset(problem.space.languages(np.array(members, dtype=np.intp)), f"{first} / {second}"),
            first=values[0],
            second=values[1],
        )
        for members, values in front
    )


def _judge(problem: SelectionProblem, text: str) -> Objective:
    criterion = parse_criterion(text)
    if not isinstance(criterion, Criterion):
        raise ValueError(f"A Pareto front needs criteria that judge a set, but {text!r} draws one. Choose another one.")
    return criterion.bind(problem)


def _neighbours(
    objectives: list[Objective], space: SubsetSpace, members: Ints
) -> dict[tuple[int, ...], tuple[float, float]]:
    """The undominated ones among the sets one exchange away."""
    values: list[Floats] = [objective.exchanges(members) for objective in objectives]
    positions, outsiders = np.nonzero(allowed_exchanges(space, members) & np.isfinite(values[0]))
    sets = {}
    for position, outsider in zip(positions, outsiders, strict=True):
        key = tuple(sorted([*np.delete(members, position).tolist(), int(outsider)]))
        sets[key] = (float(values[0][position, outsider]), float(values[1][position, outsider]))
    return dict(_undominated(sets))


def _undominated(
    found: dict[tuple[int, ...], tuple[float, float]],
) -> list[tuple[tuple[int, ...], tuple[float, float]]]:
    """Falling by the first value; of sets with equal values the one with the lowest numbers stays."""
    ordered = sorted(found.items(), key=lambda item: (-item[1][0], -item[1][1], item[0]))
    front: list[tuple[tuple[int, ...], tuple[float, float]]] = []
    best_second = -np.inf
    for members, values in ordered:
        if values[1] > best_second + TIE:
            front.append((members, values))
            best_second = values[1]
    return front
