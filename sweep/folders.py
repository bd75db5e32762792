"""SweepFolder: where everything of one sweep lies below `mlruns/`, all paths absolute.

mlruns/store/                  stage store, shared by all sweeps
mlruns/mlflow.db, artifacts/   the MLflow store
mlruns/sweeps/NAME/config.yaml, records/<trial>.json, ray/, report.md, report.csv
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from search_spaces.reading import local_path
from search_spaces.writing import write_atomically

__all__ = ["CONFIRM_SUFFIX", "SweepFolder", "problem_of_writing", "write_atomically"]

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
            ValueError: the name is not one that a sweep may have, as it might lead out of `mlruns`.
        """
        if not NAME_PATTERN.fullmatch(name):
            raise ValueError(
                "A sweep's name must be made of letters, digits, '.', '_' and '-', and begin with a letter or digit, "
                f"but is {name!r}. It becomes a folder's name: give another one."
            )
        return cls(local_path(mlruns).absolute(), name)

    @property
    def root(self) -> Path:
        """The sweep's own folder."""
        return self.mlruns / "sweeps" / self.name

    @property
    def config(self) -> Path:
        """The complete config the sweep was started with."""
        return self.root / "config.yaml"

    @property
    def records(self) -> Path:
        """One JSON file a trial."""
        return self.root / "records"

    @property
    def search(self) -> Path:
        """The memory of its search (`SearchLog`)."""
        return self.root / "search.json"

    @property
    def ray(self) -> Path:
        """Tune's own state and the checkpoints of unfinished trials."""
        return self.root / "ray"

    @property
    def store(self) -> Path:
        """The stage store, unless the config names another one."""
        return self.mlruns / "store"

    @property
    def tracking_uri(self) -> str:
        """MLflow's database."""
        return f"sqlite:///{self.mlruns / 'mlflow.db'}"

    @property
    def artifacts(self) -> Path:
        """MLflow's artifacts."""
        return self.mlruns / "artifacts"

    def names(self) -> list[str]:
        """All sweeps that have a config or (imported ones) records here, sorted."""
        sweeps = self.mlruns / "sweeps"
        return sorted({path.parent.name for name in ("config.yaml", "records") for path in sweeps.glob(f"*/{name}")})


def problem_of_writing(folder: Path, remedy: str) -> str | None:
    """One sentence if `folder` cannot be made or written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            return None
    except OSError as error:
        return f"{folder} must be a folder that can be written to, but is not ({error.strerror}). {remedy}"


CONFIRM_SUFFIX = "-confirm"
"""The sweep NAME-confirm confirms the search NAME."""
