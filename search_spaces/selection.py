"""Selection: the subset of a space that a criterion judges best, or a random one, and how good it is known to be.

`select` is the one entry: it binds the criterion to the problem, runs a solver, and compares the value with those of
random sets of the same size. The same arguments give the same subset in every process and on every machine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from search_spaces.criteria.base import Criterion, Draw
from search_spaces.criteria.parse import parse_criterion
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.languages import ENGLISH, Language
from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.problem import SelectionProblem
from search_spaces.solvers.base import TIE, Solution
from search_spaces.solvers.exact import solve_exact
from search_spaces.solvers.local import solve_greedy, solve_local
from search_spaces.solvers.sampling import near_optimal, random_sets
from search_spaces.standing import percentile
from search_spaces.subset_space import SubsetSpace
from search_spaces.subsets import LanguageSubset

N_RANDOM = 10_000
RANDOM_SEED = 1
"""Of the random sets that a value is laid beside."""

Solver = Literal["auto", "exact", "local", "greedy"]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """A chosen subset and how good it is.

    Attributes:
        value: of the criterion, larger = more of it; None for a draw.
        bound: no allowed set exceeds it (infinite where nothing is known); equal to `value` when that is proven.
        method: how it was found.
        random_mean, random_sd, percentile: of the criterion among random allowed sets of this size; the percentile is
            the share (in [0, 100]) of them with a smaller value, ties counting half. None for a draw.
        n_random: how many these were.
    """

    subset: LanguageSubset
    criterion: str
    value: float | None
    bound: float | None
    method: str
    random_mean: float | None = None
    random_sd: float | None = None
    percentile: float | None = None
    n_random: int = 0

    @property
    def optimal(self) -> bool:
        """Whether no allowed set is better, proven up to rounding."""
        if self.value is None or self.bound is None:
            return False
        return self.bound <= self.value + TIE * max(1.0, abs(self.value))

    @property
    def gap(self) -> float | None:
        """How much better the best allowed set can be at most; 0 when proven optimal, None for a draw."""
        if self.value is None or self.bound is None:
            return None
        return 0.0 if self.optimal else self.bound - self.value


def select(
    problem: SelectionProblem,
    criterion: str,
    *,
    solver: Solver = "auto",
    seed: int | None = None,
    tolerance: float | None = None,
    time_limit_s: float = 30.0,
    n_random: int = N_RANDOM,
) -> Selection:
    """Chooses a subset.

    Args:
        problem: what may be chosen, and what the criterion may look at.
        criterion: see `criteria.parse` ("max-sum", "gist(weight=0.5)", "least-vendi", "0.5*max-sum + 0.5*vendi").
        solver: "greedy" (one build-up), "local" (build-ups and exchanges), "exact" (proven optimum, refused where there
            is no such solver), "auto" (exact where there is one, otherwise local).
        seed: from 0. Required by draws ("random", "k-dpp" ...). For other criteria it draws among near-optimal sets and
            needs `tolerance`; without one it is refused, as it would change nothing.
        tolerance: which sets are near-optimal: those that keep at least (1 - tolerance) of what the best set gains over
            an average random set; in (0, 1].
        time_limit_s: seconds after which an exact solver stops, with its best set and the bound it has proven.
        n_random: random sets that the value is compared with; 0 = none.

    Raises:
        ValueError: arguments that cannot be met or are meaningless; the message says what to change.
    """
    chooser = parse_criterion(criterion)
    _check(criterion, chooser, solver, seed, tolerance)
    if isinstance(chooser, Draw):
        assert seed is not None
        drawn = chooser.draw(problem, np.random.default_rng(seed))
        subset = LanguageSubset(problem.space.languages(drawn), criterion, seed)
        return Selection(subset=subset, criterion=criterion, value=None, bound=None, method="drawn")
    objective = chooser.bind(problem)
    solution = solve(objective, problem.space, solver, time_limit_s)
    if seed is None:
        members, value, bound, method = solution.members, solution.value, solution.bound, solution.method
    else:
        assert tolerance is not None
        members, value = _near_optimal(objective, problem.space, solution, tolerance, seed)
        bound, method = solution.bound, f"drawn within {tolerance:g} of {solution.method}"
    subset = LanguageSubset(problem.space.languages(members), criterion, seed)
    among = random_values(objective, problem.space, len(members), n_random)
    return Selection(
        subset=subset, criterion=criterion, value=value, bound=bound, method=method, n_random=len(among),
        random_mean=float(among.mean()) if len(among) else None,
        random_sd=float(among.std(ddof=1)) if len(among) > 1 else None,
        percentile=percentile(value, among) if len(among) else None,
    )  # fmt: skip


def solve(objective: Objective, space: SubsetSpace, solver: Solver, time_limit_s: float) -> Solution:
    """The best set that a solver finds.

    Raises:
        ValueError: "exact" where there is no exact solver.
    """
    if solver == "greedy":
        return solve_greedy(objective, space)
    start = solve_local(objective, space)
    if solver == "local" or start.optimal:
        return start
    solution = solve_exact(objective, space, time_limit_s, start)
    if solution is None and solver == "exact":
        raise ValueError(
            f"An exact solver must exist for solver='exact', but there is none for this criterion with "
            f"{len(space.candidates)} candidates. Use solver='local', or a smaller pool."
        )
    return solution or start


def random_values(objective: Objective, space: SubsetSpace, size: int, n_random: int) -> Floats:
    """The objective's values [n_random] of random allowed sets of one size; always the same sets."""
    if n_random == 0:
        return np.empty(0)
    sets = random_sets(space, n_random, np.random.default_rng(RANDOM_SEED), size)
    return objective.values(np.array(sets))


def select_subset(
    pool: Iterable[Language],
    size: int,
    criterion: str,
    distances: DistanceMatrix | None = None,
    anchor: Language | None = ENGLISH,
    seed: int | None = None,
) -> LanguageSubset:
    """`size` languages of a pool: `select` for those who want the subset alone."""
    space = SubsetSpace(pool=tuple(pool), min_size=size, max_size=size)
    return select(
        SelectionProblem(space=space, distances=distances, anchor=anchor), criterion, seed=seed, n_random=0
    ).subset


def _near_optimal(
    objective: Objective, space: SubsetSpace, best: Solution, tolerance: float, seed: int
) -> tuple[Ints, float]:
    average = random_values(objective, space, len(best.members), 1_000).mean()
    threshold = best.value - tolerance * (best.value - average)
    members = near_optimal(objective, space, best.members, threshold, np.random.default_rng(seed))
    return members, objective.value(members)


def _check(name: str, chooser: Criterion | Draw, solver: str, seed: int | None, tolerance: float | None) -> None:
    if solver not in ("auto", "exact", "local", "greedy"):
        raise ValueError(f"`solver` must be auto, exact, local or greedy, but is {solver!r}. Choose one.")
    if seed is not None and seed < 0:
        raise ValueError(f"`seed` must be at least 0, but is {seed}. Choose another one.")
    if isinstance(chooser, Draw):
        if seed is None:
            raise ValueError(f"The criterion {name!r} needs a seed, but got none. Give `seed` a whole number from 0.")
        if tolerance is not None:
            raise ValueError(
                f"`tolerance` has a meaning for criteria that judge sets, but {name!r} draws one. Drop it."
            )
        return
    if seed is not None and tolerance is None:
        raise ValueError(
            f"The criterion {name!r} is deterministic: a seed would change nothing, but {seed} is given. Leave `seed` "
            "out, or give a `tolerance` (0.1, say) to draw among near-optimal sets."
        )
    if tolerance is not None and seed is None:
        raise ValueError("`tolerance` draws among near-optimal sets and needs a seed, but got none. Give `seed`.")
    if tolerance is not None and not 0 < tolerance <= 1:
        raise ValueError(f"`tolerance` must be above 0 and at most 1, but is {tolerance}. Try 0.1.")
