"""Ranges: what a setting may be beside its type, stated once in the type itself.

`n_steps: Count = 200` is an integer of at least 1. Whoever builds a configuration checks it, the page of all keys and
the JSON schema show it. A rule is one of `Range`, `OneOf` and `Matches`, inside `typing.Annotated`.
"""

import importlib
import math
import re
import typing
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from search_spaces.registry import nearest_names

MAX_INTEGER = 2**63 - 1
"""The largest seed: what numpy, torch and every store of numbers hold."""
MOST = 1_000_000_000
"""Steps, sentences or seconds: what goes on for years, or fills no memory, as it is only an upper limit."""


class Rule(ABC):
    """What a value of the right type must keep."""

    @abstractmethod
    def accepts(self, value: Any) -> bool:
        """Whether it does."""

    @abstractmethod
    def named(self, kind: str) -> str:
        """What is allowed, in words: "an integer" -> "an integer of at least 1"."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The same in JSON Schema."""

    def remedy(self, value: Any) -> str:
        """A sentence that helps, or nothing."""
        return ""


@dataclass(frozen=True, kw_only=True)
class Range(Rule):
    """Bounds of a finite number; None = none on this side. `least` and `most` are included, `above` and `below` not."""

    least: float | None = None
    above: float | None = None
    most: float | None = None
    below: float | None = None

    def accepts(self, value: Any) -> bool:
        return (
            (isinstance(value, int) or math.isfinite(value))  # an integer may be too large for a float
            and (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.most is None or value <= self.most)
            and (self.below is None or value < self.below)
        )

    def named(self, kind: str) -> str:
        bounds = [
            f"{words} {_number(bound)}"
            for words, bound in (
                ("of at least", self.least), ("above", self.above), ("of at most", self.most), ("below", self.below)
            )
            if bound is not None
        ]  # fmt: skip
        if len(bounds) == 2 and None not in (self.least, self.most):
            return f"{kind} from {_number(self.least)} to {_number(self.most)}"
        return " ".join([kind, " and ".join(bounds)]).strip()

    def schema(self) -> dict[str, Any]:
        bounds = {
            "minimum": self.least, "exclusiveMinimum": self.above, "maximum": self.most, "exclusiveMaximum": self.below
        }  # fmt: skip
        return {key: bound for key, bound in bounds.items() if bound is not None}


@dataclass(frozen=True)
class OneOf(Rule):
    """A name of a table.

    table: the names themselves, or where the table is: "package.module:TABLE". It is opened when a value is checked,
        so that whoever states the rule does not import what the names stand for.
    """

    table: str | tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The names that there are now, in the table's order."""
        if not isinstance(self.table, str):
            return list(self.table)
        module, _, name = self.table.partition(":")
        table: Mapping[str, Any] = getattr(importlib.import_module(module), name)
        return list(table)

    def accepts(self, value: Any) -> bool:
        return value in self.names

    def named(self, kind: str) -> str:
        return f"one of {', '.join(map(repr, self.names))}"

    def remedy(self, value: Any) -> str:
        return f"Nearest: {nearest_names(str(value), self.names)}."

    def schema(self) -> dict[str, Any]:
        return {"enum": self.names}


@dataclass(frozen=True)
class Matches(Rule):
    """A text that a regular expression matches as a whole.

    words: what that is, for people: "auto, cpu, cuda or cuda:NUMBER".
    """

    pattern: str
    words: str

    def accepts(self, value: Any) -> bool:
        return re.fullmatch(self.pattern, value) is not None

    def named(self, kind: str) -> str:
        return self.words

    def schema(self) -> dict[str, Any]:
        return {"pattern": f"^(?:{self.pattern})$"}


Count = Annotated[int, Range(least=1, most=MOST)]
CountOrZero = Annotated[int, Range(least=0, most=MOST)]
SetSize = Annotated[int, Range(least=1, most=10_000)]
"""Languages: more than there are."""
Seed = Annotated[int, Range(least=0, most=MAX_INTEGER)]
Share = Annotated[float, Range(least=0, most=1)]
Positive = Annotated[float, Range(above=0)]
PositiveUpToMost = Annotated[float, Range(above=0, most=MOST)]
LearningRate = Annotated[float, Range(above=0, most=1)]
"""Adam moves a weight by about the rate at each step, so one above 1 forgets what the encoder has learned at once."""


def parts_of(hint: Any) -> tuple[Any, tuple[Rule, ...]]:
    """The bare type of an annotation, and its rules."""
    if typing.get_origin(hint) is not Annotated:
        return hint, ()
    bare, *metadata = typing.get_args(hint)
    return bare, tuple(rule for rule in metadata if isinstance(rule, Rule))


def _number(value: float | None) -> str:
    if value == MAX_INTEGER:
        return "2^63 - 1"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
