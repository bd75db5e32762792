"""Progress: where a stage stands.

Stages are generators that yield it after each step, so a caller can pause between steps.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Progress:
    """`step` of `n_steps` (1-based) is done; `metrics` are that step's numbers (loss ...)."""

    step: int
    n_steps: int
    metrics: dict[str, float] = field(default_factory=dict)
