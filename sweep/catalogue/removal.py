"""`realign-sweep rm`: a sweep's folder and its runs in MLflow go; what sweeps share stays."""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from sweep.catalogue.listing import size_bytes, size_text
from sweep.config.load import saved_config
from sweep.folders import CONFIRM_SUFFIX, SweepFolder
from sweep.published.study import imported_config
from sweep.records.records import RecordStore
from sweep.records.session import exclusive, is_running
from sweep.tracking.names import SWEEP_TAG
from sweep.tracking.store import NoRoomError, delete_runs, runs_of_sweep


@dataclass(frozen=True, kw_only=True)
class Removal:
    """What `remove_sweep` takes away, and what it leaves.

    root: the sweep's folder, of `size_bytes`. n_records: trials that are over, whose scores go with them.
    runs: ids of its runs in MLflow's own store, which are marked as deleted. stays: sentences. unmarked: why runs could
    not be marked, and what to do; "" = all were.
    """

    name: str
    root: Path
    size_bytes: int
    n_records: int
    study: str
    runs: tuple[str, ...]
    stays: tuple[str, ...]
    unmarked: str = ""

    def __str__(self) -> str:
        goes = [
            f"{self.root}: {size_text(self.size_bytes)}, with the scores of {self.n_records} trials",
            *([f"{len(self.runs)} runs in MLflow's study {self.study!r}, marked as deleted"] if self.runs else []),
        ]
        return "\n".join(["goes:", *(f"  {one}" for one in goes), "stays:", *(f"  {one}" for one in self.stays)])


def planned_removal(name: str, mlruns: str | Path = "mlruns") -> Removal:
    """What removing a sweep would take away. Changes nothing.

    Raises:
        ValueError: there is no such sweep, it is running, or its folder is a link or something is in the way.
    """
    folder = _removable(mlruns, name)
    if is_running(folder):
        raise ValueError(
            f"A sweep that is removed must not be running, but {name!r} is. Stop it first (Ctrl-C there, or SIGTERM)."
        )
    return _look_at(folder)


def remove_sweep(name: str, mlruns: str | Path = "mlruns") -> Removal:
    """Removes a sweep: its folder for good, its MLflow runs into MLflow's bin (`mlflow gc` empties it).

    Stages, MLflow's other runs and other sweeps stay. A full disk is no obstacle: people remove to have room again.

    Raises:
        ValueError: as `planned_removal`, or MLflow's store does not answer. Nothing is removed then.
        OSError: a folder cannot be removed.
    """
    folder = _removable(mlruns, name)
    # On a full disk there may be no room for the lock. Where another process holds it, that is seen all the same.
    with exclusive(folder, to_read=os.access(folder.root, os.W_OK)):
        shown = _look_at(folder)
        aside = _aside(folder)
        if aside.exists():
            shutil.rmtree(aside)
        unmarked = _unmarked(folder, shown)
        # Renamed first: a sweep that is half removed must not look like one that can be continued.
        folder.root.rename(aside)
    shutil.rmtree(aside)
    if unmarked and shown.runs:
        unmarked = _unmarked(folder, shown)  # there is room now
    return replace(shown, unmarked=unmarked or shown.unmarked)


def _removable(mlruns: str | Path, name: str) -> SweepFolder:
    """The sweep's folder, where nothing is in the way of removing it as a whole."""
    folder = SweepFolder.existing(mlruns, name, to_read=True)
    if folder.root.is_symlink():
        raise ValueError(
            f"A sweep that is removed must be a folder, but {folder.root} is a link to {os.readlink(folder.root)}. "
            "Delete the link, and what it leads to if nobody needs it."
        )
    aside = _aside(folder)
    if os.path.lexists(aside) and (aside.is_symlink() or not aside.is_dir()):
        raise ValueError(
            f"{aside} must be free, as {name!r} is moved there before it is deleted, but is a file or a link. Move it "
            "away."
        )
    return folder


def _aside(folder: SweepFolder) -> Path:
    return folder.root.with_name(f".removed-{folder.name}")


def _unmarked(folder: SweepFolder, shown: Removal) -> str:
    """Marks the runs as deleted; says how to do it later where the disk has no room for that."""
    try:
        delete_runs(folder.tracking_uri, shown.runs)
    except NoRoomError:
        return _mark_later(folder)
    return ""


def _mark_later(folder: SweepFolder) -> str:
    return (
        f"Its runs in MLflow must be marked as deleted, but there is no room for that in {folder.database}. Free "
        f"space, then delete the runs that have the tag `{SWEEP_TAG}` = {folder.name!r} in `realign-sweep ui`."
    )


def _look_at(folder: SweepFolder) -> Removal:
    study, runs, unmarked = _study_of(folder), list[str](), ""
    stays = [f"the stages in {folder.store}, which other sweeps may use (realigned encoders, kept models)"]
    if folder.database.exists():
        if study:
            try:
                runs = runs_of_sweep(folder.tracking_uri, study, folder.name)
            except NoRoomError:
                unmarked = _mark_later(folder)
        else:
            stays.append("its runs in MLflow, if any: the config, which says in which study they are, cannot be read")
    confirmed = SweepFolder(folder.mlruns, folder.name + CONFIRM_SUFFIX)
    if confirmed.root.exists():
        stays.append(f"the sweep {confirmed.name}, which confirms this one; it cannot be continued without it")
    return Removal(
        name=folder.name, root=folder.root, size_bytes=size_bytes(folder.root),
        n_records=sum(1 for _ in folder.records.glob("*.json")), study=study, runs=tuple(runs), stays=tuple(stays),
        unmarked=unmarked,
    )  # fmt: skip


def _study_of(folder: SweepFolder) -> str:
    """The MLflow experiment of its runs; "" where nobody can know it."""
    try:
        if folder.has_config:
            return saved_config(folder.config).study
        return imported_config(folder.name, RecordStore(folder.records).all()).study
    except ValueError:
        return ""
