"""Building dataclasses from mappings: what is refused, and that all of it is."""

import pickle
from dataclasses import dataclass, field
from typing import Literal

import pytest

from trainables.mapping import ConfigError, assign, field_type, flatten, from_mapping, to_mapping


@dataclass(frozen=True, kw_only=True)
class Inner:
    rate: float = 0.1
    mode: Literal["a", "b"] = "a"
    sizes: tuple[int, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outer:
    name: str
    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()
    table: dict[str, int] = field(default_factory=dict)
    pair: tuple[float, float] | None = None
    flag: bool = False
    seen: str | tuple[str, ...] | None = None


def test_a_full_mapping_makes_the_full_object() -> None:
    mapping = {
        "name": "x", "inner": {"rate": 1, "mode": "b", "sizes": [1, 2], "limit": 3}, "many": [{"rate": 2.0}, {}],
        "table": {"k": 1}, "pair": [0, 1.5], "flag": True, "seen": ["a", "b"],
    }  # fmt: skip
    built = from_mapping(Outer, mapping)
    assert built.inner == Inner(rate=1.0, mode="b", sizes=(1, 2), limit=3)
    assert type(built.inner.rate) is float
    assert built.many == (Inner(rate=2.0), Inner())
    assert (built.table, built.pair, built.flag, built.seen) == ({"k": 1}, (0.0, 1.5), True, ("a", "b"))
    assert from_mapping(Outer, to_mapping(built)) == built


def test_all_problems_come_at_once_with_dotted_paths() -> None:
    mapping = {
        "inner": {"raet": 1, "mode": "c", "sizes": [1, "2"], "limit": 1.5},
        "many": [{"rate": "x"}], "table": {"k": True}, "pair": [1], "flag": 1, "nmae": 0,
    }  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        from_mapping(Outer, mapping)
    text = "\n".join(caught.value.problems)
    for expected in (
        "`inner.raet` is not a known key. Nearest: 'rate'",
        "`inner.mode` must be one of 'a', 'b', but is 'c'",
        "`inner.sizes[1]` must be an integer, but is '2'",
        "`inner.limit` must be an integer or null, but is 1.5",
        "`many[0].rate` must be a number, but is 'x'",
        "`table.k` must be an integer, but is True",
        "`pair` must be",
        "`flag` must be true or false, but is 1",
        "`nmae` is not a known key. Nearest: 'name'",
        "`name` must be given, but is missing",
    ):
        assert expected in text
    assert len(caught.value.problems) == 10


@pytest.mark.parametrize("value", [[], "text", 3, None])
def test_a_section_that_holds_no_keys_is_refused(value: object) -> None:
    with pytest.raises(ConfigError, match="`inner` must hold `key: value` pairs"):
        from_mapping(Outer, {"name": "x", "inner": value})


def test_an_error_survives_pickling() -> None:
    error = ConfigError(["first", "second"], "The file")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.problems) == (str(error), error.problems)


def test_flatten_and_assign() -> None:
    mapping: dict[str, object] = {"a": {"b": 1, "c": {}}, "d": [1]}
    assert flatten(mapping) == {"a.b": 1, "a.c": {}, "d": [1]}
    assign(mapping, "a.e.f", 2)
    assert mapping["a"] == {"b": 1, "c": {}, "e": {"f": 2}}
    with pytest.raises(ConfigError, match="`d` must hold keys to set `d.x`"):
        assign(mapping, "d.x", 1)


def test_field_type_walks_sections() -> None:
    assert field_type(Outer, "inner.rate") is float
    with pytest.raises(KeyError, match="rate"):
        field_type(Outer, "inner.rat")
    with pytest.raises(KeyError, match="no keys below"):
        field_type(Outer, "name.x")


def test_a_line_feed_in_what_is_quoted_begins_no_line() -> None:
    said = str(ConfigError(["`a` must be b, but is x\n  - `c` is fine."], "my\nfile.yaml"))
    assert said.splitlines() == ["my\\nfile.yaml has a problem:", "  - `a` must be b, but is x\\n  - `c` is fine."]
