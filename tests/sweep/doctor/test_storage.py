"""The disk: room, locks that hold, lie or are missing, and stores that do not answer."""

import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sweep.doctor import storage
from sweep.doctor.findings import NOTE, OK, STOP
from sweep.doctor.storage import file_system, look_at_disk, look_at_locks, look_at_running, look_at_store
from sweep.folders import SweepFolder
from sweep.records.session import RUNNING, exclusive


@pytest.mark.parametrize(("free_gb", "level"), [(500, OK), (5, NOTE), (0.5, STOP)])
def test_room_on_the_disk(free_gb: float, level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free_gb * 1e9))
    (finding,) = look_at_disk(tmp_path / "mlruns")
    assert finding.level == level and not (tmp_path / "mlruns").exists()


def test_a_folder_without_rights(tmp_path: Path) -> None:
    (finding,) = look_at_disk(Path("/proc/mlruns"))
    assert finding.level == STOP and "--mlruns" in finding.remedy


def test_locks_that_hold_and_nothing_is_left_behind(tmp_path: Path) -> None:
    (finding,) = look_at_locks(tmp_path / "mlruns", tracking_uri=None)
    assert (finding.subject, finding.level) == ("locks", OK) and list(tmp_path.iterdir()) == []


def test_sqlite_locks_that_lie_or_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def lying(path: Path, **options: Any) -> sqlite3.Connection:
        return connect(f"file:{path}?nolock=1", uri=True, **options)  # as on a mount where locks do nothing

    def missing(path: Path, **options: Any) -> sqlite3.Connection:
        raise sqlite3.OperationalError("locking protocol")

    for broken, said in ((lying, "do not hold"), (missing, "locking protocol")):
        monkeypatch.setattr(sqlite3, "connect", broken)
        (finding,) = look_at_locks(tmp_path, tracking_uri=None)
        assert finding.level == STOP and said in finding.text and "--tracking-uri http://HOST:PORT" in finding.remedy
        assert look_at_locks(tmp_path, tracking_uri="http://lab:5000")[0].level == OK  # nobody needs them then


def test_a_network_file_system_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "file_system", lambda path: "nfs4")
    (finding,) = look_at_locks(tmp_path, tracking_uri=None)
    assert finding.level == NOTE and "nfs4: fine while one node runs sweeps" in finding.text


def test_the_kind_of_file_system() -> None:
    assert file_system(Path("/proc/self/no/such/file")) == "proc"


def test_a_store_behind_an_address(tmp_path: Path) -> None:
    assert look_at_store("memory://stages")[0].level == OK
    assert look_at_store(str(tmp_path))[0].level in (OK, NOTE)
    with pytest.raises(ValueError, match="fsspec can open"):
        look_at_store("no-such-protocol://x")


def test_who_runs_the_sweep_is_named(folder: SweepFolder) -> None:
    assert look_at_running(folder, RUNNING) == []
    with exclusive(folder):
        (finding,) = look_at_running(folder, RUNNING)
        assert finding.level == NOTE and "'tiny' is being run by process" in finding.text
    assert look_at_running(folder, RUNNING) == []
