"""Locks that are files with a heartbeat: they need nothing of the file system but that a file is made once.

`flock` is not passed on by every file system of several nodes (BeeGFS, Lustre with `localflock`), and some have none.
Here whoever makes the file (O_EXCL) holds the lock, and touches it every few seconds. Of a holder on this machine its
process says whether it lives; one elsewhere is taken for dead when its file has not been touched for `STALE_S`, as the
one who waits counts the seconds: nobody's wall clock matters, and time in which it did not look does not count.

Shared holders have a file each, beside that of an exclusive one. What is under a lock should survive that two hold it
all the same: a holder that was frozen for longer than `STALE_S` learns it only from its next heartbeat (`on_loss`).
"""

import contextlib
import errno
import json
import os
import socket
import stat
import threading
import time
import uuid
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HEARTBEAT_S = 5.0
STALE_S = 60.0
POLL_S = 0.2
SHARED, ASIDE = ".by-", ".taken-over"
N_BYTES = 4096  # more than a holder writes


@dataclass(frozen=True)
class Owner:
    """Who holds a lock. space: where `process` says something: one boot of one machine, one space of process ids."""

    token: str
    host: str
    process: int
    began: str
    space: str

    @property
    def is_alive(self) -> bool | None:
        """Whether its process runs; None where this machine cannot know."""
        if not self.token or not self.space or self.space != _space():
            return None
        return _runs(self.process, self.began)

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}" if self.token else "another process"


UNKNOWN = Owner("", "", 0, "", "")


class Lease:
    """The lock on `path`, free at first. Each instance is a holder of its own, also within one process.

    Args:
        on_loss: called, from another thread, when somebody has taken over a lock that is held here.
    """

    def __init__(self, path: Path, on_loss: Callable[[Owner], None] | None = None) -> None:
        self.path, self.on_loss = path, on_loss
        self._held: Path | None = None
        self._owner = UNKNOWN
        self._was_damaged = False  # at the last beat

    def __del__(self) -> None:
        with contextlib.suppress(Exception):  # the interpreter may be ending
            self._let_go()

    def acquire(self, *, shared: bool = False, wait: bool = True, limit_s: float = float("inf")) -> bool:
        """Whether the lock is now held; False only without `wait`, or after `limit_s`, where another is in the way.

        Raises:
            OSError: the folder cannot be written to.
        """
        if self._held is not None:
            return True
        self.path.parent.mkdir(parents=True, exist_ok=True)
        ends_s = time.monotonic() + limit_s
        while not (self._acquire_shared() if shared else self._acquire_alone()):
            if not wait or time.monotonic() > ends_s:
                return False
            time.sleep(POLL_S)
        _heart.add(self)
        return True

    def release(self) -> None:
        """Lets go; harmless where nothing is held."""
        _heart.remove(self)
        self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is None or self._owner.process != os.getpid():  # a fork's copy
            return
        with contextlib.suppress(OSError):  # what stays behind is seen to be dead
            found = _read(held)
            if found == UNKNOWN:  # damaged, unless somebody is writing it right now
                time.sleep(POLL_S)
                found = _read(held)
            if found in (self._owner, UNKNOWN):
                held.unlink(missing_ok=True)

    def acquire_unless_alive(self, waiting: Callable[[Owner], None]) -> Owner | None:
        """None where the lock is now held; else who holds it and is alive, which takes seconds to see of one elsewhere.

        Args:
            waiting: called once where it takes longer: the holder may have died on another machine.
        """
        began_s, touched_ns, said = time.monotonic(), None, False
        while not self.acquire(wait=False):
            holder = _read(self.path)
            now_ns = _touched_ns(self.path)
            if holder is None or now_ns is None:
                time.sleep(POLL_S)
                continue
            if holder.is_alive or (touched_ns is not None and now_ns != touched_ns):
                return holder
            touched_ns = now_ns
            if not said and time.monotonic() > began_s + 2 * HEARTBEAT_S:
                said = True
                waiting(holder)
            time.sleep(POLL_S)
        return None

    @property
    def holder(self) -> Owner | None:
        """Who holds it alone, dead or alive, as far as can be seen."""
        return _read(self.path)

    @property
    def seems_held(self) -> bool:
        """At a glance, for people: of a holder elsewhere by the wall clocks, which `acquire` does not rely on."""
        try:
            holder, touched_ns = _read(self.path), _touched_ns(self.path)
        except OSError:
            return False
        if holder is None or touched_ns is None:
            return False
        return abs(time.time() - touched_ns / 1e9) < STALE_S if holder.is_alive is None else holder.is_alive

    def beat(self) -> bool:
        """Shows that the holder lives; False where the lock is no longer its own."""
        held = self._held
        if held is None:
            return False
        with contextlib.suppress(OSError):  # a disk that does not answer says nothing about who holds it
            found = _read(held)
            if found is None:  # somebody has cleared it away, and nobody has taken it since
                _make(held, self._owner)
            elif found not in (self._owner, UNKNOWN):
                self._held = None
                if self.on_loss is not None:
                    self.on_loss(found)
                return False
            elif found == UNKNOWN and self._was_damaged:  # twice: nobody is writing it
                _replace(held, self._owner)
            self._was_damaged = found == UNKNOWN
            os.utime(held)
        return True

    def _acquire_alone(self) -> bool:
        owner = _myself()
        if not (_make(self.path, owner) or self._take_over(owner)):
            return False
        if not all([is_free(path) for path in self._shared()]):
            self.path.unlink(missing_ok=True)
            return False
        self._held, self._owner = self.path, owner
        _seen.pop(self.path, None)
        return True

    def _acquire_shared(self) -> bool:
        owner = _myself()
        mine = self.path.with_name(f"{self.path.name}{SHARED}{owner.token}")
        _make(mine, owner)
        if (found := _read(self.path)) is not None and not _is_gone(self.path, found):
            mine.unlink(missing_ok=True)
            return False
        self._held, self._owner = mine, owner
        return True

    def _take_over(self, owner: Owner) -> bool:
        """Replaces the file of a holder that is gone; one at a time, so that nobody replaces the file of the next."""
        found = _read(self.path)
        if found is None or not _is_gone(self.path, found):
            return False
        guard = self.path.with_name(self.path.name + ASIDE)
        if not _make(guard, owner):
            if (other := _read(guard)) is not None and _is_gone(guard, other):
                guard.unlink(missing_ok=True)  # whoever was at it has died; the next try goes on
            return False
        try:
            if _read(self.path) != found:
                return False
            _replace(self.path, owner)
        finally:
            guard.unlink(missing_ok=True)
        return True

    def _shared(self) -> list[Path]:
        return list(self.path.parent.glob(f"{self.path.name}{SHARED}*"))


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock of a file; what a dead holder has left is removed."""
    found = _read(path)
    if found is not None and not _is_gone(path, found):
        return False
    path.unlink(missing_ok=True)
    return True


class _Heart:
    """The one thread of this process that touches the files of all locks it holds."""

    def __init__(self) -> None:
        self._leases: weakref.WeakSet[Lease] = weakref.WeakSet()
        self._guard = threading.RLock()
        self._thread: threading.Thread | None = None

    def add(self, lease: Lease) -> None:
        with self._guard:
            self._leases.add(lease)
            if self._thread is None or not self._thread.is_alive():  # also in a fork, which has no threads
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()

    def remove(self, lease: Lease) -> None:
        with self._guard:
            self._leases.discard(lease)

    def _run(self) -> None:
        while True:
            time.sleep(HEARTBEAT_S)
            with self._guard:
                leases = list(self._leases)
                if not leases:
                    self._thread = None
                    return
            for lease in leases:
                if not lease.beat():
                    self.remove(lease)
            del leases, lease


_heart = _Heart()
_seen: dict[Path, tuple[tuple[str, int], float, float]] = {}
"""Of each file in our way: what was seen last, when, and for how many seconds it has been so."""


def _is_gone(path: Path, owner: Owner) -> bool:
    """Whether a file's holder is dead, or is elsewhere and has not touched it while we looked for `STALE_S`."""
    if (is_alive := owner.is_alive) is not None:
        return not is_alive
    touched_ns = _touched_ns(path)
    if touched_ns is None:
        return False  # it has changed: look again
    now, looked = time.monotonic(), (owner.token, touched_ns)
    before, at_s, unchanged_s = _seen.get(path, (None, now, 0.0))
    # What we slept through (a suspended machine, a disk that hung) may have kept the holder from its beat as well.
    unchanged_s = unchanged_s + min(now - at_s, 2 * HEARTBEAT_S) if looked == before else 0.0
    _seen[path] = (looked, now, unchanged_s)
    if unchanged_s < STALE_S:
        return False
    del _seen[path]
    return True


def _touched_ns(path: Path) -> int | None:
    """When a file was touched last; None where there is none. Raises as `_open`."""
    try:
        with _open(path) as file:  # opening asks the server of a network file system for the state of now
            return os.fstat(file.fileno()).st_mtime_ns
    except FileNotFoundError:
        return None


def _open(path: Path) -> BinaryIO:
    """A holder's file, for reading.

    Raises:
        OSError: something else is in its place, which no holder has made: a link, a folder, a pipe.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _stranger(path) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _stranger(path)
    return os.fdopen(descriptor, "rb")


def _stranger(path: Path) -> OSError:
    return OSError(errno.EINVAL, f"the lock {path.name} must be a file, but is something else; take it away", str(path))


def _make(path: Path, owner: Owner) -> bool:
    """Makes a holder's file; False where there is one."""
    try:
        # 0666 less the umask: whoever may write to a shared store's folder may lock in it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except FileExistsError:
        return False
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(vars(owner), file)
    except OSError:  # a full disk
        path.unlink(missing_ok=True)
        raise
    return True


def _replace(path: Path, owner: Owner) -> None:
    """Puts a new holder's file in the place of another."""
    new = path.with_name(f".{path.name}.{owner.token}")
    _make(new, owner)
    os.replace(new, path)


def _read(path: Path) -> Owner | None:
    """Who made a holder's file; `UNKNOWN` while it is being written, None where there is none. Raises as `_open`."""
    try:
        with _open(path) as file:
            said = json.loads(file.read(N_BYTES))
        return Owner(
            str(said["token"]), str(said["host"]), int(said["process"]), str(said["began"]), str(said["space"])
        )
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return UNKNOWN


def _myself() -> Owner:
    process = os.getpid()
    return Owner(uuid.uuid4().hex, socket.gethostname(), process, "".join(_status(process)[19:20]), _space())


def _runs(process: int, began: str) -> bool | None:
    """Whether a process of this machine runs; None where it is another user's, and hidden from us (`hidepid`)."""
    fields = _status(process)
    if fields:
        return fields[0] not in "ZX" and fields[19] == began  # not one that has ended, and nobody has asked how
    try:
        os.kill(process, 0)  # asks, sends nothing
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return None


def _status(process: int) -> list[str]:
    """Its state, and 19 places further when it began, in ticks since the boot; [] where it cannot be seen."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def _space() -> str:
    """See `Owner`; "" where the system does not say (macOS), so that the heartbeat alone decides."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return f"{file.read().strip()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""
