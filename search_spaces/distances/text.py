"""The grammar of a distance's text: what it is made of, not what the names mean (`distance_sources.py`).

text = term { "+" term };  term = [ number "*" ] name [ ":" path ] [ "(" parameter { "," parameter } ")" ]
parameter = name "=" value
"""

import math
import re
from dataclasses import dataclass

TERM = re.compile(
    r"(?:(?P<weight>[^*:()]+?)\s*\*\s*)?(?P<name>[a-z]+)\s*(?::\s*(?P<path>.+?))?\s*(?:\((?P<brackets>[^()=]*=[^()]*)\))?"
)
PLUS = re.compile(r"\s*\+\s*(?=(?:[-.\d][-+.\w]*\s*\*\s*)?[a-z]+\s*(?:[:+]|\([^()]*=|$))")
"""A plus sign that joins two terms; not one inside a file's name or a number."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """One term: "0.5*features:lab.csv(measure=share)"."""

    weight: float
    name: str
    path: str
    """Empty where there is none."""
    parameters: dict[str, str]


def parse_terms(text: str) -> list[Term]:
    """The terms of a text, in its order.

    Raises:
        ValueError: a part of it is no term, a weight is no positive number, or a parameter is given twice.
    """
    return [_term(part) for part in PLUS.split(text.strip())]


def _term(text: str) -> Term:
    match = TERM.fullmatch(text)
    if match is None:
        raise ValueError(
            "A distance must look like 'featural', 'featural(missing=knn)', 'file:lab.csv' or "
            f"'0.5*featural + 0.5*script', but is {text!r}. Correct it."
        )
    return Term(
        weight=_weight(match["weight"], text),
        name=match["name"],
        path=match["path"] or "",
        parameters=_parameters(match["brackets"], text),
    )


def _weight(written: str | None, text: str) -> float:
    try:
        weight = 1.0 if written is None else float(written)
    except ValueError:
        weight = math.nan
    if not 0 < weight < math.inf:
        raise ValueError(
            f"The weight of a distance must be a positive number, but is {written!r} in {text!r}. Correct it."
        )
    return weight


def _parameters(written: str | None, text: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for part in [] if written is None else written.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name and equals and value) or name in parameters:
            raise ValueError(
                f"Brackets must hold each parameter once, as name=value, but hold {part.strip()!r} in {text!r}. "
                "Correct it."
            )
        parameters[name] = value
    return parameters
