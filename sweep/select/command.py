"""What `realign-sweep select` shows beside one choice: the front of two criteria, a map and a tree."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from search_spaces.choose import Choice, make_problem
from search_spaces.pareto import pareto_front
from search_spaces.rules import SubsetRules
from sweep.select.report import describe_front

MAX_LEAVES = 400
"""Languages of a pool up to which the tree shows all of it, and not only the chosen ones and the targets."""


def front_text(size: int | None, criterion: str, other: str, *, rules: SubsetRules, **given: Any) -> str:
    """The front of two criteria as text.

    Args:
        given: see `search_spaces.choose.make_problem`.

    Raises:
        ValueError: anything unknown, lacking or contradictory.
    """
    problem, _ = make_problem(size, rules=rules, **given)
    return describe_front(pareto_front(problem, criterion, other), criterion, other)


def draw(choice: Choice, folder: Path, say: Callable[[str], None]) -> None:
    """Writes `map.png` and `tree.png` of the distances into `folder`, and says so."""
    subset, pool, anchor = choice.selection.subset, choice.problem.space.pool, choice.problem.anchor
    # imported here: drawing takes a second that the other answers should not
    from sweep.reports.dendrograms import dendrogram
    from sweep.reports.maps import subset_map

    targets = choice.problem.targets or ()
    subset_map(subset, pool, folder / "map.png", anchor=anchor, targets=targets)
    leaves = pool if len(pool) <= MAX_LEAVES else subset  # a tree of thousands is metres high
    dendrogram(choice.distances.matrix, subset, folder / "tree.png", pool=leaves, anchor=anchor, targets=targets)
    for name in ("map.png", "tree.png"):
        say(f"written: {folder / name}")
