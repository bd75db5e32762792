"""What a language was found to be worth in trainings: estimates with intervals, as a table.

The packaged table is `data/study_effects.csv`, of a study that is published with this program; `realign-sweep learned
NAME --csv FILE` writes one of any search. An estimate is of one encoder, one set of tasks and the sets of one study: it
says nothing of others.
"""

import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from search_spaces.languages import Language, parse_language
from search_spaces.reading import DataError
from search_spaces.structured import Row, finite_number, read_table

COLUMNS = ("language", "encoder", "task", "effect", "low", "high", "n_trials", "source")
PACKAGED = "study_effects.csv"


@dataclass(frozen=True, kw_only=True)
class Population:
    """What estimates hold for. source: which study, of what data and sets, in words."""

    encoder: str
    task: str
    source: str

    def __str__(self) -> str:
        return f"encoder {self.encoder}, task {self.task}; {self.source}"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a language adds to a score, a fraction: effect with its 95 % interval [low, high].

    n_trials: trials that realigned on it.
    """

    language: Language
    population: Population
    effect: float
    low: float
    high: float
    n_trials: int


def packaged_table() -> Path | None:
    """The packaged table, if this version has one."""
    path = Path(str(importlib.resources.files("search_spaces.data") / PACKAGED))
    return path if path.is_file() else None


def read_effects(table: Path) -> tuple[Effect, ...]:
    """The estimates of a table, in its order.

    Raises:
        DataError: it is no such table, an interval does not hold its estimate, or a language comes twice.
    """
    _, rows = read_table(table, COLUMNS, "A table of effects")
    effects = [_effect(row, f"{table}, line {row.line}") for row in rows]
    keys = [(effect.language, effect.population) for effect in effects]
    if twice := next((key for i, key in enumerate(keys) if key in keys[:i]), None):
        raise DataError(
            f"A language must have one estimate of a population, but {table} has two of {twice[0]} ({twice[1]}). "
            "Delete one."
        )
    if not effects:
        raise DataError(f"A table of effects must have a row, but {table} has none. Fill it.")
    return tuple(effects)


def effects_of(
    effects: Sequence[Effect], *, encoder: str = "", task: str = "", table: str = ""
) -> dict[Language, Effect]:
    """The estimates of one population.

    Args:
        encoder, task: "" = whichever there is, if there is one.
        table: names the estimates in messages.

    Raises:
        ValueError: none or several populations are meant.
    """
    asked = [one for one in effects if encoder in ("", one.population.encoder) and task in ("", one.population.task)]
    populations = list(dict.fromkeys(one.population for one in asked))
    if len(populations) != 1:
        there = "; ".join(map(str, dict.fromkeys(one.population for one in effects)))
        raise ValueError(
            f"`encoder` ({encoder!r}) and `task` ({task!r}) of the criterion 'study' must name one population of "
            f"{table or 'the table'}, but "
            f"name {len(populations)}. There are: {there}."
        )
    return {one.language: one for one in asked}


def _effect(row: Row, where: str) -> Effect:
    cells = row.cells
    effect, low, high = (finite_number(cells[name], where) for name in ("effect", "low", "high"))
    n_trials = finite_number(cells["n_trials"], where, least=0)
    if not low <= effect <= high:
        raise DataError(
            f"An interval must hold its estimate, but {low:g} to {high:g} does not hold {effect:g} in {where}."
        )
    if not n_trials.is_integer():
        raise DataError(f"`n_trials` must be a whole number, but is {n_trials:g} in {where}. Correct it.")
    for name in ("encoder", "task", "source"):
        if not cells[name]:
            raise DataError(f"An estimate must say its `{name}`, but {where} does not. Fill it in.")
    try:
        language = parse_language(cells["language"])
    except ValueError as error:
        raise DataError(f"{where}: {error}") from None
    population = Population(encoder=cells["encoder"], task=cells["task"], source=cells["source"])
    return Effect(language=language, population=population, effect=effect, low=low, high=high, n_trials=int(n_trials))
