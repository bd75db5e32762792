"""Locks on files that end with the process: a killed holder blocks nobody.

`flock` locks, shared or exclusive, advisory. The lock's file stays for ever: to delete it would let two processes hold
"the" lock, each on a file of its own. On a shared folder they need a file system that passes locks on (NFS 4 does).
"""

import os
from pathlib import Path

try:
    import fcntl
except ImportError:
    raise ImportError(
        "realign-sweep must run on Linux or macOS (its store locks files by `flock`), but there is no `fcntl` here. "
        "On Windows use WSL."
    ) from None


class FileLock:
    """The lock on `path`, free at first. Each instance is a holder of its own, also within one process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, shared: bool = False, wait: bool = True) -> bool:
        """Whether the lock is now held; False only without `wait`, where another holder is in the way."""
        if self._descriptor is not None:
            return True
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # 0666 less the umask: whoever may write to a shared store's folder may lock in it.
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        mode = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(descriptor, mode)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Lets go; harmless where nothing is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
