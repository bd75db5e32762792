"""From a criterion's text, as written in a sweep file or on the command line, to the criterion.

max-sum                                     a name of the table
gist(weight=0.5)                            with parameters
least-facility-location                     the opposite: the set that it judges worst
0.7*max-sum + 0.3*family-coverage           a weighted sum, each part in units of its spread among random sets
"""

import dataclasses
import re
import types
import typing
from dataclasses import dataclass
from typing import Any, cast

from search_spaces.criteria import CRITERIA
from search_spaces.criteria.base import Criterion, Draw
from search_spaces.languages import Language
from search_spaces.objectives.base import Objective
from search_spaces.objectives.weighted_sum import WeightedSum
from search_spaces.problem import SelectionProblem
from search_spaces.ranges import Range, parts_of

LEAST = "least-"
PART = re.compile(r"(?:(?P<weight>[0-9.]+)\s*\*\s*)?(?P<name>[a-z][a-z-]*)\s*(?:\((?P<arguments>[^()]*)\))?")

PLUS = re.compile(r"\+(?![^()]*\))")
"""Between the parts of a sum, not within the parameters of one."""


@dataclass(frozen=True)
class Least(Criterion):
    """The opposite of a criterion: its worst set is the best."""

    inner: Criterion

    def bind(self, problem: SelectionProblem) -> Objective:
        return self.inner.bind(problem).negated()

    def basis(self, members: tuple[Language, ...]) -> tuple[str, ...]:
        return self.inner.basis(members)


@dataclass(frozen=True)
class Combination(Criterion):
    """Weighted sum of criteria; each is shifted and scaled to mean 0 and standard deviation 1 among random sets.

    Without the scaling a sum of 45 distances would drown a count of families. The random sets are those of
    `SelectionProblem.reference`; a part that is the same for all of them is refused.
    """

    parts: tuple[tuple[float, Criterion], ...]

    def bind(self, problem: SelectionProblem) -> Objective:
        weights, objectives = [], []
        means = []
        for weight, criterion in self.parts:
            objective = criterion.bind(problem)
            values = problem.reference_values(objective)
            means.append(values.mean())
            spread = float(values.std())
            if spread == 0:
                raise ValueError(
                    f"Every part of a combination must distinguish sets, but {criterion} gives all random sets one "
                    "value. Leave it out."
                )
            weights.append(weight / spread)
            objectives.append(objective)
        shift = -float(sum(weight * mean for weight, mean in zip(weights, means, strict=True)))
        return WeightedSum(weights, objectives, shift)

    def basis(self, members: tuple[Language, ...]) -> tuple[str, ...]:
        return tuple(line for _, criterion in self.parts for line in criterion.basis(members))


def parse_criterion(text: str) -> Criterion | Draw:
    """The criterion that `text` names; see the module's docstring for the grammar.

    Raises:
        ValueError: an unknown name or parameter, a malformed text, or a draw where only a judgement has a meaning.
    """
    parts = [_parse_part(part.strip(), text) for part in PLUS.split(text)]
    if len(parts) == 1 and parts[0][0] is None:
        return parts[0][1]
    for _, criterion in parts:
        if isinstance(criterion, Draw):
            raise ValueError(f"A combination must consist of criteria that judge a set, but {text!r} holds a draw.")
    return Combination(tuple((1.0 if w is None else w, c) for w, c in parts if isinstance(c, Criterion)))


def _parse_part(part: str, text: str) -> tuple[float | None, Criterion | Draw]:
    match = PART.fullmatch(part)
    if match is None:
        raise ValueError(
            f"A criterion must look like 'max-sum', 'gist(weight=0.5)' or '0.5*max-sum + 0.5*vendi', but is {text!r}."
        )
    name, weight = match["name"], None if match["weight"] is None else float(match["weight"])
    if name in CRITERIA or not name.startswith(LEAST):
        return weight, _with_parameters(name, match["arguments"] or "")
    inner = _with_parameters(name.removeprefix(LEAST), match["arguments"] or "")
    if isinstance(inner, Draw):
        raise ValueError(f"'least-' needs a criterion that judges a set, but {name.removeprefix(LEAST)!r} draws one.")
    return weight, Least(inner)


def _with_parameters(name: str, arguments: str) -> Criterion | Draw:
    member = CRITERIA[name]
    fields = {field.name: field for field in dataclasses.fields(cast(Any, member))}
    hints = typing.get_type_hints(member, include_extras=True)
    values: dict[str, Any] = {}
    for argument in filter(None, (piece.strip() for piece in arguments.split(","))):
        key, _, value = (piece.strip() for piece in argument.partition("="))
        if key not in fields or not value:
            raise ValueError(
                f"The parameters of {name!r} are {', '.join(fields) or 'none'}, written like weight=0.5, but "
                f"{argument!r} is given. Correct it."
            )
        values[key] = _converted(name, key, hints[key], value)
    try:
        return member(**values)
    except TypeError:
        required = [
            field.name
            for field in fields.values()
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        ]
        raise ValueError(
            f"{name!r} needs the parameters {', '.join(required)}, but got {', '.join(values) or 'none'}. "
            f"Write {name}({', '.join(f'{key}=...' for key in required)})."
        ) from None


def _converted(name: str, key: str, hint: Any, value: str) -> Any:
    """The text as the parameter's annotation asks for it."""
    members = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    bare, rules = parts_of(next(member for member in members if member is not type(None)))
    if bare not in (int, float):
        return value
    kind = "an integer" if bare is int else "a number"
    try:
        number = bare(value)
        if not all(rule.accepts(number) for rule in (*rules, Range())):
            raise ValueError
    except ValueError:
        for rule in rules:
            kind = rule.named(kind)
        raise ValueError(f"`{key}` of {name!r} must be {kind}, but is {value!r}. Correct it.") from None
    return number
