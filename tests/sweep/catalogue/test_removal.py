"""`realign-sweep rm`: what goes and what stays, who is asked, and what is refused."""

import errno
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

import sweep
from sweep.catalogue import removal
from sweep.commands.main import main
from sweep.config.load import config_text
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import RecordStore, TrialRecord
from sweep.records.session import exclusive
from sweep.tracking.store import NoRoomError
from sweep.tracking.sync import sync

Make = Callable[..., TrialRecord]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def one(config_of: Callable[..., SweepConfig], folder: SweepFolder, record_of: Make) -> SweepFolder:
    write_atomically(folder.config, config_text(config_of(seeds=[0])))
    RecordStore(folder.records).write(record_of("none", 0))
    write_atomically(folder.store / "realigned" / "abc" / "stage.json", "{}")
    return folder


def test_a_person_is_asked(
    one: SweepFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["rm", "tiny", "--mlruns", str(one.mlruns)]
    assert main(command) == 2  # nobody can answer
    assert "Add `--yes`" in capsys.readouterr().err and one.root.exists()
    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    assert main(command) == 1 and one.root.exists()
    said = capsys.readouterr().err
    assert str(one.root) in said and "scores of 1 trials" in said and f"the stages in {one.store}" in said
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert main(command) == 0 and not one.root.exists() and (one.store / "realigned/abc/stage.json").exists()
    assert [path.name for path in (one.mlruns / "sweeps").iterdir()] == []


def test_a_running_sweep_is_refused(one: SweepFolder, capsys: pytest.CaptureFixture[str]) -> None:
    with exclusive(one):
        assert main(["rm", "tiny", "--yes", "--mlruns", str(one.mlruns)]) == 2
        with pytest.raises(ValueError, match="is running"):
            sweep.remove("tiny", mlruns=one.mlruns)
    assert "must not be running" in capsys.readouterr().err and one.config.exists()
    assert main(["rm", "tinny", "--yes", "--mlruns", str(one.mlruns)]) == 2
    assert "Nearest: 'tiny'" in capsys.readouterr().err


def test_a_sweep_that_cannot_be_read_can_be_removed(folder: SweepFolder) -> None:
    write_atomically(folder.config, "arms: 3\n")
    folder.database.touch()
    removed = sweep.remove("tiny", mlruns=folder.mlruns)
    assert not folder.root.exists() and "cannot be read" in str(removed)


def test_what_is_in_the_way_is_refused_before_anything_changes(one: SweepFolder, tmp_path: Path) -> None:
    aside = one.root.with_name(".removed-tiny")
    aside.touch()
    with pytest.raises(ValueError, match=re.escape(f"{aside} must be free")):
        sweep.remove("tiny", mlruns=one.mlruns)
    aside.unlink()
    real = one.root.rename(tmp_path / "elsewhere")
    one.root.symlink_to(real)
    before = sorted(real.rglob("*"))
    with pytest.raises(ValueError, match=re.escape(f"{one.root} is a link to {real}")):
        sweep.remove("tiny", mlruns=one.mlruns)
    assert one.root.is_symlink() and sorted(real.rglob("*")) == before


@pytest.mark.parametrize("n_full", [0, 1, 2])
def test_a_full_disk_can_be_freed(
    one: SweepFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], n_full: int
) -> None:
    """MLflow's database has no room until the folder is gone, or not even then; nor has the lock."""
    one.database.touch()
    tries = 0

    def no_room(*_: object) -> None:
        nonlocal tries
        tries += 1
        if tries <= n_full:
            raise NoRoomError("full")

    def no_lock(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(removal, "runs_of_sweep", lambda *_: ["a", "b"])
    monkeypatch.setattr(removal, "delete_runs", no_room)
    monkeypatch.setattr("sweep.records.session.Lease.acquire_unless_alive", no_lock)
    assert main(["rm", "tiny", "--yes", "--mlruns", str(one.mlruns)]) == 0
    said = capsys.readouterr().err
    assert [path.name for path in (one.mlruns / "sweeps").iterdir()] == [] and "tiny is removed." in said
    assert ("`realign_sweep.sweep` = 'tiny'" in said) == (n_full == 2)


@pytest.mark.slow
def test_its_runs_are_marked_as_deleted_and_others_stay(
    one: SweepFolder, config_of: Callable[..., SweepConfig], record_of: Make
) -> None:
    other = SweepFolder.below(one.mlruns, "other")
    write_atomically(other.config, config_text(config_of(name="other", seeds=[0])))
    RecordStore(other.records).write(record_of("none", 0, sweep="other"))
    for folder in (one, other):
        sync(folder)
    removed = sweep.remove("tiny", mlruns=one.mlruns)
    assert len(removed.runs) == 2 and "2 runs in MLflow's study 'realign-sweep', marked as deleted" in str(removed)
    client = MlflowClient(one.tracking_uri)
    experiment = client.get_experiment_by_name("realign-sweep")
    assert experiment is not None
    left = client.search_runs([experiment.experiment_id])
    assert {run.data.tags["realign_sweep.sweep"] for run in left} == {"other"} and len(left) == 2
    assert {client.get_run(run).info.lifecycle_stage for run in removed.runs} == {"deleted"}
