"""The disk below `--mlruns`: room, rights, locks, clock; and the stage store."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sweep.doctor.findings import NOTE, OK, STOP, Finding
from sweep.folders import SweepFolder, problem_of_writing
from trainables.store.leases import Lease
from trainables.store.remote_stages import RemoteStages, is_url
from trainables.store.secrets import redacted

GB = 1e9
LITTLE_GB, TOO_LITTLE_GB = 20.0, 1.0
FEW_FILES = 100_000
OF_NETWORKS = ("nfs", "lustre", "beegfs", "gpfs", "cifs", "smb", "ceph", "glusterfs", "fuse", "9p", "afs", "wekafs")
CLOCK_S = 60.0


def look_at_disk(folder: Path, subject: str = "disk") -> list[Finding]:
    """Room and rights of a folder that is there, or is to be made."""
    if problem := problem_of_writing(folder, ""):
        return [Finding(subject, STOP, problem, "Give another folder with `--mlruns`, or ask for rights.")]
    where = nearest(folder)
    free_gb, files = shutil.disk_usage(where).free / GB, os.statvfs(where)
    text = f"{free_gb:.0f} GB free at {folder} ({file_system(where)})"
    if free_gb < TOO_LITTLE_GB:
        return [
            Finding(subject, STOP, text, "Free some: a realigned encoder takes up to 2 GB, a checkpoint thrice that.")
        ]
    if free_gb < LITTLE_GB:
        return [Finding(subject, NOTE, text, "Set `run.store_limit_gb`, or free some: see `realign-sweep plan`.")]
    if 0 < files.f_favail < FEW_FILES and files.f_files:
        return [Finding(subject, NOTE, f"{text}; room for {files.f_favail} more files only", "Delete old sweeps.")]
    return [Finding(subject, OK, text)]


def look_at_locks(mlruns: Path, *, tracking_uri: str | None) -> list[Finding]:
    """Whether our locks and SQLite's hold there, as far as one machine can see, and whether the clocks agree."""
    findings = []
    with _trial_folder(nearest(mlruns)) as folder:
        first, second = Lease(folder / "lock"), Lease(folder / "lock")
        holds = first.acquire(wait=False) and not second.acquire(wait=False)
        first.release()
        if not (holds and second.acquire(wait=False)):
            remedy = "Give another folder with `--mlruns`: this file system makes a file twice."
            findings.append(Finding("locks", STOP, f"a file at {mlruns} cannot be made by one process only", remedy))
        second.release()
        if tracking_uri is None:
            findings += _look_at_sqlite(folder, file_system(mlruns))
        (folder / "now").touch()
        skew_s = (folder / "now").stat().st_mtime - time.time()
        if abs(skew_s) > CLOCK_S:
            text = f"the file system's clock is {abs(skew_s):.0f} s {'ahead of' if skew_s > 0 else 'behind'} ours"
            findings.append(Finding("clock", NOTE, text, "Run NTP or chrony: times in records and MLflow will be off."))
    return findings or [Finding("locks", OK, "hold")]


def _look_at_sqlite(folder: Path, kind: str) -> list[Finding]:
    remedy = "Use a server: `--tracking-uri http://HOST:PORT`, or a file on a local disk: `sqlite:////tmp/mlflow.db`."
    path = folder / "locks.db"
    try:
        with (
            contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as one,
            contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as two,
        ):
            one.execute("BEGIN EXCLUSIVE")
            try:
                two.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                if kind.startswith(OF_NETWORKS):
                    text = f"MLflow's SQLite file is on {kind}: fine while one node runs sweeps in this folder"
                    return [Finding("MLflow", NOTE, text, remedy)]
                return []
            return [Finding("MLflow", STOP, f"SQLite's locks do not hold on {kind}", remedy)]
    except sqlite3.Error as error:
        return [Finding("MLflow", STOP, f"SQLite cannot work on {kind} ({error})", remedy)]


def look_at_store(store: str) -> list[Finding]:
    """The stage store, where it is not just a folder below `--mlruns`."""
    if not is_url(store):
        return look_at_disk(Path(store).expanduser().absolute(), "store")
    remote = RemoteStages(store)
    try:
        remote.files.exists(remote.base)
    except Exception as error:  # of fsspec and every file system that it knows
        remedy = "Check `run.store`, and the credentials that fsspec finds (environment, ~/.config/fsspec)."
        return [Finding("store", STOP, f"{remote} does not answer ({redacted(str(error))[:200]})", remedy)]
    return [Finding("store", OK, f"{remote} answers")]


def look_at_running(folder: SweepFolder, lock: str) -> list[Finding]:
    """Whether somebody runs this very sweep."""
    holder = Lease(folder.root / lock).holder
    if holder is None or holder.is_alive is False:
        return []
    return [Finding("sweep", NOTE, f"{folder.name!r} is being run by {holder}", "Wait, or give another `--name`.")]


def nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def file_system(path: Path) -> str:
    """The kind of file system ("ext4", "nfs4"), "unknown" where the system does not say."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return "unknown"
    there = nearest(path).resolve()
    around = [(len(mount[1]), mount[2]) for mount in mounts if there.is_relative_to(mount[1].replace("\\040", " "))]
    return max(around, key=lambda one: one[0])[1] if around else "unknown"


@contextlib.contextmanager
def _trial_folder(where: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".realign-sweep-doctor-", dir=where) as folder:
        yield Path(folder)
