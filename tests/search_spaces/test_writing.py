"""Files are written whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from search_spaces import writing
from search_spaces.writing import PARTIAL, sweep_up, write_atomically


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
