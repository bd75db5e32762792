"""Proven optima of objectives that are the worst of many numbers: the closest pair, the widest pair, the worst cover.

Such a value is one of few numbers in a matrix, and "is there a set at least this good?" is a question of rules alone:
pairs that must not be together, targets that must have a member near them. Bisection over the numbers, each question
answered by HiGHS. Exact in floating point: values are compared, never computed.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from search_spaces.objectives.base import Floats, Ints, Negated, Objective
from search_spaces.objectives.bottleneck import Bottleneck
from search_spaces.objectives.closest_pair import ClosestPair
from search_spaces.objectives.widest_pair import WidestPair
from search_spaces.objectives.worst_cover import WorstCover
from search_spaces.solvers.base import Solution
from search_spaces.solvers.integer import Answer, find_set
from search_spaces.subset_space import GroupRule, SubsetSpace

METHOD = "threshold search"


def apart(space: SubsetSpace, weight: Floats, single: Floats | None, threshold: float) -> SubsetSpace | None:
    """The sets of a space without pairs of weight [n, n], or members of single [n], below the threshold; None: no set.

    Pairs become rules "at most one of these", one for each of a few groups in which any two conflict (a greedy cover of
    the conflict graph by cliques: fewer rules, and a much tighter relaxation, than one a pair).
    """
    conflict = weight < threshold
    np.fill_diagonal(conflict, False)
    rules = [_rule(space, clique, 1) for clique in _cliques(conflict)]
    if single is not None and (near := np.flatnonzero(single < threshold)).size:
        rules.append(_rule(space, near, 0))
    return _with_rules(space, rules)


def solve_bottleneck(objective: Bottleneck, space: SubsetSpace, time_limit_s: float, start: Solution) -> Solution:
    """The set with the largest smallest weight (max-min dispersion, smallest diameter)."""
    weight, single = pair_weights(objective)

    def ask(threshold: float, seconds: float) -> Answer:
        narrowed = apart(space, weight, single, threshold)
        return Answer(None, -np.inf) if narrowed is None else find_set(narrowed, None, seconds)

    return _bisect(objective, levels(weight, single, objective.cap), ask, time_limit_s, start)


def solve_worst_cover(objective: WorstCover, space: SubsetSpace, time_limit_s: float, start: Solution) -> Solution:
    """The set whose worst served target is served best (k-centre): a set cover at each threshold."""

    def ask(threshold: float, seconds: float) -> Answer:
        lacking = objective.similarity[objective.base < threshold]
        rules = [_rule(space, np.flatnonzero(row >= threshold), None, at_least=1) for row in lacking]
        narrowed = _with_rules(space, rules)
        return Answer(None, -np.inf) if narrowed is None else find_set(narrowed, None, seconds)

    possible = np.unique(np.concatenate([objective.similarity.ravel(), objective.base]))
    return _bisect(objective, possible, ask, time_limit_s, start)


def solve_worst_bottleneck(objective: Negated, space: SubsetSpace, time_limit_s: float, start: Solution) -> Solution:
    """The set with the smallest smallest weight: the first pair, in rising order, that some allowed set holds."""
    inner = objective.inner
    assert isinstance(inner, Bottleneck)
    weight, single = pair_weights(inner)
    deadline = time.monotonic() + time_limit_s
    for least, pair in _rising(weight, single, inner.cap):
        if -least <= start.value:
            break
        narrowed = _with_rules(space, [_rule(space, np.array([i]), None, at_least=1) for i in pair])
        answer = Answer(None, -np.inf) if narrowed is None else find_set(narrowed, None, deadline - time.monotonic())
        if answer.members is not None:
            value = objective.value(answer.members)
            return Solution(members=answer.members, value=value, bound=value, method=METHOD)
        if answer.bound == np.inf:
            return Solution(members=start.members, value=start.value, bound=-least, method=METHOD)
    return Solution(members=start.members, value=start.value, bound=start.value, method=METHOD)


def solve_worst_worst_cover(objective: Negated, space: SubsetSpace, time_limit_s: float, start: Solution) -> Solution:
    """The set that serves some target as badly as any: for one target after the other, far candidates only."""
    inner = objective.inner
    assert isinstance(inner, WorstCover)
    deadline = time.monotonic() + time_limit_s
    best, bound = start, -np.inf
    for row, base in zip(inner.similarity, inner.base, strict=True):

        def ask(threshold: float, seconds: float, row: Floats = row) -> Answer:
            narrowed = _with_rules(space, [_rule(space, np.flatnonzero(-row < threshold), 0)])
            return Answer(None, -np.inf) if narrowed is None else find_set(narrowed, None, seconds)

        possible = np.unique(np.minimum(-row, -base))
        best = _bisect(objective, possible, ask, deadline - time.monotonic(), best)
        bound = max(bound, best.bound)
    return replace(best, bound=max(bound, best.value))


def pair_weights(objective: Bottleneck) -> tuple[Floats, Floats | None]:
    """([n, n] weights of pairs, [n] of singles or None) of which the value is the smallest."""
    assert isinstance(objective, ClosestPair | WidestPair)
    sign = 1.0 if isinstance(objective, ClosestPair) else -1.0
    return sign * objective.distance, None if objective.anchor is None else sign * objective.anchor


def _bisect(
    objective: Objective,
    possible: Floats,
    ask: Callable[[float, float], Answer],
    time_limit_s: float,
    start: Solution,
) -> Solution:
    """The best of the `possible` values (rising) for which there is a set."""
    deadline = time.monotonic() + time_limit_s
    best = start
    open_levels = possible[possible > start.value]
    while len(open_levels):
        middle = len(open_levels) // 2
        answer = ask(float(open_levels[middle]), deadline - time.monotonic())
        if answer.members is not None:
            value = objective.value(answer.members)
            best = Solution(members=answer.members, value=value, bound=value, method=METHOD)
            open_levels = open_levels[open_levels > value]
        elif answer.bound == -np.inf:
            open_levels = open_levels[:middle]
        else:
            return replace(best, bound=float(open_levels[-1]), method=METHOD)
    return replace(best, bound=best.value, method=METHOD)


def levels(weight: Floats, single: Floats | None, cap: float) -> Floats:
    """All values that a bottleneck can have, rising."""
    pairs = weight[np.triu_indices(len(weight), 1)]
    every = np.concatenate([pairs, [] if single is None else single, [cap]])
    return np.unique(every[every <= cap])


def _rising(weight: Floats, single: Floats | None, cap: float) -> Iterable[tuple[float, tuple[int, ...]]]:
    """(weight, members) of all pairs and singles, smallest weight first; last the cap, of sets without a pair."""
    first, second = np.triu_indices(len(weight), 1)
    pairs = list(zip(first.tolist(), second.tolist(), strict=True))
    entries: list[tuple[float, tuple[int, ...]]] = list(zip(weight[first, second].tolist(), pairs, strict=True))
    if single is not None:
        entries += [(w, (i,)) for i, w in enumerate(single.tolist())]
    yield from sorted(entry for entry in entries if entry[0] < cap)
    yield cap, ()


def _rule(space: SubsetSpace, members: Ints, at_most: int | None, at_least: int = 0) -> GroupRule:
    languages = frozenset(space.candidates[i] for i in members)
    return GroupRule(name="threshold", members=languages, at_least=at_least, at_most=at_most)


def _with_rules(space: SubsetSpace, rules: list[GroupRule]) -> SubsetSpace | None:
    """None where a rule alone cannot be met."""
    try:
        return replace(space, rules=(*space.rules, *rules))
    except ValueError:
        return None


def _cliques(conflict: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> list[Ints]:
    """Groups of mutually conflicting candidates that hold every conflicting pair, largest gains first."""
    uncovered = conflict.copy()
    cliques: list[Ints] = []
    while uncovered.any():
        first = int(uncovered.sum(axis=1).argmax())
        clique, fits = [first], conflict[first].copy()
        while fits.any():
            gains = np.where(fits, 1 + uncovered[clique].sum(axis=0), 0)
            added = int(gains.argmax())
            clique.append(added)
            fits &= conflict[added]
        cliques.append(np.array(sorted(clique), dtype=np.intp))
        uncovered[np.ix_(clique, clique)] = False
    return cliques
