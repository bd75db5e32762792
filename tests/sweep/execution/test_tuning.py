"""Where Tune keeps its files: away with the sweep, or with the next driver where one was killed."""

import platform
from pathlib import Path

import pytest

from sweep.execution.tuning import NOTE, PREFIX, scratch_folder
from sweep.folders import SweepFolder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SweepFolder:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    folder = SweepFolder.below(tmp_path / "mlruns", "mine")
    folder.root.mkdir(parents=True)
    return folder


def left_by_a_killed_driver(folder: SweepFolder, name: str, host: str) -> Path:
    left = folder.mlruns.parent / "tmp" / name
    left.mkdir()
    (left / "state.json").write_text("{}")
    (folder.root / NOTE).write_text(f"{host}\n{left}\n")
    return left


def test_nothing_is_left_of_a_sweep_that_ends(folder: SweepFolder) -> None:
    with scratch_folder(folder) as scratch:
        assert Path(scratch).is_dir() and scratch in (folder.root / NOTE).read_text()
    assert not Path(scratch).exists() and not (folder.root / NOTE).exists()


def test_what_a_killed_driver_left_goes_when_its_sweep_goes_on(folder: SweepFolder) -> None:
    left = left_by_a_killed_driver(folder, f"{PREFIX}abc", platform.node())
    with scratch_folder(folder):
        assert not left.exists()


@pytest.mark.parametrize(("name", "host"), [(f"{PREFIX}abc", "another"), ("thesis", platform.node())])
def test_what_is_of_another_machine_or_has_another_name_is_left_alone(
    folder: SweepFolder, name: str, host: str
) -> None:
    left = left_by_a_killed_driver(folder, name, host)
    with scratch_folder(folder):
        assert left.exists()


def test_a_damaged_note_stops_nothing(folder: SweepFolder) -> None:
    (folder.root / NOTE).write_bytes(b"\xff")
    with scratch_folder(folder) as scratch:
        assert Path(scratch).is_dir()
