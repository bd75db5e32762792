"""Stratified random draws: chance decides, but every family, script, area or resource class has its turn."""

from dataclasses import dataclass

import numpy as np

from search_spaces.criteria.base import Draw
from search_spaces.objectives.base import Ints
from search_spaces.problem import SelectionProblem
from search_spaces.subset_space import SLACK, SubsetSpace

MAX_DRAWS = 1_000
"""Draws until the rules are held to be out of reach."""


@dataclass(frozen=True)
class RandomStratified(Draw):
    """Groups in random order, one random language each, round after round until the size is reached.

    The random-family and random-genus of Ploeger et al. (2026), for any column; they draw as many a group as fit evenly
    and the rest from all languages, ours keeps taking turns. With a range of sizes the size is drawn first, uniformly;
    a budget may end the set earlier. Required languages count as the first turns of their groups. A language that
    would break an upper limit is skipped; a set that misses a lower limit is drawn again.

    Args:
        column: of the problem's columns ("family", "script", "area", "resource" ...).
    """

    column: str

    def draw(self, problem: SelectionProblem, generator: np.random.Generator) -> Ints:
        """Raises ValueError when 1,000 draws keep the rules never, or for an unknown column."""
        space = problem.space
        _, group = np.unique(np.array(problem.labels(self.column)), return_inverse=True)
        lowest = max(space.min_size, int(space.rows.required.sum()))
        for _ in range(MAX_DRAWS):
            members = _take_turns(space, group, int(generator.integers(lowest, space.largest_size + 1)), generator)
            if space.allows(members):
                return members
        raise ValueError(
            f"A stratified draw must find a set that keeps all rules, but {MAX_DRAWS} draws by {self.column!r} did "
            "not. Relax the rules, or use the criterion 'random'."
        )


@dataclass(frozen=True)
class RandomFamily(RandomStratified):
    """Turns by language family."""

    column: str = "family"


@dataclass(frozen=True)
class RandomScript(RandomStratified):
    """Turns by script."""

    column: str = "script"


@dataclass(frozen=True)
class RandomArea(RandomStratified):
    """Turns by macro-area."""

    column: str = "area"


@dataclass(frozen=True)
class RandomResource(RandomStratified):
    """Turns by resource class."""

    column: str = "resource"


def _take_turns(space: SubsetSpace, group: Ints, size: int, generator: np.random.Generator) -> Ints:
    """Sorted candidate numbers; fewer than `size` where the upper limits leave no more."""
    rows = space.rows
    members = np.flatnonzero(rows.required).tolist()
    totals = rows.matrix[:, members].sum(axis=1)
    n_groups = int(group.max()) + 1
    count = np.bincount(group[members], minlength=n_groups)
    order = generator.permutation(n_groups)
    # each group's languages in random order, without the required ones; a skipped one never fits later, as totals rise
    waiting = [[i for i in generator.permutation(np.flatnonzero(group == g)) if not rows.required[i]] for g in order]
    turn = 0
    while len(members) < size and any(waiting):
        turn += 1
        for position, g in enumerate(order):
            queue = waiting[position]
            while queue and len(members) < size and count[g] < turn:
                candidate = int(queue.pop())
                if (totals + rows.matrix[:, candidate] <= rows.high + SLACK).all():
                    members.append(candidate)
                    totals = totals + rows.matrix[:, candidate]
                    count[g] += 1
    return np.sort(np.array(members, dtype=np.intp))
