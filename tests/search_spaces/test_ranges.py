"""Ranges: what they accept, how they say it, and that JSON Schema says the same."""

import math
from typing import Annotated, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.criteria.parse import parse_criterion
from search_spaces.ranges import Count, Matches, OneOf, Range, parts_of

RANGES = [Range(least=1), Range(above=0, most=1), Range(least=0, below=1), Range(least=-3, most=7), Range()]


@pytest.mark.parametrize("rule", RANGES, ids=str)
@given(value=st.integers(-10, 10) | st.floats(-10, 10) | st.sampled_from([0, 1, 0.0, 1.0, 7]))
def test_the_schema_of_a_range_accepts_the_same_numbers(rule: Range, value: float) -> None:
    assert jsonschema.Draft202012Validator(rule.schema()).is_valid(value) == rule.accepts(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_range_holds_what_is_not_finite(value: float) -> None:
    assert not any(rule.accepts(value) for rule in RANGES)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Range(least=1), "a number of at least 1"), (Range(above=0, most=1), "a number above 0 and of at most 1"),
        (Range(least=0, most=1_000_000), "a number from 0 to 1,000,000"), (Range(above=0), "a number above 0"),
        (OneOf(("a", "b")), "one of 'a', 'b'"), (Matches("x+", "some x"), "some x"), (Range(), "a number"),
    ],
)  # fmt: skip
def test_words(rule: Any, expected: str) -> None:
    assert rule.named("a number") == expected


def test_names_of_a_table_are_looked_up_when_asked() -> None:
    rule = OneOf("search_spaces.searchers:SEARCHERS")
    assert rule.accepts("subset-gp") and not rule.accepts("subset_gp")
    assert rule.remedy("subset_gp").startswith("Nearest: 'subset-gp'")
    assert rule.schema()["enum"][0] == "random"


def test_parts() -> None:
    assert parts_of(Count)[0] is int and parts_of(str) == (str, ())
    assert parts_of(Annotated[str, "a note"]) == (str, ())


@pytest.mark.parametrize(
    "text",
    ["dpp(scale=0)", "dpp(scale=nan)", "vendi(scale=-1)", "gist(weight=inf)", "gist(weight=-1)"],
)
def test_parameters_of_criteria_keep_their_ranges(text: str) -> None:
    with pytest.raises(ValueError, match=r"`(scale|weight)` of '[a-z-]+' must be a number (above|of at least) 0"):
        parse_criterion(text)
