"""`realign-sweep rm`: a sweep's folder and its runs in MLflow go; what sweeps share stays."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sweep.catalogue.listing import size_bytes, size_text
from sweep.config.load import saved_config
from sweep.folders import CONFIRM_SUFFIX, SweepFolder
from sweep.published.study import imported_config
from sweep.records.records import RecordStore
from sweep.records.session import exclusive, is_running
from sweep.tracking.store import delete_runs, runs_of_sweep


@dataclass(frozen=True, kw_only=True)
class Removal:
    """What `remove_sweep` takes away, and what it leaves.

    root: the sweep's folder, of `size_bytes`. n_records: trials that are over, whose scores go with them.
    runs: ids of its runs in MLflow's own store, which are marked as deleted. stays: sentences.
    """

    name: str
    root: Path
    size_bytes: int
    n_records: int
    study: str
    runs: tuple[str, ...]
    stays: tuple[str, ...]

    def __str__(self) -> str:
        goes = [
            f"{self.root}: {size_text(self.size_bytes)}, with the scores of {self.n_records} trials",
            *([f"{len(self.runs)} runs in MLflow's study {self.study!r}, marked as deleted"] if self.runs else []),
        ]
        return "\n".join(["goes:", *(f"  {one}" for one in goes), "stays:", *(f"  {one}" for one in self.stays)])


def planned_removal(name: str, mlruns: str | Path = "mlruns") -> Removal:
    """What removing a sweep would take away. Changes nothing.

    Raises:
        ValueError: there is no such sweep, or it is running.
    """
    folder = SweepFolder.existing(mlruns, name, to_read=True)
    if is_running(folder):
        raise ValueError(
            f"A sweep that is removed must not be running, but {name!r} is. Stop it first (Ctrl-C there, or SIGTERM)."
        )
    return _look_at(folder)


def remove_sweep(name: str, mlruns: str | Path = "mlruns") -> Removal:
    """Removes a sweep: its folder for good, its MLflow runs into MLflow's bin (`mlflow gc` empties it).

    Stages, MLflow's other runs and other sweeps stay.

    Raises:
        ValueError: there is no such sweep, it is running, or MLflow's store does not answer (nothing is removed then).
    """
    folder = SweepFolder.existing(mlruns, name, to_read=True)
    with exclusive(folder):
        shown = _look_at(folder)
        delete_runs(folder.tracking_uri, shown.runs)
        # Renamed first: a sweep that is half removed must not look like one that can be continued.
        aside = folder.root.with_name(f".removed-{name}")
        shutil.rmtree(aside, ignore_errors=True)
        folder.root.rename(aside)
    shutil.rmtree(aside)
    return shown


def _look_at(folder: SweepFolder) -> Removal:
    study, runs = _study_of(folder), list[str]()
    stays = [f"the stages in {folder.store}, which other sweeps may use (realigned encoders, kept models)"]
    if folder.database.exists():
        if study:
            runs = runs_of_sweep(folder.tracking_uri, study, folder.name)
        else:
            stays.append("its runs in MLflow, if any: the config, which says in which study they are, cannot be read")
    confirmed = SweepFolder(folder.mlruns, folder.name + CONFIRM_SUFFIX)
    if confirmed.root.exists():
        stays.append(f"the sweep {confirmed.name}, which confirms this one; it cannot be continued without it")
    return Removal(
        name=folder.name, root=folder.root, size_bytes=size_bytes(folder.root),
        n_records=sum(1 for _ in folder.records.glob("*.json")), study=study, runs=tuple(runs), stays=tuple(stays),
    )  # fmt: skip


def _study_of(folder: SweepFolder) -> str:
    """The MLflow experiment of its runs; "" where nobody can know it."""
    try:
        if folder.config.exists():
            return saved_config(folder.config).study
        return imported_config(folder.name, RecordStore(folder.records).all()).study
    except ValueError:
        return ""
