"""StageStore: finished results of stages (pre-trained, decoded, realigned encoders) by fingerprint of what they are.

A stage is a folder `root/kind/<fingerprint>/`. It is built once, under a file lock, in a temporary folder beside its
place, and appears there by one atomic rename; a builder that was killed leaves nothing that is ever read. Its
manifest `stage.json`, written last, holds the identity and the SHA-256 and size of every file; they are verified
whenever the stage is handed out.
"""

import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from trainables.fingerprint import canonical, file_sha256, fingerprint

MANIFEST = "stage.json"

logger = logging.getLogger(__name__)


class StoreError(ValueError):
    """The store's folder cannot be used."""


class StageStore:
    """Builds a stage once and hands it out ever after.

    Args:
        root: the store's folder, created when missing.

    Raises:
        StoreError: `root` is no folder or cannot be written to.
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).expanduser().resolve()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            reason = error.strerror or error
            raise StoreError(
                f"The store must be a writable folder, but {self.root} is not ({reason}). Choose another `store`."
            ) from None

    def path_of(self, kind: str, identity: Mapping[str, Any]) -> Path:
        """Where the stage is, or would be."""
        return self.root / kind / fingerprint(dict(identity))

    def holds(self, kind: str, identity: Mapping[str, Any]) -> bool:
        """Whether the stage is there, going by its manifest alone (its files are verified when it is handed out)."""
        return (self.path_of(kind, identity) / MANIFEST).is_file()

    def get_or_build(self, kind: str, identity: Mapping[str, Any], build: Callable[[Path], None]) -> Path:
        """The stage's folder, built by `build(folder)` if it is not there yet or is damaged.

        Of several processes that ask at once, one builds and the others wait for it.

        Args:
            kind: the family of the stage, a folder's name ("pretrained").
            identity: everything that decides the result, and nothing else; see `fingerprint.canonical`.
            build: writes the stage's files into an empty folder. Whatever it raises is passed on, and no stage appears.
        """
        stage = self.path_of(kind, identity)
        stage.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(stage.with_name(f"{stage.name}.lock")):
            if stage.exists():
                if (damage := find_damage(stage)) is None:
                    return stage
                logger.warning("The stage %s is damaged (%s); it is built again.", stage, damage)
                shutil.rmtree(stage)
            self._build(stage, identity, build)
        return stage

    def work_folder(self, kind: str, identity: Mapping[str, Any]) -> Path:
        """A folder for what a long build keeps between attempts (checkpoints); the builder removes it at the end."""
        return self.root / "work" / f"{kind}-{fingerprint(dict(identity))}"

    def _build(self, stage: Path, identity: Mapping[str, Any], build: Callable[[Path], None]) -> None:
        # Left by a killed builder: we hold the lock, so nobody writes there any more.
        for leftover in stage.parent.glob(f".{stage.name}.*"):
            shutil.rmtree(leftover)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{stage.name}.", dir=stage.parent))
        try:
            build(unfinished)
            _write_manifest(unfinished, identity)
            # mkdtemp's 0700 and safetensors' 0600 would lock other users of a shared store out.
            for path in unfinished.rglob("*"):
                path.chmod(0o755 if path.is_dir() else 0o644)
            unfinished.chmod(0o755)
            os.replace(unfinished, stage)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise


def find_damage(stage: Path) -> str | None:
    """What is wrong with a stage's folder, in a few words, or None: no manifest, a file missing or not as noted."""
    try:
        noted = json.loads((stage / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"unreadable {MANIFEST}: {error}"
    for name, entry in sorted(noted.items()):
        path = stage / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != entry["bytes"]:
            return f"{name} has {path.stat().st_size} bytes instead of {entry['bytes']}"
        if file_sha256(path) != entry["sha256"]:
            return f"{name} has another SHA-256"
    return None


def _write_manifest(folder: Path, identity: Mapping[str, Any]) -> None:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {p.relative_to(folder).as_posix(): {"bytes": p.stat().st_size, "sha256": file_sha256(p)} for p in paths}
    text = json.dumps({"identity": canonical(dict(identity)), "files": files}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
