"""`realign-sweep select`: from the options of the command line to the text it prints and the figures it draws."""

import argparse
from collections.abc import Callable
from pathlib import Path

from search_spaces.choose import Choice, choose, make_problem
from search_spaces.pareto import pareto_front
from search_spaces.rules import SubsetRules
from sweep.select.report import describe_choice, describe_front


def run_select(options: argparse.Namespace, say: Callable[[str], None]) -> str:
    """The answer as text; with `--figures` also a map and a tree, whose paths are said.

    Raises:
        ValueError: anything unknown, lacking or contradictory.
    """
    given = {
        "pool": options.pool, "distance": options.distance, "features": options.features,
        "anchor": None if options.anchor.lower() == "none" else options.anchor, "targets": options.targets,
        "rules": _rules(options), "costs": options.costs, "facts": options.facts,
        "min_size": options.min_size,
    }  # fmt: skip
    if options.pareto:
        problem, _ = make_problem(options.size, **given)
        return describe_front(
            pareto_front(problem, options.criterion, options.pareto), options.criterion, options.pareto
        )
    choice = choose(
        options.size, options.criterion, **given, seed=options.seed, tolerance=options.tolerance,
        solver=options.solver, time_limit_s=options.time_limit,
    )  # fmt: skip
    if options.figures:
        _draw(choice, Path(options.figures), say)
    return describe_choice(choice)


def _rules(options: argparse.Namespace) -> SubsetRules:
    return SubsetRules(
        require=_words(options.require),
        forbid=_words(options.forbid),
        at_least=_limits("--at-least", options.at_least),
        at_most=_limits("--at-most", options.at_most),
        budget=options.budget,
    )


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def _limits(option: str, texts: list[str]) -> dict[str, int]:
    limits = {}
    for text in texts:
        number, colon, group = text.partition(":")
        if not colon or not number.strip().isdigit() or not group.strip():
            raise ValueError(f"`{option}` must be given N:GROUP, like 1:family or 3:area=Africa, but is {text!r}.")
        limits[group.strip()] = int(number)
    return limits


def _draw(choice: Choice, folder: Path, say: Callable[[str], None]) -> None:
    subset, pool, anchor = choice.selection.subset, choice.problem.space.pool, choice.problem.anchor
    # imported here: drawing takes a second that the other answers should not
    from sweep.reports.dendrograms import dendrogram
    from sweep.reports.maps import subset_map

    subset_map(subset, pool, folder / "map.png", anchor=anchor)
    dendrogram(choice.distances.matrix, subset, folder / "tree.png", pool=pool, anchor=anchor)
    for name in ("map.png", "tree.png"):
        say(f"written: {folder / name}")
