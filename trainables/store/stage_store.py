"""StageStore: finished results of stages (pre-trained, realigned encoders, scores) by fingerprint of what they are.

A stage is a folder `root/kind/<fingerprint>/`. It is built once, under a lock, in a temporary folder beside its
place, and appears there by one atomic rename; a builder that was killed leaves nothing that is ever read. The lock
saves work, no more: two that build one stage all the same have a folder each, and the first that is ready counts. Its
manifest `stage.json`, written last, holds the identity and the SHA-256 and size of every file; they are verified
whenever the stage is handed out. Where there is a size limit, least recently used stages go first, but never one in
use: a stage that was handed out stays until the store object is closed or its process ends.
"""

import contextlib
import json
import logging
import os
import shutil
import tempfile
import time
import uuid
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from search_spaces.reading import DataError
from search_spaces.structured import read_json
from trainables.store.fingerprint import canonical, file_sha256, fingerprint
from trainables.store.leases import Lease, is_free
from trainables.store.names import UnsafeNameError, path_below
from trainables.store.remote_stages import RemoteStages, is_url
from trainables.store.secrets import holds_secret, redacted

MANIFEST = "stage.json"
KEPT = ".kept"  # the lock on an unfinished folder
POLL_S = 0.2  # between two looks at a stage that another process is building

T = TypeVar("T")
logger = logging.getLogger(__name__)


class StoreError(ValueError):
    """The store's folder cannot be used."""


class StageStore:
    """Builds a stage once and hands it out ever after.

    Args:
        root: the store's folder, created when missing, or a URL that fsspec knows.
        cache: local folder for the stages of a store behind a URL.
        limit_bytes: largest size of the local folder's stages; None = no limit. It is exceeded while more is in use.

    Raises:
        StoreError: the folder cannot be written to, or a URL comes without `cache`.
    """

    def __init__(self, root: str | Path, cache: str | Path = "", limit_bytes: float | None = None) -> None:
        if holds_secret(str(root)):  # it would stand in configurations, records and reports
            raise StoreError(
                f"The store's URL must hold no password or token, but {redacted(str(root))} does. Leave it out: "
                "fsspec takes it from the environment (FSSPEC_SFTP_PASSWORD ...) or from ~/.config/fsspec/*.json."
            )
        self.remote = RemoteStages(str(root)) if is_url(str(root)) else None
        if self.remote and not cache:
            raise StoreError(
                f"A store behind a URL needs a local folder to work in, but {root} has none. Set `store_cache`."
            )
        self.root = Path(cache if self.remote else root).expanduser().resolve()
        self.limit_bytes = limit_bytes
        self._leases: dict[Path, Lease] = {}
        weakref.finalize(self, _release_all, self._leases)
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
        stage = self.path_of(kind, identity)
        return (stage / MANIFEST).is_file() or bool(self.remote and self.remote.holds(kind, stage.name))

    def find(self, kind: str, identity: Mapping[str, Any]) -> Path | None:
        """The stage's folder, verified and kept from eviction until `close`; None where it is missing or damaged."""
        stage = self.path_of(kind, identity)
        if not stage.exists() and not self._fetch(kind, stage):
            return None
        lease = self._leases.get(stage) or Lease(_lease_path(stage))
        lease.acquire(shared=True)  # waits only while the stage is being evicted
        if stage.exists():
            if (damage := find_damage(stage)) is None:
                self._leases[stage] = lease
                _note_use(stage)
                return stage
            logger.warning("The stage %s is damaged (%s); it is built again.", stage, damage)
        self._leases.pop(stage, None)
        lease.release()
        return None

    @contextlib.contextmanager
    def claim(self, kind: str, identity: Mapping[str, Any]) -> Iterator[Path | None]:
        """The right to build a stage: an empty folder whose content becomes the stage when the block ends well.

        None where there is nothing to build: another process is at it, or the stage is there by now. Leaving the block
        by an exception (or by the death of the process) leaves no stage.
        """
        stage = self.path_of(kind, identity)
        with _locked(stage) as is_ours:
            if not is_ours or self._is_there_by_now(kind, stage):
                yield None
                return
            with _kept_folder(stage) as unfinished:
                yield unfinished
                self._publish(unfinished, stage, kind, identity)

    def build_in_steps(
        self, kind: str, identity: Mapping[str, Any], build: Callable[[Path], Iterator[T]], waiting: T
    ) -> Generator[T, None, tuple[Path, bool]]:
        """Yields what `build(folder)` yields, or `waiting` while another process builds the same stage.

        Returns:
            the stage's folder, and whether it was built here. Dropping the generator half-way leaves no stage.
        """
        built = False
        while (stage := self.find(kind, identity)) is None:
            if built:  # and published, and already damaged
                raise StoreError(
                    f"A stage must be read as it was written, but {self.root} returned another. Check the disk."
                )
            with self.claim(kind, identity) as folder:
                if folder is not None:
                    yield from build(folder)
                    built = True
            if folder is None and not self.path_of(kind, identity).exists():
                yield waiting
                time.sleep(POLL_S)
        return stage, built

    def get_or_build(self, kind: str, identity: Mapping[str, Any], build: Callable[[Path], None]) -> Path:
        """The stage's folder, built by `build(folder)` if it is not there yet or is damaged.

        Of several processes that ask at once, one builds and the others wait for it.

        Args:
            kind: the family of the stage, a folder's name ("pretrained").
            identity: everything that decides the result, and nothing else; see `fingerprint.canonical`.
            build: writes the stage's files into an empty folder. Whatever it raises is passed on, and no stage appears.
        """

        def in_one_step(folder: Path) -> Iterator[None]:
            build(folder)
            yield

        steps = self.build_in_steps(kind, identity, in_one_step, None)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                stage: Path = end.value[0]
                return stage

    def work_folder(self, kind: str, identity: Mapping[str, Any]) -> Path:
        """A folder for what a long build keeps between attempts (checkpoints); the builder removes it at the end."""
        return self.root / "work" / f"{kind}-{fingerprint(dict(identity))}"

    def close(self) -> None:
        """Gives back the stages that were handed out: from now on they may be evicted."""
        _release_all(self._leases)

    def evict(self) -> None:
        """Deletes least recently used stages until the limit holds or only stages in use are left."""
        guard = Lease(self.root / "evicting")
        if self.limit_bytes is None or not guard.acquire(wait=False):
            return
        try:
            sizes = {path.parent: _size_bytes(path.parent) for path in self.root.glob(f"*/*/{MANIFEST}")}
            excess = sum(sizes.values()) - self.limit_bytes
            for stage in sorted(sizes, key=lambda stage: (_last_used(stage), stage)):
                if excess > 0 and _evict_stage(stage):
                    excess -= sizes[stage]
            if excess > 0:
                logger.warning("The store %s is %d bytes over its limit: all its stages are in use.", self.root, excess)
        finally:
            guard.release()

    def _is_there_by_now(self, kind: str, stage: Path) -> bool:
        """Looks again under the lock; a damaged stage is removed, one that only the remote store has is fetched."""
        if stage.exists():
            if find_damage(stage) is None:
                return True
            _remove(stage, "damaged")
        return self._download(kind, stage)

    def _fetch(self, kind: str, stage: Path) -> bool:
        """Whether a stage that is not here has come from the remote store."""
        if self.remote is None:
            return False
        with _locked(stage) as is_ours:
            return is_ours and (stage.exists() or self._download(kind, stage))

    def _download(self, kind: str, stage: Path) -> bool:
        """Like `_fetch`, under the stage's lock."""
        if self.remote is None:
            return False
        with _kept_folder(stage) as fetched:
            try:
                if not self.remote.fetch(kind, stage.name, fetched):
                    return False
            except UnsafeNameError as error:
                logger.warning("The stage %s in %s is not used: %s", stage.name, self.remote, error)
                return False
            if damage := find_damage(fetched):
                message = "The stage %s in %s is damaged (%s); it is built again."
                logger.warning(message, stage.name, self.remote, damage)
                return False
            _put_into_place(fetched, stage)
        self.evict()
        return True

    def _publish(self, unfinished: Path, stage: Path, kind: str, identity: Mapping[str, Any]) -> None:
        _write_manifest(unfinished, identity)
        # safetensors' 0600 would lock others out whom the umask lets in: files are as open as their folder.
        mode = unfinished.stat().st_mode
        for path in unfinished.rglob("*"):
            path.chmod(mode & (0o777 if path.is_dir() else 0o666))
        lease = self._leases.setdefault(stage, Lease(_lease_path(stage)))
        lease.acquire(shared=True)  # before it can be seen, so that nobody evicts it before we have read it
        _put_into_place(unfinished, stage)
        _note_use(stage)
        if self.remote is not None:
            self.remote.publish(kind, stage.name, stage)
        self.evict()


def find_damage(stage: Path) -> str | None:
    """What is wrong with a stage's folder, in a few words, or None: no manifest, a file missing or not as noted."""
    try:
        noted = read_json(stage / MANIFEST)
    except DataError as error:
        return f"unreadable {MANIFEST}: {error}"
    files = noted.get("files") if isinstance(noted, dict) else None
    if not isinstance(files, dict):
        return f"{MANIFEST} is not a manifest"
    try:
        for name, entry in sorted(files.items()):
            path = path_below(stage, name)
            if not path.is_file():
                return f"{name} is missing"
            if path.stat().st_size != entry["bytes"]:
                return f"{name} has {path.stat().st_size} bytes instead of {entry['bytes']}"
            if file_sha256(path) != entry["sha256"]:
                return f"{name} has another SHA-256"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"{MANIFEST} says what cannot be: {error}"
    return None


def _write_manifest(folder: Path, identity: Mapping[str, Any]) -> None:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {p.relative_to(folder).as_posix(): {"bytes": p.stat().st_size, "sha256": file_sha256(p)} for p in paths}
    text = json.dumps({"identity": canonical(dict(identity)), "files": files}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _new_folder(stage: Path, why: str = "") -> Path:
    """An empty folder beside a stage's place, with the rights that the umask gives it."""
    folder = stage.with_name(f".{stage.name}.{why}{uuid.uuid4().hex[:12]}")
    folder.mkdir()
    return folder


@contextlib.contextmanager
def _kept_folder(stage: Path) -> Iterator[Path]:
    """An empty folder that nobody clears away as long as the block, or its process, lives."""
    name = f".{stage.name}.{uuid.uuid4().hex[:12]}"
    keeper = Lease(stage.with_name(name + KEPT))
    keeper.acquire()
    folder = stage.with_name(name)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        keeper.release()


def _put_into_place(folder: Path, stage: Path) -> None:
    """Makes a folder the stage, unless somebody else has made one meanwhile: both are right."""
    try:
        os.replace(folder, stage)
    except OSError:
        if find_damage(stage) is not None:
            raise


def _size_bytes(stage: Path) -> int:
    return sum(path.stat().st_size for path in stage.rglob("*") if path.is_file())


def _lease_path(stage: Path) -> Path:
    return stage.with_name(f"{stage.name}.used")


def _note_use(stage: Path) -> None:
    """For the eviction; where it is somebody else's file, they have used it as well."""
    with contextlib.suppress(OSError):
        stage.with_name(f"{stage.name}.lease").touch()


def _last_used(stage: Path) -> float:
    noted = stage.with_name(f"{stage.name}.lease")
    return noted.stat().st_mtime if noted.exists() else stage.stat().st_mtime


def _evict_stage(stage: Path) -> bool:
    """Whether the stage is gone; False where somebody uses it."""
    lease = Lease(_lease_path(stage))
    if not lease.acquire(wait=False):
        return False
    try:
        logger.info("The stage %s is evicted: the store is over its limit.", stage)
        _remove(stage, "evicted")
    finally:
        lease.release()
    return True


def _remove(stage: Path, why: str) -> None:
    """Takes a stage away in one move, then deletes it: what is half deleted is never read."""
    aside = _new_folder(stage, f"{why}.")
    with contextlib.suppress(FileNotFoundError):  # somebody else was faster
        os.replace(stage, aside)
    shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def _locked(stage: Path) -> Iterator[bool]:
    """The stage's lock if nobody else has it (then True), and what killed builders left is deleted before and after."""
    lock = Lease(stage.with_name(f"{stage.name}.building"))
    if not lock.acquire(wait=False):
        yield False
        return
    try:
        _clear_leftovers(stage)
        yield True
    finally:
        _clear_leftovers(stage)
        lock.release()


def _clear_leftovers(stage: Path) -> None:
    """Deletes what has no living keeper: not the folder of another builder, whom the lock did not keep out."""
    for leftover in stage.parent.glob(f".{stage.name}.*"):
        if leftover.is_dir() and is_free(leftover.with_name(leftover.name + KEPT)):
            shutil.rmtree(leftover, ignore_errors=True)


def _release_all(leases: dict[Path, Lease]) -> None:
    for lease in leases.values():
        lease.release()
    leases.clear()
