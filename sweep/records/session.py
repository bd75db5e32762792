"""What protects a sweep's folder: one process at a time, one config and one commit of its encoder for ever."""

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from filelock import FileLock, Timeout

from sweep.config.load import config_text, saved_config
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder, write_atomically
from trainables.mapping import ConfigError, flatten
from trainables.store.fingerprint import canonical

MAX_SHOWN = 8
ENCODER_KEYS = ("encoder.provider", "encoder.name", "encoder.revision")


def with_pinned_encoder(config: SweepConfig, folder: SweepFolder) -> SweepConfig:
    """`config` with the commit of its encoder's revision: the one that the sweep began with, else the one of now.

    A branch of the hub may move while a sweep runs, or before it is resumed; its trials are compared all the same.

    Raises:
        ValueError: the commit cannot be found out.
    """
    from trainables.encoders.hub import pinned

    encoder = config.run.encoder
    if encoder.provider != "hub" or set(config.space) & set(ENCODER_KEYS):
        return config
    asked = {"name": encoder.name, "revision": encoder.revision}
    known = _known_encoder(folder)
    if known.get("asked") == asked:
        encoder = dataclasses.replace(encoder, revision=known["commit"])
    else:
        encoder = pinned(encoder)
    return dataclasses.replace(config, run=dataclasses.replace(config.run, encoder=encoder))


def remember_encoder(config: SweepConfig, pinned: SweepConfig, folder: SweepFolder) -> None:
    """Writes down the commit that `with_pinned_encoder` found."""
    before, now = config.run.encoder, pinned.run.encoder
    asked = {"name": before.name, "revision": before.revision}
    if now.provider == "hub" and now.revision is not None and _known_encoder(folder).get("asked") != asked:
        write_atomically(folder.encoder, json.dumps({"asked": asked, "commit": now.revision}, indent=1) + "\n")


def _known_encoder(folder: SweepFolder) -> dict[str, Any]:
    if not folder.encoder.exists():
        return {}
    try:
        known = json.loads(folder.encoder.read_text(encoding="utf-8"))
        return {"asked": known["asked"], "commit": str(known["commit"])}
    except (ValueError, KeyError, TypeError):
        raise ValueError(
            f"{folder.encoder} must hold the commit that the sweep's encoder is read from, but is damaged. Write it "
            "into `run.encoder.revision` (records name it), or delete the file to take the commit of now."
        ) from None


def remember(config: SweepConfig, folder: SweepFolder, begun: bool = True) -> None:
    """Writes the config, or compares it with the one that is there. A name is taken when a trial has begun.

    Args:
        begun: whether one has. If not, what is there is what somebody has tried in vain, and gives way.

    Raises:
        ConfigError: the sweep of this name has another config.
    """
    if not folder.config.exists() or not begun:
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


def identity(config: SweepConfig) -> dict[str, Any]:
    """The fields of a config that decide results."""
    return {f.name: getattr(config, f.name) for f in dataclasses.fields(config) if f.metadata.get("identity", True)}


@contextlib.contextmanager
def exclusive(folder: SweepFolder, to_read: bool = False) -> Iterator[None]:
    """Holds the sweep's lock.

    Args:
        to_read: nothing is written to the folder; where it cannot be written to, there is no lock and no need of one.

    Raises:
        ValueError: another process is running this sweep, or the file system has no locks.
    """
    lock = FileLock(folder.root / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ValueError(
            f"A sweep may run once at a time, but {folder.name!r} is running. Wait for it or give another `--name`."
        ) from None
    except (OSError, NotImplementedError) as error:
        if not to_read:
            raise ValueError(
                f"A sweep's folder must be one that can be written to and has locks, but {folder.root} is not "
                f"({getattr(error, 'strerror', None) or error}). Give another one with `--mlruns`."
            ) from None
    try:
        yield
    finally:
        lock.release()
