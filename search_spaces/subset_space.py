"""SubsetSpace: which sets of languages may be chosen - how many, at what cost, with whom, and how many of each group.

Every rule but "required" is one linear row over the candidates, low <= row . x <= high, so that all solvers and
searchers read the same few arrays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from search_spaces.languages import Language
from search_spaces.objectives.base import Floats, Ints

SLACK = 1e-9
"""Costs may overshoot a limit by this much: sums of decimal fractions are not exact."""


@dataclass(frozen=True, kw_only=True)
class GroupRule:
    """Limits on how many of the chosen languages belong to a group.

    Args:
        name: for messages ("area=Africa").
        members: the group; languages outside the pool play no part.
        at_least, at_most: numbers of languages; None = no upper limit.
    """

    name: str
    members: frozenset[Language]
    at_least: int = 0
    at_most: int | None = None


@dataclass(frozen=True, eq=False)
class Rows:
    """Linear rules over n candidates: low <= matrix @ x <= high for the 0/1 vector x of a set.

    Shapes: matrix [R, n], low and high [R] (infinite where open); row 0 is the size. `required` [n] bool: always in.
    """

    matrix: Floats
    low: Floats
    high: Floats
    required: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def allow(self, totals: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Whether row totals [..., R] keep all rules, [...]."""
        within = (totals >= self.low - SLACK) & (totals <= self.high + SLACK)
        allowed: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = np.asarray(within.all(axis=-1))
        return allowed


@dataclass(frozen=True, kw_only=True, eq=False)
class SubsetSpace:
    """The sets that may be chosen.

    Args:
        pool: languages to choose from, in any order; repetitions are dropped.
        min_size, max_size: how many languages; the anchor is never counted. max_size None = all.
        required, forbidden: always in, never in.
        rules: see `GroupRule`.
        costs, max_cost: what each language of the pool costs, and the budget, in one unit (sentences, money).

    Raises:
        ValueError: sizes, names, costs or rules that cannot be met; whether they can be met *together* is found by
            `solvers.integer.feasible_set`.
    """

    pool: Sequence[Language]
    min_size: int = 1
    max_size: int | None = None
    required: frozenset[Language] = frozenset()
    forbidden: frozenset[Language] = frozenset()
    rules: tuple[GroupRule, ...] = ()
    costs: Mapping[Language, float] = field(default_factory=dict)
    max_cost: float | None = None

    def __post_init__(self) -> None:
        pool = set(self.pool)
        for name in ("required", "forbidden"):
            if strangers := sorted(getattr(self, name) - pool):
                raise ValueError(
                    f"`{name}` languages must be in the pool, but {', '.join(strangers)} is not. Widen the pool."
                )
        if both := sorted(self.required & self.forbidden):
            raise ValueError(f"A language may be required or forbidden, but {', '.join(both)} is both. Choose one.")
        if self.min_size < 1:
            raise ValueError(
                f"The size must be at least 1, but is {self.min_size}. "
                "For no realignment use LanguageSubset((), 'none')."
            )
        if self.min_size > self.largest_size:
            raise ValueError(
                f"The size must be at most {self.largest_size} (languages that may be chosen), but is {self.min_size}. "
                "Lower it, widen the pool or forbid fewer."
            )
        if len(self.required) > self.largest_size:
            raise ValueError(
                f"At most {self.largest_size} languages may be chosen, but {len(self.required)} are required. "
                "Raise the size or require fewer."
            )
        for rule in self.rules:
            self._check_rule(rule)
        if self.max_cost is not None:
            self._check_costs()

    @cached_property
    def candidates(self) -> tuple[Language, ...]:
        """The pool without forbidden languages, sorted: candidate i of every objective and solver."""
        return tuple(sorted(set(self.pool) - self.forbidden))

    @property
    def largest_size(self) -> int:
        """The largest number of languages that may be chosen."""
        n = len(self.candidates)
        return n if self.max_size is None else min(n, self.max_size)

    @cached_property
    def rows(self) -> Rows:
        """All rules as linear rows over `candidates`."""
        tags = self.candidates
        matrix = [np.ones(len(tags))]
        low, high = [float(self.min_size)], [float(self.largest_size)]
        for rule in self.rules:
            matrix.append(np.array([tag in rule.members for tag in tags], dtype=np.float64))
            low.append(float(rule.at_least))
            high.append(np.inf if rule.at_most is None else float(rule.at_most))
        if self.max_cost is not None:
            matrix.append(np.array([self.costs[tag] for tag in tags], dtype=np.float64))
            low.append(-np.inf)
            high.append(self.max_cost)
        required = np.array([tag in self.required for tag in tags], dtype=np.bool_)
        return Rows(np.array(matrix), np.array(low), np.array(high), required)

    def of_size(self, size: int) -> "SubsetSpace":
        """The same space with one size only."""
        return replace(self, min_size=size, max_size=size)

    def index(self, languages: Sequence[Language]) -> Ints:
        """Candidate numbers of languages, sorted. Raises ValueError for one that may not be chosen."""
        number = {tag: i for i, tag in enumerate(self.candidates)}
        if strangers := sorted(set(languages) - set(number)):
            raise ValueError(
                f"Languages must be among the {len(number)} that may be chosen, but {', '.join(strangers)} is not."
            )
        return np.array(sorted(number[language] for language in languages), dtype=np.intp)

    def languages(self, members: Ints) -> tuple[Language, ...]:
        """The languages of candidate numbers, sorted."""
        return tuple(sorted(self.candidates[i] for i in members))

    def allows(self, members: Ints) -> bool:
        """Whether a set keeps every rule."""
        missing = self.rows.required.copy()
        missing[members] = False
        return not missing.any() and bool(self.rows.allow(self.rows.matrix[:, members].sum(axis=1)))

    def _check_rule(self, rule: GroupRule) -> None:
        n_members = sum(tag in rule.members for tag in self.candidates)
        if rule.at_least > n_members:
            raise ValueError(
                f"At least {rule.at_least} languages of {rule.name} are asked for, but only {n_members} may be chosen. "
                "Lower it or widen the pool."
            )
        if rule.at_most is not None and not max(rule.at_least, 0) <= rule.at_most:
            raise ValueError(
                f"At most {rule.at_most} languages of {rule.name} are allowed, but at least {rule.at_least} are asked "
                "for. Raise the upper limit or lower the lower one."
            )
        n_required = len(rule.members & self.required)
        if rule.at_most is not None and n_required > rule.at_most:
            raise ValueError(
                f"At most {rule.at_most} languages of {rule.name} are allowed, but {n_required} are required. "
                "Raise the limit or require fewer."
            )

    def _check_costs(self) -> None:
        unpriced = [tag for tag in self.candidates if tag not in self.costs]
        if unpriced:
            raise ValueError(
                f"With a budget every language of the pool needs a cost, but {len(unpriced)} have none: "
                f"{', '.join(unpriced[:5])}. Add them to the cost table, forbid them, or "
                "give the table as the pool (`select --pool costs.csv`)."
            )
        wrong = [tag for tag in self.candidates if not (np.isfinite(self.costs[tag]) and self.costs[tag] >= 0)]
        if wrong:
            raise ValueError(
                f"Costs must be finite and not negative, but that of {wrong[0]} is {self.costs[wrong[0]]}. Correct it."
            )
        assert self.max_cost is not None
        needed = sum(self.costs[tag] for tag in self.required)
        if needed > self.max_cost + SLACK:
            raise ValueError(
                f"The budget is {self.max_cost:g}, but the required languages cost {needed:g}. "
                "Raise it or require fewer."
            )
