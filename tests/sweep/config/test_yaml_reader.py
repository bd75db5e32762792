"""YAML 1.2 as people mean it, where YAML 1.1 means something else; hostile texts; the line of every key."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sweep.config.yaml_reader import MAX_BYTES, parse_document, parse_yaml, read_yaml, write_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001), ("2E5", 200_000.0), ("-1.5", -1.5), (".5", 0.5), ("3", 3), ("no", "no"), ("on", "on"),
        ("yes", "yes"), ("true", True), ("False", False), ("null", None), ("1e", "1e"), ("e5", "e5"),
        ("'1e-3'", "1e-3"), ("017", 17), ("0o17", 15), ("0x1F", 31), ("1:30", "1:30"), ("2026-11-27", "2026-11-27"),
        ("=", "="), ("1e-4", 0.0001),
    ],
)  # fmt: skip
def test_scalars(text: str, value: object) -> None:
    # The values are those of the YAML 1.2 core schema (yaml.org/spec/1.2.2, section 10.3.2), dates being texts there.
    parsed = parse_yaml(f"key: {text}", "test")["key"]
    assert parsed == value and type(parsed) is type(value)


def test_nested_parts_are_written_below_their_keys() -> None:
    value = {
        "a": {"no": {"017": "x"}, "list": [1, {"b": [2]}], "empty": {}},
        "1": [],
        "two\nlines": {"c": None},
        "d": 1.5,
    }
    text = 'a:\n  "no":\n    "017": x\n  list:\n  - 1\n  - b:\n    - 2\n  empty: {}\n"1": []\n'
    assert write_yaml(value).startswith(text) and parse_yaml(write_yaml(value), "test") == value
    assert write_yaml({"a": True, "b": 1, "c": 1.0}) == "a: true\nb: 1\nc: 1.0\n"


def test_an_empty_text_is_an_empty_mapping_and_null_is_null() -> None:
    assert parse_yaml("# nothing\n", "test") == {}
    assert parse_yaml("null", "test") is None


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "file.yaml, line 3: a key may be given once, but `a` is given again"),
        ("a: {b: 1, b: 2}", "line 1: a key may be given once, but `b`"),
        ("a: 1\nb: [1, 2", "file.yaml, line 2: the text must be YAML"),
        ("a: 1\n? [1, 2]\n: 3", "file.yaml, line 2: a key must be a text"),
        ("a: !!python/object:x 1", "line 1: a value must be plain"),
        ("a: !!set {x, y}", "line 1: a value must be plain"),
        ("a: !!int x", "file.yaml must be YAML of plain values"),
        ("a: " + "9" * 5_000, "file.yaml must be YAML of plain values"),
        ("a: 1\n---\nb: 2", "found another document"),
        ("# x\n%YAML 1.1\n---\na: 017", "file.yaml, line 2: YAML must be 1.2, but is 1.1. Delete the %YAML line."),
        ("a: \x00", "file.yaml: the text must be YAML"),
        ("[" * 1_000, "file.yaml must be nested at most 50 deep"),
        ("- " * 5_000 + "x", "file.yaml must be nested at most 50 deep"),
        ("&a [*a]", "file.yaml must hold at most 50,000 values"),
        (BOMB, "file.yaml must hold at most 50,000 values"),
        ("x" * (MAX_BYTES + 1), "file.yaml must hold at most 1,048,576 characters"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_in_one_sentence(text: str, expected: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_yaml(text, "file.yaml")
    assert expected in str(caught.value) and "\n" not in str(caught.value)


def test_aliases_and_merge_keys_are_read() -> None:
    text = "base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  x: 3\nagain: *b\n"
    value = {"base": {"x": 1, "y": 2}, "more": {"x": 3, "y": 2}, "again": {"x": 1, "y": 2}}
    assert parse_yaml(text, "test") == value


def test_each_key_and_item_has_its_line() -> None:
    document = parse_document("# first\nrun:\n  data: {root: x}\narms:\n- none\n- {size: 3,\n   seed: 1}\n", "test")
    assert document.lines == {
        "run": 2, "run.data": 3, "run.data.root": 3, "arms": 4, "arms[0]": 5, "arms[1]": 6, "arms[1].size": 6,
        "arms[1].seed": 7,
    }  # fmt: skip


@pytest.mark.parametrize("content", [None, b"a: \xff\n", b"a: 1\n" * MAX_BYTES])
def test_a_file_that_cannot_be_read_is_a_value_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "sweep.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="sweep.yaml must"):
        read_yaml(path)


def test_a_folder_and_a_byte_order_mark(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be a file, but is a folder"):
        read_yaml(tmp_path)
    path = tmp_path / "sweep.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: x\r\n")
    assert read_yaml(path) == {"name": "x"}


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)


@settings(max_examples=25, deadline=None)
@example({"long": f"Second pilot, compared with the first one {'x' * 75}\tmBERT\tPoS only, four seeds"})
@example({"long": f"a text with a backslash {'y' * 90} \\n and \a, and so on to its end"})
@example({"\x85a\u2028": ["\ufeff", "\u2029 "]})
@given(st.dictionaries(texts, values, max_size=4))
def test_written_values_come_back(value: dict[str, Any]) -> None:
    assert repr(parse_yaml(write_yaml(value), "test")) == repr(value)


@settings(deadline=None)
@given(st.sampled_from(["no", "On", "1e-3", "017", "1:30", "2026-11-27", "~", "=", "0x1", ".5", "-.inf", "1_000", "y"]))
def test_readers_of_yaml_1_1_see_the_same_texts(text: str) -> None:
    # PyYAML, another implementation, keeps to YAML 1.1.
    assert yaml.safe_load(write_yaml({"key": [text]})) == {"key": [text]}
