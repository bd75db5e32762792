"""Files are written whole or not at all."""

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces import writing
from search_spaces.writing import PARTIAL, indented_json, sweep_up, write_atomically

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
PLAIN = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


def test_what_is_written_is_whole_and_what_killed_writers_left_goes(tmp_path: Path) -> None:
    old, fresh = tmp_path / f".a.x{PARTIAL}", tmp_path / f".b.y{PARTIAL}"
    for path in (old, fresh):
        path.write_text("half")
    os.utime(old, (1, 1))
    write_atomically(tmp_path / "new.csv", "ä")
    assert (tmp_path / "new.csv").read_bytes() == "ä".encode()
    assert not old.exists() and fresh.exists()  # somebody may be writing that one now
    with pytest.raises(IsADirectoryError):
        (tmp_path / "taken").mkdir()
        write_atomically(tmp_path / "taken", b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == [fresh.name, "new.csv", "taken"]
    sweep_up(tmp_path / "nowhere")


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250)
    write_atomically(path, b"x")
    assert path.read_bytes() == b"x"


def test_a_full_disk_names_the_file_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(OSError) as caught:
        write_atomically(tmp_path / "a.json", "x")
    assert caught.value.filename == str(tmp_path / "a.json") and not list(tmp_path.iterdir())


@given(PLAIN)
def test_indented_json_is_that_of_the_standard_library(value: object) -> None:
    assert indented_json(value) == json.dumps(value, indent=1, ensure_ascii=False)


def test_a_number_that_is_none_is_refused_at_any_depth() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        indented_json({"curves": {"loss": [1.0, float("nan")]}}, allow_nan=False)
