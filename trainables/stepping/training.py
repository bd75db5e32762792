"""Training: where a training loop stands, as something that can be written down and taken up again.

A loop hands over its parts once and counts its steps; between two steps `state` is complete. Which examples step n
reads is decided by the stage's seed alone, so the step number is the data position. What goes on from a state
computes the digits it would have had: exactly on a CPU with the same number of threads; on a GPU as far as its
kernels are deterministic.
"""

import hashlib
import os
import pickle
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import torch

from trainables.stepping.seeding import RandomState

N_DIGEST = 64  # hexadecimal digits of a SHA-256
CHUNK_BYTES = 2**20


class Stateful(Protocol):
    """A model, an optimiser, a schedule."""

    def state_dict(self) -> dict[str, Any]:
        """Everything that changes while it is used."""
        ...

    def load_state_dict(self, state_dict: Any) -> Any:
        """Takes it back."""
        ...


class Training:
    """The state of one loop.

    Args:
        saved: what `state` gave; None = from the start.

    Attributes:
        step: optimiser steps done.
    """

    def __init__(self, saved: Mapping[str, Any] | None = None) -> None:
        self.step = 0
        self._saved = saved
        self._parts: Mapping[str, Stateful] = {}

    def begin(self, **parts: Stateful) -> None:
        """Takes charge of the loop's parts (model, objective, optimiser ...) and puts them where the saved ones were.

        To be called after everything random that comes before the first step: it also restores the generators.
        """
        self._parts = parts
        if self._saved is None:
            return
        for name, part in parts.items():
            part.load_state_dict(self._saved["parts"][name])
        self.step = self._saved["step"]
        RandomState(**self._saved["random"]).restore()
        self._saved = None

    def state(self) -> dict[str, Any] | None:
        """A snapshot that shares its tensors with the parts: write it before the next step. None before step 1."""
        if self._saved is not None:
            return dict(self._saved)
        if self.step == 0:
            return None
        parts = {name: part.state_dict() for name, part in self._parts.items()}
        return {"step": self.step, "parts": parts, "random": vars(RandomState.now())}


class CheckpointTimer:
    """Says when a checkpoint is due within a stage.

    Args:
        every_s, every_n_steps: after so many seconds or steps since the last one (0 = never for that reason). Seconds
            are stretched where writing takes long, so that no more than 1 / MIN_WORK of the time goes into it.
    """

    MIN_WORK = 20

    def __init__(self, every_s: float, every_n_steps: int) -> None:
        self.every_s, self.every_n_steps = every_s, every_n_steps
        self._write_s = 0.0
        self.restart()

    def restart(self) -> None:
        """A stage begins."""
        self._last_s, self._last_step = time.monotonic(), 0

    def is_due(self, step: int) -> bool:
        """Whether to save now, after `step` steps of the stage; if so, the next one is counted from here."""
        wait_s = max(self.every_s, self.MIN_WORK * self._write_s)
        by_time = self.every_s > 0 and time.monotonic() - self._last_s >= wait_s
        by_steps = self.every_n_steps > 0 and step - self._last_step >= self.every_n_steps
        if by_time or by_steps:
            self._last_s, self._last_step = time.monotonic(), step
        return by_time or by_steps

    def saved(self, write_s: float) -> None:
        """Tells how long a checkpoint took."""
        self._write_s = write_s


class StateError(ValueError):
    """A file is not a state as `write_state` wrote it."""


def write_state(state: Mapping[str, Any], path: Path) -> None:
    """Writes a state of tensors and plain values as one file, whole or not at all, its SHA-256 at the end."""
    partial = path.with_name(f"{path.name}.part")
    with partial.open("w+b") as file:
        torch.save(dict(state), file)
        n_bytes = file.seek(0, os.SEEK_END)
        file.write(_sha256(file, n_bytes).encode())
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def read_state(path: Path) -> dict[str, Any]:
    """What `write_state` wrote, on the CPU. No code is run: tensors and plain values only.

    Raises:
        StateError: the file was cut, altered or written by something else.
        OSError: it cannot be read.
    """
    if path.exists() and not path.is_file():  # to open a pipe is to wait
        raise StateError(f"A saved state must be a file, but {path} is none.")
    with path.open("rb") as file:
        n_bytes = file.seek(0, os.SEEK_END) - N_DIGEST
        if n_bytes <= 0:
            raise StateError(f"A saved state must end with its SHA-256, but {path} is too short.")
        digest = _sha256(file, n_bytes)
        if file.read(N_DIGEST) != digest.encode():
            raise StateError(f"A saved state must be as it was written, but {path} has another SHA-256.")
    try:
        # What stands behind the archive does not disturb its reader.
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError) as error:
        reason = str(error).strip().splitlines()[0]
        raise StateError(f"A saved state must hold tensors and plain values, but {path} does not ({reason}).") from None
    return state


def _sha256(file: BinaryIO, n_bytes: int) -> str:
    """Of the first `n_bytes`; the file then stands behind them."""
    file.seek(0)
    digest, left = hashlib.sha256(), n_bytes
    while left > 0 and (chunk := file.read(min(left, CHUNK_BYTES))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()
