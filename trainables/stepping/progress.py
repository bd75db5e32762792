"""Progress: where a stage stands.

Stages are generators that yield it after each step, so a caller can pause between steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    import torch

Metric = Union[float, "torch.Tensor"]  # noqa: UP007  (a name in quotes takes no |)


@dataclass(frozen=True)
class Progress:
    """`step` of `n_steps` (1-based) is done; `metrics` are that step's numbers (loss ...).

    A number may still be on a GPU, as a tensor without axes: see `readings.py`.
    """

    step: int
    n_steps: int
    metrics: Mapping[str, Metric] = field(default_factory=dict)
