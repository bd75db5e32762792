"""Why these languages: whom each one serves, what it is worth, what would take its place, and the next-best sets.

Everything here is computed from the choice's own criterion, rules and distances. The best set without a language is
looked for by exchanges (`improve`), so what a language is worth is at most what is said.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from search_spaces.choose import Choice
from search_spaces.criteria.base import Criterion
from search_spaces.criteria.parse import parse_criterion
from search_spaces.languages import Language
from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.solvers.base import TIE
from search_spaces.solvers.sampling import allowed_exchanges
from search_spaces.subset_space import SubsetSpace

N_NEXT_BEST = 5
N_REARRANGED = 500
"""Candidates up to which the rest of a set is rearranged when one language is taken from it."""


@dataclass(frozen=True, kw_only=True)
class Reached:
    """One target and the chosen languages closest to it.

    Attributes:
        nearest: the closest chosen language, or the anchor; the target itself where it is chosen (distance 0).
        second: the next one, None where there is none.
        of_pool: the closest language that could have been chosen, whether it was or not; None where there is none.
    """

    target: Language
    nearest: Language
    distance: float
    second: Language | None
    second_distance: float | None
    of_pool: Language | None
    of_pool_distance: float | None


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What one chosen language is for.

    Attributes:
        serves: the targets (the pool, without targets) that no other chosen language is closer to.
        dropped: the criterion's value with nothing in its place; None where it is the only one, or required.
        replaced: the value of the best set found without it; None where no other set keeps the rules.
        instead: what that set has in its place (several where the rest was rearranged too).
        gives_up: what else that set has not.
    """

    language: Language
    serves: tuple[Language, ...]
    dropped: float | None
    replaced: float | None
    instead: tuple[Language, ...] = ()
    gives_up: tuple[Language, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NextBest:
    """Another set and its value."""

    languages: tuple[Language, ...]
    value: float


@dataclass(frozen=True, eq=False)
class Reasons:
    """The reasons for one choice; `worths` and `next_best` are empty for a draw, which no criterion judges."""

    choice: Choice

    @cached_property
    def reached(self) -> tuple[Reached, ...]:
        """Every target that the user named, in their order; empty where none was."""
        problem = self.choice.problem
        if problem.targets is None:
            return ()
        return tuple(self._reached(target) for target in problem.aims)

    @cached_property
    def worths(self) -> tuple[Worth, ...]:
        """One a chosen language."""
        return tuple(worth for worth, _ in self._of_members)

    @cached_property
    def next_best(self) -> tuple[NextBest, ...]:
        """Up to `N_NEXT_BEST` other sets found, best first. No set that lacks a chosen language was found to be better
        than the first.
        """
        found = {other.languages: other for _, other in self._of_members if other is not None}
        return tuple(sorted(found.values(), key=lambda one: (-one.value, one.languages))[:N_NEXT_BEST])

    def _reached(self, target: Language) -> Reached:
        problem, subset = self.choice.problem, self.choice.selection.subset
        anchor = () if problem.anchor is None else (problem.anchor,)
        ranked = self._by_distance(target, (*subset, *anchor))
        others = self._by_distance(target, problem.candidates)
        second, second_distance = ranked[1] if len(ranked) > 1 else (None, None)
        of_pool, of_pool_distance = others[0] if others else (None, None)
        return Reached(
            target=target, nearest=ranked[0][0], distance=ranked[0][1], second=second, second_distance=second_distance,
            of_pool=of_pool, of_pool_distance=of_pool_distance,
        )  # fmt: skip

    def _by_distance(self, target: Language, languages: tuple[Language, ...]) -> list[tuple[Language, float]]:
        """The two closest, with their distances."""
        distances = self.choice.distances.matrix.to(target, languages)
        order = sorted(range(len(languages)), key=lambda i: (distances[i], languages[i]))[:2]
        return [(languages[i], float(distances[i])) for i in order]

    @cached_property
    def _of_members(self) -> tuple[tuple[Worth, NextBest | None], ...]:
        selection, problem = self.choice.selection, self.choice.problem
        criterion = parse_criterion(selection.criterion)
        if not isinstance(criterion, Criterion):
            return ()
        objective, space = criterion.bind(problem), problem.space
        members, served = space.index(selection.subset.languages), self._served()
        removals = objective.removals(members) if len(members) > 1 else np.full(1, np.nan)
        exchanges = np.full((len(members), len(space.candidates)), -np.inf)
        if len(members) < len(space.candidates):
            exchanges = np.where(allowed_exchanges(space, members), objective.exchanges(members), -np.inf)
        found = []
        for position, language in enumerate(space.candidates[member] for member in members):
            is_required = language in space.required
            other = None if is_required else best_without(objective, space, members, position, exchanges)
            dropped = None if is_required or np.isnan(removals[position]) else float(removals[position])
            next_best = None
            if other is not None:
                next_best = NextBest(languages=space.languages(other), value=objective.value(other))
            now = set(selection.subset.languages)
            then = set(next_best.languages) if next_best else set()
            worth = Worth(
                language=language, serves=served.get(language, ()), dropped=dropped,
                replaced=next_best.value if next_best else None, instead=tuple(sorted(then - now)),
                gives_up=tuple(sorted(now - then - {language})) if next_best else (),
            )  # fmt: skip
            found.append((worth, next_best))
        return tuple(found)

    def _served(self) -> dict[Language, tuple[Language, ...]]:
        """Chosen language -> the targets that it is the closest to; the anchor may be closer than all."""
        problem, subset = self.choice.problem, tuple(self.choice.selection.subset)
        anchor = () if problem.anchor is None else (problem.anchor,)
        reachers = (*subset, *anchor)
        block = np.array([self.choice.distances.matrix.to(reacher, problem.aims) for reacher in reachers])
        nearest = block.argmin(axis=0)
        return {
            reacher: tuple(target for target, who in zip(problem.aims, nearest, strict=True) if who == number)
            for number, reacher in enumerate(reachers)
        }


def best_without(
    objective: Objective, space: SubsetSpace, members: Ints, position: int, exchanges_KN: Floats
) -> Ints | None:
    """The best set without the member at `position` that exchanges lead to; None where no exchange keeps the rules.

    First that member is exchanged for the best outsider (or taken out, where the size is free); in pools of up to
    `N_REARRANGED` languages exchanges of the others go on as long as they help.

    Args:
        exchanges_KN: [K, n] values after each single exchange; -inf where the rules forbid it.
    """
    here, value, banned = members, -np.inf, members[position]
    if len(members) < len(space.candidates):
        values = exchanges_KN[position]
        best = int(values.argmax())
        if np.isfinite(values[best]):
            here, value = _exchanged(members, position, best), float(values[best])
    smaller = np.delete(members, position)
    if len(smaller) >= max(1, space.min_size) and space.allows(smaller):
        without = objective.value(smaller)
        if without > value:
            here, value = smaller, without
    if here is members:
        return None
    while len(here) < len(space.candidates) <= N_REARRANGED:
        values = np.where(allowed_exchanges(space, here), objective.exchanges(here), -np.inf)
        values[:, banned] = -np.inf
        place, outsider = np.unravel_index(int(values.argmax()), values.shape)
        if not values[place, outsider] > value + TIE * max(1.0, abs(value)):
            break
        here, value = _exchanged(here, int(place), int(outsider)), float(values[place, outsider])
    return here


def _exchanged(members: Ints, position: int, outsider: int) -> Ints:
    return np.sort(np.append(np.delete(members, position), outsider)).astype(np.intp)
