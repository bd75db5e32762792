"""choose: from words to a subset - the pool, the distance, the rules and the criterion as people write them.

One call for the command line, notebooks and other programs; everything behind it can also be used by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from search_spaces.columns import COLUMNS, read_columns
from search_spaces.distances.sources import Distances, load_distances, load_features
from search_spaces.inventory import INVENTORY, REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH, Language, parse_language
from search_spaces.problem import SelectionProblem
from search_spaces.published.subsets import PUBLISHED
from search_spaces.registry import nearest_names
from search_spaces.rules import Columns, SubsetRules, build_space, read_costs
from search_spaces.selection import N_RANDOM, Selection, Solver, select


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """A chosen subset with what it was chosen from: for tables, maps and trees."""

    selection: Selection
    problem: SelectionProblem
    distances: Distances


def choose(
    size: int | None = None,
    criterion: str = "max-sum",
    *,
    pool: str | Sequence[str] = "realignment",
    distance: str = "featural",
    features: str = "syntactic",
    anchor: str | None = ENGLISH,
    targets: str | Sequence[str] | None = None,
    target_weights: Mapping[str, float] | None = None,
    rules: SubsetRules | None = None,
    min_size: int | None = None,
    costs: str | Path | None = None,
    facts: str | Path | None = None,
    seed: int | None = None,
    tolerance: float | None = None,
    solver: Solver = "auto",
    time_limit_s: float = 30.0,
    n_random: int = N_RANDOM,
) -> Choice:
    """Chooses languages.

    Args:
        size to facts, but `criterion`: see `make_problem`.
        criterion: what makes a set good, see `criteria.parse`: "max-sum", "gist(weight=0.5)", "random-family" ...
        seed, tolerance, solver, time_limit_s, n_random: see `selection.select`.

    Raises:
        ValueError: anything unknown, lacking or contradictory; the message says what to change.
    """
    problem, distances = make_problem(
        size, pool=pool, distance=distance, features=features, anchor=anchor, targets=targets,
        target_weights=target_weights, rules=rules, min_size=min_size, costs=costs, facts=facts,
    )  # fmt: skip
    selection = select(
        problem, criterion, seed=seed, tolerance=tolerance, solver=solver, time_limit_s=time_limit_s, n_random=n_random
    )
    return Choice(selection=selection, problem=problem, distances=distances)


def make_problem(
    size: int | None = None,
    *,
    pool: str | Sequence[str] = "realignment",
    distance: str = "featural",
    features: str = "syntactic",
    anchor: str | None = ENGLISH,
    targets: str | Sequence[str] | None = None,
    target_weights: Mapping[str, float] | None = None,
    rules: SubsetRules | None = None,
    min_size: int | None = None,
    costs: str | Path | None = None,
    facts: str | Path | None = None,
) -> tuple[SelectionProblem, Distances]:
    """What is given when languages are chosen, and what its distances rest on.

    Args:
        size: how many; with a budget in `rules`, the largest number.
        pool: what to choose from, see `parse_pool`. The anchor is left out of it.
        distance, features: what distance-based criteria and feature statistics read, see `distance_sources`.
        anchor: a language in every set that is neither chosen nor counted; None for none.
        targets, target_weights: languages that target-coverage serves, written as `pool`, and how much each counts.
        rules, min_size: what every set must keep. costs, facts: CSV files, see `read_costs` and `read_columns`.
    """
    columns = {**COLUMNS, **(read_columns(Path(facts)) if facts else {})}
    centre = parse_language(anchor) if anchor else None
    candidates = tuple(language for language in parse_pool(pool, columns) if language != centre)
    aims = None if targets is None else parse_pool(targets, columns)
    everyone = sorted({*candidates, *(aims or ()), *([centre] if centre else [])})
    distances = load_distances(distance, everyone)
    problem = SelectionProblem(
        space=build_space(candidates, size, rules, columns, read_costs(Path(costs)) if costs else None, min_size),
        distances=distances.matrix,
        features=load_features(features, everyone).matrix,
        columns=columns,
        anchor=centre,
        targets=aims,
        target_weights={parse_language(text): weight for text, weight in (target_weights or {}).items()},
    )
    return problem, distances


def parse_pool(text: str | Sequence[str], columns: Columns = COLUMNS) -> tuple[Language, ...]:
    """The languages that a pool's words name, sorted.

    "realignment" (the paper's 65), "all" (the whole inventory), a published subset ("afri_only"), languages
    ("sw, yo, am", or a list), or column=value, several joined by "&" ("area=Africa & seen_by_xlmr=unseen"), which
    choose among the 65.

    Raises:
        ValueError: an unknown word, or a pool without any language.
    """
    pool = _named(text, columns)
    if not pool:
        raise ValueError(f"A pool must hold a language, but {text!r} holds none. Widen it.")
    return pool


def _named(text: str | Sequence[str], columns: Columns) -> tuple[Language, ...]:
    if not isinstance(text, str):
        return tuple(sorted({parse_language(word) for word in text}))
    words = text.strip()
    if words == "realignment":
        return REALIGNMENT_LANGUAGES
    if words == "all":
        return tuple(INVENTORY)
    if words in PUBLISHED:
        return PUBLISHED[words].draw().languages
    if "=" not in words:
        return tuple(sorted({parse_language(word.strip()) for word in words.split(",")}))
    pool = REALIGNMENT_LANGUAGES
    for condition in words.split("&"):
        column, _, value = (part.strip() for part in condition.partition("="))
        if column not in columns:
            near = nearest_names(column, list(columns))
            raise ValueError(
                f"A pool's column must be one of {', '.join(columns)}, but is {column!r}. Nearest: {near}."
            )
        pool = tuple(language for language in pool if columns[column].get(language) == value)
    return pool
