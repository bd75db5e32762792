"""Readings: numbers that steps leave on a GPU, read in blocks, so that no step waits for the one before it."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from trainables.stepping.progress import Metric, Progress

BLOCK = 32  # steps between two readings at most


def reading(value: torch.Tensor) -> Metric:
    """A number to report, of a tensor without axes: on a GPU the tensor itself, as looking at it would be waiting."""
    return value.item() if value.device.type == "cpu" else value.detach()


def is_read(progress: Progress) -> bool:
    """Whether all its metrics are plain numbers."""
    return not any(isinstance(value, torch.Tensor) for value in progress.metrics.values())


def read(progresses: Sequence[Progress]) -> list[Progress]:
    """The same with plain numbers as metrics. Waits for the device once, however many there are."""
    waiting = [value for one in progresses for value in one.metrics.values() if isinstance(value, torch.Tensor)]
    numbers = iter(torch.stack(waiting).tolist() if waiting else [])
    return [
        replace(one, metrics={
            name: next(numbers) if isinstance(value, torch.Tensor) else value for name, value in one.metrics.items()
        })
        for one in progresses
    ]  # fmt: skip
