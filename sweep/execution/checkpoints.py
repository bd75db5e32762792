"""Checkpoints: where unfinished trials stand, by the name of the trial, in the sweep's own folder.

The trials write and read them (`trainables.trial`); the driver says where, and clears away what is over. They only say
where a trial stood: what is left to do, the records decide.
"""

import contextlib
import shutil
from collections.abc import Collection
from pathlib import Path

from search_spaces.reading import read_text
from sweep.folders import write_atomically

STARTED = "started_s"


class Checkpoints:
    """The checkpoints of one sweep.

    Args:
        folder: absolute; made on first write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, trial: str) -> Path:
        """The folder of one trial."""
        return self.folder / trial

    def any(self) -> bool:
        """Whether a trial has begun and is not over."""
        return any(self.folder.glob("*/*"))

    def begin(self, trial: str, now_s: float) -> float:
        """When the trial began for the first time, in seconds since 1970: now, if nothing says otherwise."""
        path = self.of(trial) / STARTED
        try:
            began_s = float(read_text(path))
            if 0 < began_s <= now_s:
                return began_s
            raise ValueError
        except (OSError, ValueError):
            with contextlib.suppress(OSError):  # it is for people only
                write_atomically(path, f"{now_s}\n")
            return now_s

    def forget(self, trial: str) -> None:
        """The trial is over."""
        shutil.rmtree(self.of(trial), ignore_errors=True)

    def tidy(self, over: Collection[str]) -> None:
        """Clears away those of trials that are over, and what killed writers left."""
        for trial in sorted(self.folder.glob("*")):
            if trial.name in over:
                self.forget(trial.name)
        for left in [*self.folder.glob("*/*.part"), *self.folder.glob("*/.*")]:
            left.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()
