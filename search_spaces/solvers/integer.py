"""Integer programs on HiGHS: feasible sets, and proven optima of covers and counts.

HiGHS's answer is never taken on trust: a returned set is checked against the rules and valued by the objective itself,
and what it proves is its dual bound. `formulations` says how each objective is written down.
"""

import time
from dataclasses import dataclass, replace

import numpy as np
import scipy  # its parts are loaded when they are first used: a second that most callers never need

from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.solvers.base import Solution
from search_spaces.solvers.formulations import Program, add_objective
from search_spaces.subset_space import SubsetSpace

PROVEN = 1e-6
"""Relative to the value: HiGHS's own tolerances leave a bound uncertain by this much."""

COST_SCALE = 1e4
"""The largest cost as HiGHS sees it: its absolute gap of 1e-6 then is far below any difference that matters."""


@dataclass(frozen=True, eq=False)
class Answer:
    """members: sorted, None when none was found. bound: on the cost; -inf when no set keeps the rules."""

    members: Ints | None
    bound: float


def feasible_set(space: SubsetSpace, prefer: Floats | None = None) -> Ints:
    """A set (sorted candidate numbers) that keeps all rules: the one with the largest sum of `prefer` [n], if given.

    Raises:
        ValueError: no set keeps all rules; it names a smallest group of rules that cannot be met together.
    """
    answer = find_set(space, prefer)
    if answer.members is None:
        raise ValueError(
            f"The rules must leave at least one set, but {_and(_clash(space))} cannot be met together. Relax one."
            f"{_cheapest(space)}"
        )
    return answer.members


def find_set(space: SubsetSpace, prefer: Floats | None = None, time_limit_s: float = np.inf) -> Answer:
    """As `feasible_set`, but says so with `members` None where there is none, or time runs out (then bound = inf)."""
    program = Program(len(space.candidates))
    if prefer is not None:
        program.cost = np.asarray(prefer, dtype=np.float64).tolist()
    return solve_program(program, space, time_limit_s)


def solve_integer(objective: Objective, space: SubsetSpace, time_limit_s: float, start: Solution) -> Solution:
    """The best set for an objective that `formulations` can write down; proven unless time runs out.

    Raises:
        KeyError: there is no formulation for this class.
    """
    program = Program(len(space.candidates))
    add_objective(program, objective, 1.0, space)
    program.demand(start.value - PROVEN * max(1.0, abs(start.value)))
    answer = solve_program(program, space, time_limit_s)
    value, members = start.value, start.members
    if answer.members is not None and (found := objective.value(answer.members)) > value:
        value, members = found, answer.members
    bound = min(answer.bound + program.constant, objective.upper_bound(space.largest_size))
    if bound <= value + PROVEN * max(1.0, abs(value)):
        bound = value
    return Solution(members=members, value=value, bound=bound, method="integer program")


def solve_program(program: Program, space: SubsetSpace, time_limit_s: float) -> Answer:
    """Maximises a program under the rules of a space."""
    deadline = time.monotonic() + time_limit_s
    while True:
        answer = _run(program, space, deadline - time.monotonic())
        if answer.members is None or space.allows(answer.members):
            return answer
        # within HiGHS's tolerance of a budget, but over it: forbid this one set and go on
        x = np.ones(len(space.candidates))
        x[answer.members] = -1.0
        program.add_row(list(range(len(x))), x.tolist(), 1.0 - len(answer.members), np.inf)


def _run(program: Program, space: SubsetSpace, time_limit_s: float) -> Answer:
    if time_limit_s <= 0:
        return Answer(None, np.inf)
    rows, n = space.rows, len(space.candidates)
    norms = np.maximum(np.abs(rows.matrix).max(axis=1), 1e-12)
    rules = scipy.sparse.csr_array(rows.matrix / norms[:, None])
    rules = scipy.sparse.hstack([rules, scipy.sparse.csr_array((len(norms), program.n_columns - n))])
    constraints = [scipy.optimize.LinearConstraint(rules, rows.low / norms - 1e-9, rows.high / norms + 1e-9)]
    if program.n_rows:
        constraints.append(scipy.optimize.LinearConstraint(*program.rows()))
    lower = np.zeros(program.n_columns)
    lower[:n] = rows.required
    cost = np.array(program.cost)
    scale = COST_SCALE / largest if (largest := np.abs(cost).max()) > 0 else 1.0
    result = scipy.optimize.milp(
        -cost * scale,
        integrality=np.array(program.integral, dtype=np.int64),
        bounds=scipy.optimize.Bounds(lower, np.ones(program.n_columns)),
        constraints=constraints,
        options={"mip_rel_gap": 0.0} | ({"time_limit": time_limit_s} if np.isfinite(time_limit_s) else {}),
    )
    members = None if result.x is None else np.flatnonzero(result.x[:n] > 0.5)
    if result.status == 2:
        return Answer(None, -np.inf)
    dual = result.mip_dual_bound if result.mip_dual_bound is not None else -np.inf
    return Answer(members, -dual / scale)


def _clash(space: SubsetSpace) -> list[str]:
    """Names of rules that cannot be met together, none of which can be left out (a deletion filter)."""
    parts: dict[str, dict[str, object]] = {
        f"the size ({space.min_size} to {space.largest_size})": {"min_size": 1, "max_size": None}
    }
    if space.max_cost is not None:
        parts[f"the budget ({space.max_cost:g})"] = {"max_cost": None}
    if space.required:
        parts[f"the required languages ({', '.join(sorted(space.required))})"] = {"required": frozenset()}
    needed = []
    for name, without in parts.items():
        relaxed = replace(space, **without)  # type: ignore[arg-type]
        if find_set(relaxed).members is None:
            space = relaxed
        else:
            needed.append(name)
    for rule in space.rules:
        relaxed = replace(space, rules=tuple(other for other in space.rules if other is not rule))
        if find_set(relaxed).members is None:
            space = relaxed
        else:
            needed.append(f"{rule.name} (at least {rule.at_least}, at most {rule.at_most or 'any number'})")
    return needed


def _cheapest(space: SubsetSpace) -> str:
    """What the budget would have to be, where it is what cannot be met."""
    if space.max_cost is None:
        return ""
    costs = np.array([space.costs[tag] for tag in space.candidates], dtype=np.float64)
    cheapest = find_set(replace(space, max_cost=None), -costs).members
    if cheapest is None:
        return ""
    return (
        f" The cheapest set that keeps all other rules costs {costs[cheapest].sum():g}: "
        f"{', '.join(space.languages(cheapest))}."
    )


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
