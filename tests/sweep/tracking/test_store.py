"""The store's own corners: secrets in its address, two processes at once, a port that is taken."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException

from sweep.folders import SweepFolder
from sweep.tracking import store as store_module
from sweep.tracking.store import MlflowStore, NoRoomError, answering, migrate
from trainables.store.names import UnsafeNameError

ROOT = Path(__file__).parents[3]


def test_a_password_in_a_tracking_uri_is_not_shown() -> None:
    uri = "postgresql://me:geheim@db:5432/mlflow"
    with pytest.raises(ValueError) as caught, answering(uri):
        raise OSError(f"cannot connect to {uri}")
    assert "geheim" not in str(caught.value) and "postgresql://me:***@db:5432/mlflow" in str(caught.value)


def test_a_study_that_leads_out_makes_no_folder(store: SweepFolder) -> None:
    with pytest.raises(UnsafeNameError):
        MlflowStore(store.tracking_uri, "../../x", store.artifacts, {})
    assert not (store.mlruns.parent / "x").exists()


def test_a_store_that_was_moved_writes_and_reads_in_its_new_place(store: SweepFolder) -> None:
    """MLflow keeps absolute places of artifacts; the old folder must not come to life again."""
    first = MlflowStore(store.tracking_uri, "my study", store.artifacts, {})
    run = first.create("x", {}, 1.0)
    place = store.artifacts / "my study" / run / "artifacts"
    place.mkdir(parents=True)  # by hand: within one process MLflow remembers where a run writes
    (place / "a.txt").write_text("before")
    moved = SweepFolder(store.mlruns.with_name("moved to"), store.name)
    store.mlruns.rename(moved.mlruns)
    again = MlflowStore(moved.tracking_uri, "my study", moved.artifacts, {})
    again.write(run, {"b.txt": "after"})
    new = again.create("y", {}, 2.0)
    again.write(new, {"c.txt": "after"})
    assert sorted(file.path for file in again.client.list_artifacts(run)) == ["a.txt", "b.txt"]
    assert sorted(path.name for path in moved.artifacts.rglob("*.txt")) == ["a.txt", "b.txt", "c.txt"]
    assert not store.mlruns.exists()


def test_a_database_that_could_not_be_made_whole_is_not_there(
    tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of one is refused by MLflow for ever: its tables are there, and the version that it looks for is not."""
    uri, full = f"sqlite:///{tmp_path}/mlflow.db", True

    class Client:
        def __init__(self, uri: str) -> None:
            self.path = Path(uri.removeprefix("sqlite:///"))

        def search_experiments(self, max_results: int) -> None:
            if full:
                self.path.write_bytes(b"half")
                self.path.with_name(f"{self.path.name}-journal").touch()
                raise sqlite3.OperationalError("database or disk is full")
            if not self.path.exists():
                shutil.copy(migrated, self.path)

        def delete_experiment(self, experiment_id: str) -> None:
            assert experiment_id == "0"  # the template is without it already

    monkeypatch.setattr(store_module, "MlflowClient", Client)
    with pytest.raises(ValueError, match="There must be room for .*Free space"):
        migrate(uri)
    assert [path.name for path in tmp_path.iterdir()] == []
    full = False
    migrate(uri)
    assert (tmp_path / "mlflow.db").read_bytes() == migrated.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mlflow.db"]


def test_a_full_disk_is_said_whatever_has_wrapped_it() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/m/artifacts/a.txt")
    for wrapped in (MlflowException("it failed"), OSError("copying failed")):
        with pytest.raises(NoRoomError, match="There must be room for sqlite:////m/mlflow.db"):
            with answering("sqlite:////m/mlflow.db"):
                raise wrapped from full
    with pytest.raises(NoRoomError):
        with answering("http://h:5000"):
            raise MlflowException(f"API request failed: {full}")


def test_the_reason_of_a_database_is_said_and_not_how_the_library_came_to_it() -> None:
    with pytest.raises(ValueError, match=r"is not \(no such table: runs\). Start or repair it \(or move it away"):
        with answering("sqlite:////m/mlflow.db"):
            raise sqlite3.OperationalError("(raised as a result of Query-invoked autoflush)\nno such table: runs\nSQL")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_sweeps_may_start_together_in_a_new_folder(tmp_path: Path) -> None:
    """Both make the database; without a lock one of them dies of the other's half-made tables."""
    code = (
        "import sys; from pathlib import Path; from sweep.tracking.store import MlflowStore, migrate\n"
        f"uri, place = 'sqlite:///{tmp_path}/mlflow.db', Path('{tmp_path}')\n"
        "migrate(uri); print(MlflowStore(uri, 'study', place / 'artifacts', {}).experiment_id)"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    answers = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert len({printed for printed, _ in answers}) == 1


def test_a_database_that_cannot_be_locked_is_said_with_what_to_do() -> None:
    with pytest.raises(ValueError, match="must lie where SQLite can lock it.*--tracking-uri http://HOST:PORT"):
        with answering("sqlite:////shared/mlflow.db"):
            raise sqlite3.OperationalError("locking protocol")
