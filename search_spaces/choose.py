"""choose: from words to a subset - the pool, the distance, the rules and the criterion as people write them.

One call for the command line, notebooks and other programs; everything behind it can also be used by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from search_spaces.columns import COLUMNS, read_columns
from search_spaces.distances.features import FeatureMatrix
from search_spaces.distances.sources import (
    Distances,
    can_be_placed,
    features_term,
    load_distances,
    load_features,
)
from search_spaces.distances.uriel import n_observed
from search_spaces.further_languages import further_languages
from search_spaces.inventory import INVENTORY, OWN, REALIGNMENT_LANGUAGES, language_info
from search_spaces.language_rows import is_table, read_marked
from search_spaces.languages import ENGLISH, Language, parse_language
from search_spaces.problem import SelectionProblem
from search_spaces.published.subsets import PUBLISHED
from search_spaces.registry import nearest_names
from search_spaces.rules import Columns, SubsetRules, build_space, read_costs
from search_spaces.selection import N_RANDOM, Selection, Solver, select


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """A chosen subset with what it was chosen from: for tables, maps and trees.

    `left_out`: languages of a pool like "all" that the distances cannot place.
    """

    selection: Selection
    problem: SelectionProblem
    distances: Distances
    left_out: tuple[Language, ...] = ()


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
    problem, distances, left_out = _make_problem(
        size, pool=pool, distance=distance, features=features, anchor=anchor, targets=targets,
        target_weights=target_weights, rules=rules, min_size=min_size, costs=costs, facts=facts,
    )  # fmt: skip
    selection = select(
        problem, criterion, seed=seed, tolerance=tolerance, solver=solver, time_limit_s=time_limit_s, n_random=n_random
    )
    return Choice(selection=selection, problem=problem, distances=distances, left_out=left_out)


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
        distance, features: what distance-based criteria and feature statistics read, see `distances.sources`. Features
            are loaded once a criterion reads them, so that languages without any can be chosen by another one.
        anchor: a language in every set that is neither chosen nor counted; None for none.
        targets, target_weights: languages that target-coverage serves, written as `pool`, and how much each counts;
            a CSV file marks them in its column `target`, with yes or a weight.
        rules, min_size: what every set must keep. costs, facts: CSV files, see `read_costs` and `read_columns`.
    """
    problem, distances, _ = _make_problem(
        size, pool=pool, distance=distance, features=features, anchor=anchor, targets=targets,
        target_weights=target_weights, rules=rules, min_size=min_size, costs=costs, facts=facts,
    )  # fmt: skip
    return problem, distances


def _make_problem(
    size: int | None,
    *,
    pool: str | Sequence[str],
    distance: str,
    features: str,
    anchor: str | None,
    targets: str | Sequence[str] | None,
    target_weights: Mapping[str, float] | None,
    rules: SubsetRules | None,
    min_size: int | None,
    costs: str | Path | None,
    facts: str | Path | None,
) -> tuple[SelectionProblem, Distances, tuple[Language, ...]]:
    """As `make_problem`, and what of the pool the distances cannot place."""
    columns = {**COLUMNS, **(read_columns(Path(facts)) if facts else {})}
    centre = parse_language(anchor) if anchor else None
    asked = tuple(language for language in parse_pool(pool, columns) if language != centre)
    candidates = asked
    if is_wide(pool):
        placed = can_be_placed(distance, asked) & can_be_placed(features, asked)
        candidates = tuple(language for language in asked if language in placed)
    aims = None if targets is None else parse_pool(targets, columns, "target")
    weights = {parse_language(text): weight for text, weight in (target_weights or {}).items()}
    if isinstance(targets, str) and is_table(targets):
        weights = {**read_marked(Path(targets), "target"), **weights}
    members = {*candidates, *([centre] if centre else [])}
    everyone = sorted({*members, *(aims or ())})
    features_term(features)  # what cannot name features is refused, whether they are read or not
    distances = load_distances(distance, everyone)
    problem = SelectionProblem(
        space=build_space(candidates, size, rules, columns, read_costs(Path(costs)) if costs else None, min_size),
        distances=distances.matrix,
        features=partial(_feature_matrix, features, sorted(members)),
        columns=columns,
        anchor=centre,
        targets=aims,
        target_weights=weights,
    )
    return problem, distances, tuple(sorted(set(asked) - set(candidates)))


def _feature_matrix(text: str, languages: Sequence[Language]) -> FeatureMatrix:
    return load_features(text, languages).matrix


def parse_pool(text: str | Sequence[str], columns: Columns = COLUMNS, mark: str = "pool") -> tuple[Language, ...]:
    """The languages that a pool's words name, sorted.

    "realignment" (the paper's 65), "inventory" (these, English and 53 more), "uriel" (every language of which URIEL has
    an observed feature, more than 3,000), "all" (all of ISO 639-3 and your own), a published subset ("afri_only"), a
    CSV file (see `language_rows`), languages ("sw, yo, am", or a list), or column=value, several joined by "&"
    ("area=Africa & seen_by_xlmr=unseen"), which choose among the 65 or the pool named first ("uriel & area=Africa").

    Args:
        mark: the column that marks the languages in a CSV file.

    Raises:
        ValueError: an unknown word, or a pool without any language.
    """
    pool = _named(text, columns, mark)
    if not pool:
        raise ValueError(f"A pool must hold a language, but {text!r} holds none. Widen it.")
    return pool


def is_wide(text: str | Sequence[str]) -> bool:
    """Whether a pool is meant as "whatever there is", so that languages which cannot be placed stay out."""
    return isinstance(text, str) and text.partition("&")[0].strip() in ("uriel", "all")


def known_languages() -> tuple[Language, ...]:
    """Every language, sorted: the 119, the user's own, and all others of ISO 639-3, each in its usual script."""
    taken = {info.iso639_3 for info in OWN.values()}
    further = (f"{iso}_{row['script']}" for iso, row in further_languages().items() if iso not in taken)
    return tuple(sorted({*INVENTORY, *OWN, *map(Language, further)}))


def _named(text: str | Sequence[str], columns: Columns, mark: str) -> tuple[Language, ...]:
    if not isinstance(text, str):
        return tuple(sorted({parse_language(word) for word in text}))
    words = text.strip()
    if is_table(words):
        return tuple(sorted(read_marked(Path(words), mark)))
    if words in POOLS:
        return POOLS[words]()
    if words in PUBLISHED:
        return PUBLISHED[words].draw().languages
    if "=" not in words:
        return tuple(sorted({parse_language(word.strip()) for word in words.split(",")}))
    first, _, rest = words.partition("&")
    pool = REALIGNMENT_LANGUAGES
    if "=" not in first:
        pool, words = _named(first, columns, mark), rest
    for condition in words.split("&"):
        column, _, value = (part.strip() for part in condition.partition("="))
        if column not in columns:
            near = nearest_names(column, list(columns))
            raise ValueError(
                f"A pool's column must be one of {', '.join(columns)}, but is {column!r}. Nearest: {near}."
            )
        pool = tuple(language for language in pool if columns[column].get(language) == value)
    return pool


def _described_by_uriel() -> tuple[Language, ...]:
    counts = n_observed()
    return tuple(tag for tag in known_languages() if counts.get(language_info(tag).uriel_code, 0))


POOLS: Mapping[str, Callable[[], tuple[Language, ...]]] = {
    "realignment": lambda: REALIGNMENT_LANGUAGES,
    "inventory": lambda: tuple(INVENTORY),
    "uriel": _described_by_uriel,
    "all": known_languages,
}
"""Pools that have a name, beside the published subsets."""
