"""Rules for subsets as people write them, turned into a SubsetSpace.

A group is named by a column ("family": every family), by a column and a value ("area=Africa"), or by one of the
paper's subsets ("afri_only"):

    require: [swa]   forbid: [fon]   at_most: {family: 1, area=Africa: 3}   at_least: {script=Latn: 2}   budget: 50000
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from search_spaces.columns import COLUMNS
from search_spaces.language_rows import read_language_rows
from search_spaces.languages import Language, parse_language
from search_spaces.published.subsets import PUBLISHED
from search_spaces.ranges import CountOrZero, Positive
from search_spaces.registry import nearest_names
from search_spaces.structured import finite_number
from search_spaces.subset_space import GroupRule, SubsetSpace

Columns = Mapping[str, Mapping[Language, str]]


@dataclass(frozen=True, kw_only=True)
class SubsetRules:
    """What every chosen subset must keep, beside its size.

    require: languages that are always in.
    forbid: languages that are never in.
    at_least: group -> number of its languages at least; a group is a column ("family": each of them), column=value
        ("area=Africa") or a published subset.
    at_most: group -> number of its languages at most.
    budget: total cost at most, by the cost table; the size is then an upper limit.
    """

    require: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    at_least: dict[str, CountOrZero] = field(default_factory=dict)
    at_most: dict[str, CountOrZero] = field(default_factory=dict)
    budget: Positive | None = None


def build_space(
    pool: Iterable[Language],
    size: int | None,
    rules: SubsetRules | None = None,
    columns: Columns = COLUMNS,
    costs: Mapping[Language, float] | None = None,
    min_size: int | None = None,
) -> SubsetSpace:
    """The sets of `size` languages of the pool that keep the rules.

    Args:
        pool: languages to choose from.
        size: how many; with a budget, or with `min_size`, how many at most (None = no limit).
        min_size: how many at least (default: `size`, or 1 with a budget).
        columns, costs: what groups and the budget are read from.

    Raises:
        ValueError: an unknown language or group, a limit that cannot be met, or neither a size nor a budget.
    """
    rules = rules or SubsetRules()
    languages = tuple(sorted(set(pool)))
    if size is None and rules.budget is None and min_size is None:
        raise ValueError("A subset needs a size or a budget, but neither is given. Give `size`, or `budget` and costs.")
    lowest = 1 if size is None or rules.budget is not None else size
    return SubsetSpace(
        pool=languages,
        min_size=lowest if min_size is None else min_size,
        max_size=size,
        required=frozenset(parse_language(text) for text in rules.require),
        forbidden=frozenset(parse_language(text) for text in rules.forbid) & frozenset(languages),
        rules=_group_rules(rules, languages, columns),
        costs=costs or {},
        max_cost=rules.budget,
    )


def read_costs(path: Path) -> dict[Language, float]:
    """Language -> cost from a CSV file with the columns `language` and `cost`. Beside a column `pool` or `target`, rows
    without a cost stay out.

    Raises:
        DataError: as `read_language_rows`, or a cost that is no finite number of at least 0.
    """
    columns, rows = read_language_rows(path, ["cost"], "A cost table")
    may_lack = not {"pool", "target"}.isdisjoint(columns)  # a table of more than costs has rows that need none
    return {
        language: finite_number(row.cells["cost"], f"{path}, line {row.line}", least=0.0)
        for language, row in rows
        if row.cells["cost"] or not may_lack
    }


def _group_rules(rules: SubsetRules, pool: tuple[Language, ...], columns: Columns) -> tuple[GroupRule, ...]:
    """One rule a group; both limits of one group are one rule."""
    limits: dict[str, tuple[frozenset[Language], int, int | None]] = {}
    for key, number in rules.at_least.items():
        for name, members in _groups(key, pool, columns).items():
            limits[name] = (members, number, None)
    for key, number in rules.at_most.items():
        for name, members in _groups(key, pool, columns).items():
            lowest = limits[name][1] if name in limits else 0
            limits[name] = (members, lowest, number)
    return tuple(
        GroupRule(name=name, members=members, at_least=at_least, at_most=at_most)
        for name, (members, at_least, at_most) in sorted(limits.items())
    )


def _groups(key: str, pool: tuple[Language, ...], columns: Columns) -> dict[str, frozenset[Language]]:
    """The groups that a key names, by name."""
    column, equals, value = (part.strip() for part in key.partition("="))
    if not equals and column not in columns and column in PUBLISHED:
        return {column: frozenset(PUBLISHED[column].draw())}
    if column not in columns:
        known = [*columns, *PUBLISHED]
        raise ValueError(
            f"A group must be a column ({', '.join(sorted(columns))}), column=value or a published subset, but is "
            f"{key!r}. Nearest: {nearest_names(column, known)}."
        )
    values = {label for tag in pool if (label := columns[column].get(tag))}
    if equals and value not in values:
        raise ValueError(
            f"`{column}` must be one of {', '.join(sorted(values))} in this pool, but is {value!r}. Correct {key!r}."
        )
    wanted = [value] if equals else sorted(values)
    return {
        f"{column}={label}": frozenset(tag for tag in pool if columns[column].get(tag) == label) for label in wanted
    }
