"""SweepFolder: where everything of one sweep lies below `mlruns/`, all paths absolute.

mlruns/store/                  stage store, shared by all sweeps
mlruns/mlflow.db, artifacts/   the MLflow store
mlruns/sweeps/NAME/config.yaml, records/<trial>.json, search.json, checkpoints/<trial>/run.pt, report.md, report.csv,
                   optuna.db, and with these `trackers` wandb/, tensorboard/

Nothing in a sweep's folder holds code or the folder's own path: it may be copied, moved and given to somebody else.
"""

import os
import re
import shlex
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from search_spaces.reading import DataError, local_path
from search_spaces.registry import nearest_names
from search_spaces.writing import write_atomically
from trainables.store.secrets import redacted

__all__ = ["CONFIRM_SUFFIX", "TRACKING_VARIABLE", "SweepFolder", "problem_of_writing", "write_atomically"]

TRACKING_VARIABLE = "MLFLOW_TRACKING_URI"
STUDY_PATTERN = re.compile(r"[^\W_][\w .+()-]{0,79}")
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class SweepFolder:
    """The paths of the sweep `name` below `mlruns` (absolute)."""

    mlruns: Path
    name: str

    @classmethod
    def below(cls, mlruns: str | Path, name: str) -> "SweepFolder":
        """The folder for `name`, whatever the current folder is later.

        Raises:
            ValueError: the name is not one that a sweep may have, as it might lead out of `mlruns`, or `mlruns` is no
                folder's path, see `local_folder`.
        """
        if not NAME_PATTERN.fullmatch(name):
            raise ValueError(
                "A sweep's name must be made of letters, digits, '.', '_' and '-', and begin with a letter or digit, "
                f"but is {name!r}. It becomes a folder's name: give another one."
            )
        return cls(local_folder(str(mlruns)), name)

    @classmethod
    def existing(cls, mlruns: str | Path, name: str, *, to_read: bool = False) -> "SweepFolder":
        """The folder of a sweep that was started; to read it, records alone are enough (imported ones).

        Raises:
            ValueError: there is no such sweep; the text names the nearest ones.
        """
        folder = cls.below(mlruns, name)
        if folder.has_config or (to_read and folder.records.is_dir()):
            return folder
        if folder.records.is_dir():
            raise ValueError(
                f"{folder.config} must exist to continue {name!r}, but does not: its records were imported, or the "
                "file was lost. Put it back, or run the sweep's own file again under this name."
            )
        names = folder.names()
        near = (
            f"Nearest: {nearest_names(name, names)}."
            if names
            else "There is none yet: start one with `realign-sweep run`."
        )
        raise ValueError(
            f"A sweep must have been started in {folder.mlruns} to go on with it, but {name!r} was not. {near}"
        )

    @property
    def root(self) -> Path:
        """The sweep's own folder."""
        return self.mlruns / "sweeps" / self.name

    @property
    def config(self) -> Path:
        """The complete config the sweep was started with."""
        return self.root / "config.yaml"

    @property
    def has_config(self) -> bool:
        """Whether there is one, also where it is a link that points nowhere: whoever reads it says so."""
        return os.path.lexists(self.config)

    @property
    def encoder(self) -> Path:
        """The commit of the hub that the sweep's encoder is read from."""
        return self.root / "encoder.json"

    @property
    def records(self) -> Path:
        """One JSON file a trial."""
        return self.root / "records"

    @property
    def search(self) -> Path:
        """The memory of its search (`SearchLog`)."""
        return self.root / "search.json"

    @property
    def warm_start(self) -> Path:
        """The earlier scores that its search began with, frozen."""
        return self.root / "warm_start.json"

    @property
    def checkpoints(self) -> Path:
        """Where unfinished trials stand, a folder each (`sweep.execution.checkpoints`)."""
        return self.root / "checkpoints"

    @property
    def optuna(self) -> Path:
        """Its search as an Optuna study, an SQLite file."""
        return self.root / "optuna.db"

    @property
    def ray(self) -> Path:
        """What earlier versions left to Ray. Nothing in it is read any more."""
        return self.root / "ray"

    @property
    def resume_command(self) -> str:
        """What a person types to go on, from any folder."""
        return f"realign-sweep resume {self.name} --mlruns {shlex.quote(str(self.mlruns))}"

    @property
    def report_command(self) -> str:
        """What writes the tables where all trials are over, from any folder."""
        return f"realign-sweep report {self.name} --mlruns {shlex.quote(str(self.mlruns))}"

    @property
    def sync_command(self) -> str:
        """What writes all trackers from the records, from any folder."""
        return f"realign-sweep sync {self.name} --mlruns {shlex.quote(str(self.mlruns))}"

    @property
    def all_over(self) -> str:
        """What a person is told who has interrupted a sweep after its last trial."""
        return f"interrupted. All trials are over: `{self.report_command}` writes the tables."

    @property
    def store(self) -> Path:
        """The stage store, unless the config names another one."""
        return self.mlruns / "store"

    @property
    def tracking_uri(self) -> str:
        """MLflow's database."""
        return f"sqlite:///{self.database}"

    @property
    def database(self) -> Path:
        """MLflow's file."""
        return self.mlruns / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """MLflow's artifacts."""
        return self.mlruns / "artifacts"

    def names(self) -> list[str]:
        """All sweeps that have a config or (imported ones) records here, sorted."""
        sweeps = self.mlruns / "sweeps"
        found = {path.parent.name for name in ("config.yaml", "records") for path in sweeps.glob(f"*/{name}")}
        return sorted(name for name in found if NAME_PATTERN.fullmatch(name))


def tracking_option(tracking_uri: str | None) -> str:
    """What a command needs to go on with the same MLflow store, without a password; "" where it finds it anyway."""
    if not tracking_uri or tracking_uri == os.environ.get(TRACKING_VARIABLE):
        return ""
    return f" --tracking-uri {shlex.quote(redacted(tracking_uri))}"


def local_folder(mlruns: str) -> Path:
    """The folder that a person means by `--mlruns`, absolute.

    Raises:
        ValueError: it is a URL, a home that nobody has, or a path that SQLite's URL would not lead to.
    """
    if "://" in mlruns or mlruns.startswith(("sqlite:", "file:")):
        raise ValueError(
            f"`--mlruns` must be a folder of this machine, but is {redacted(mlruns)!r}: records and checkpoints need "
            "one. An MLflow store elsewhere is given by `--tracking-uri`, a stage store elsewhere by `run.store`."
        )
    try:
        path = local_path(mlruns).absolute()
    except DataError as error:
        raise ValueError(f"`--mlruns` must be a folder. {error}") from None
    # Spaces, '#' and letters of any script are fine; these SQLAlchemy takes for parts of a URL.
    misread = sorted({c for c in str(path) if c in "?%" or unicodedata.category(c) == "Cc"})
    if misread:
        raise ValueError(
            f"`--mlruns` must be a path without ?, % and control characters, which a database's URL misreads, but "
            f"{str(path)!r} has {', '.join(map(repr, misread))}. Rename the folder."
        )
    return path


def problem_of_study(study: str) -> str | None:
    """One sentence if an MLflow experiment may not have this name: it becomes a folder's name too."""
    if STUDY_PATTERN.fullmatch(study):
        return None
    return (
        f"`study` must be at most 80 letters, digits, spaces and any of ._+()- and begin with a letter or digit, but "
        f"is {study[:100]!r}. It becomes a folder's name: give another one."
    )


def problem_of_writing(folder: Path, remedy: str) -> str | None:
    """One sentence if `folder` cannot be made or written to. It is not made: who only looks leaves nothing behind."""
    try:
        nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        with tempfile.NamedTemporaryFile(dir=nearest):
            return None
    except OSError as error:
        return f"{folder} must be a folder that can be written to, but is not ({error.strerror}). {remedy}"


CONFIRM_SUFFIX = "-confirm"
"""The sweep NAME-confirm confirms the search NAME."""
