"""What protects a sweep's folder: one process at a time, one config and one commit of its encoder for ever."""

import _thread
import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sweep.config.load import config_text, saved_config
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, write_atomically
from sweep.records.provenance import PLUGIN
from sweep.records.records import TrialRecord
from trainables.mapping import ConfigError, flatten
from trainables.store.fingerprint import canonical
from trainables.store.leases import STALE_S, Lease, Owner

MAX_SHOWN = 8
RUNNING = ".running"  # the lock's file, in the sweep's folder

logger = logging.getLogger(__name__)


def remember(config: SweepConfig, folder: SweepFolder, begun: bool = True) -> None:
    """Writes the config, or compares it with the one that is there. A name is taken when a trial has begun.

    Args:
        begun: whether one has. If not, what is there is a failed attempt, and is replaced.

    Raises:
        ConfigError: the sweep of this name has another config.
    """
    if not folder.has_config or not begun:
        if not begun:
            folder.search.unlink(missing_ok=True)
            folder.warm_start.unlink(missing_ok=True)
        write_atomically(folder.config, config_text(config))
        return
    before, now = (flatten(canonical(identity(c))) for c in (saved_config(folder.config), config))
    changed = [key for key in sorted({*before, *now}) if before.get(key) != now.get(key)]
    if not changed:
        return
    problems = [f"`{key}` must stay {before.get(key)!r}, but is {now.get(key)!r}." for key in changed[:MAX_SHOWN]]
    if len(changed) > MAX_SHOWN:
        problems.append(f"{len(changed) - MAX_SHOWN} more settings differ.")
    problems.append(f"Give another `--name`, or go on as it was: `{folder.resume_command}`.")
    raise ConfigError(problems, f"The sweep {folder.name!r} was started with another config, so this one")


def check_plugins(records: Iterable[TrialRecord], now: Mapping[str, str], folder: SweepFolder) -> None:
    """Refuses to go on with a plug-in that was edited since: one table would hold scores of two versions.

    Args:
        records: of the trials that are over. now: `provenance.versions`.

    Raises:
        ConfigError: a trial that has ended well was run with another source of a plug-in.
    """
    edited: dict[str, int] = {}
    for record in records:
        for name, digest in record.versions.items():
            if name.startswith(PLUGIN) and not record.failed and name in now and now[name] != digest:
                edited[name] = edited.get(name, 0) + 1
    problems = [
        f"{name} must be as it was for the {n} trials that are over, but was edited since. Undo that, or give another "
        "`--name` to run all with the new one."
        for name, n in sorted(edited.items())
    ]
    if problems:
        raise ConfigError(problems, f"The sweep {folder.name!r} was run with other plug-ins, so going on")


def identity(config: SweepConfig) -> dict[str, Any]:
    """The fields of a config that decide results."""
    return {f.name: getattr(config, f.name) for f in dataclasses.fields(config) if f.metadata.get("identity", True)}


def is_running(folder: SweepFolder) -> bool:
    """Whether a process holds the sweep's lock, as far as a look can tell; leaves nothing behind."""
    return Lease(folder.root / RUNNING).seems_held


@contextlib.contextmanager
def exclusive(
    folder: SweepFolder, to_read: bool = False, say: Callable[[str], None] = lambda text: None
) -> Iterator[None]:
    """Holds the sweep's lock, also against other nodes. Who loses it (it was frozen for long) is interrupted.

    Args:
        to_read: nothing is written to the folder; where it cannot be written to, there is no lock and no need of one.
        say: shows one line, where it takes a while to see whether another node still runs the sweep.

    Raises:
        ValueError: another process is running this sweep, or the folder cannot be written to.
    """

    def waiting(owner: Owner) -> None:
        say(f"{folder.name}: was run by {owner}; waiting {STALE_S:g} s for a sign of life")

    def lost(owner: Owner) -> None:
        logger.error(
            "The sweep %r has been taken over by %s, as this process gave no sign of life for %g s. It ends here.",
            folder.name, owner, STALE_S,
        )  # fmt: skip
        _thread.interrupt_main()

    lock = Lease(folder.root / RUNNING, lost)
    try:
        if not to_read:
            folder.root.mkdir(parents=True, exist_ok=True)
        holder = lock.acquire_unless_alive(waiting)
    except OSError as error:
        holder = None
        if not to_read:
            raise ValueError(
                f"A sweep's folder must be one that can be written to, but {folder.root} is not "
                f"({error.strerror or error}). Give another one with `--mlruns`."
            ) from None
    if holder is not None:
        raise ValueError(
            f"A sweep may run in one process at a time, but {folder.name!r} is running: {holder}. Wait, or "
            "stop it there (Ctrl-C); a `run` of its own needs another `--name`."
        )
    try:
        yield
    finally:
        lock.release()
