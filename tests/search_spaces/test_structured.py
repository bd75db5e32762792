"""JSON and CSV: what is read, and what is refused with the name of the file and the line."""

import json
from pathlib import Path

import pytest

from search_spaces.columns import read_columns
from search_spaces.reading import DataError
from search_spaces.structured import read_csv, read_json


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested too deep"),
        ('{"a": 1, "a": 2}', "the key 'a' occurs twice"),
        ('{"a": NaN}', "NaN is not a finite number"),
        ('{"a": 1e999}', "1e999 is not a finite number"),
        ('{"a": ', "must be JSON, but is not"),
        ('{"a": ' + "9" * 5000 + "}", "must be JSON, but is not"),
        ("", "must be JSON, but is not"),
    ],
)
def test_malformed_json_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = put(tmp_path / "a.json", text.encode())
    with pytest.raises(DataError, match=message) as caught:
        read_json(path)
    assert str(path) in str(caught.value)


def test_json_reads_as_the_library_does(tmp_path: Path) -> None:
    value = {"a": [1, 2.5, None, True, "ä\u2028"], "b": {}}
    assert read_json(put(tmp_path / "a.json", b"\xef\xbb\xbf" + json.dumps(value).encode())) == value


def test_long_and_quoted_cells_are_read(tmp_path: Path) -> None:
    long = "x" * 200_000  # the standard library stops at 131,072
    path = put(tmp_path / "a.csv", f'language,note\nswh,"{long}"\nyor,"a, ""b""\r\nc"\n\n'.encode())
    assert read_csv(path) == [(1, ["language", "note"]), (2, ["swh", long]), (4, ["yor", 'a, "b"\r\nc'])]
    assert read_columns(path)["note"]["swh_Latn"] == long  # type: ignore[index]


def test_facts_with_extra_cells_or_repeated_columns_are_refused(tmp_path: Path) -> None:
    for text, message in (
        ("language,a\nswh,x,y\n", "line 2 has 3"),
        ("language,a,a\nswh,x,y\n", "has 'a'"),
        ("language,a\nswh,x\nswa,y\n", "swh_Latn occurs again in .*line 3"),
        ("language,a\nnone,x\n", "line 2"),
        ("language\nswh\n", "alone"),
    ):
        with pytest.raises(DataError, match=message):
            read_columns(put(tmp_path / "facts.csv", text.encode()))
