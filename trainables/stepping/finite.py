"""What ends a trial that has diverged: a loss or a weight that is not finite is no result.

A model whose weights are not numbers still gives labels, and so scores that look like any other.
"""

import math

import torch
from torch import nn

from trainables.stepping.progress import Progress

REMEDIES = {
    "realign": "Lower `realign.learning_rate`, or raise `realign.temperature`.",
    "finetune": "Lower `finetune.learning_rate` (of one task: `finetune.by_task`).",
    "pretrain": "Lower `encoder.pretrain.learning_rate`.",
}


class DivergedError(ValueError):
    """A training that has left the finite numbers; the text names stage and step."""


def check_losses(stage: str, progress: Progress) -> None:
    """Looks at a step's numbers, which have been read already: it costs a GPU nothing.

    Raises:
        DivergedError: one of them is not finite.
    """
    for name, value in progress.metrics.items():
        if not math.isfinite(value):
            raise DivergedError(
                f"The training must stay finite, but `{name}` is {value} in stage {stage} at step {progress.step} of "
                f"{progress.n_steps}. {_remedy(stage)}"
            )


@torch.no_grad()
def check_weights(stage: str, model: nn.Module) -> None:
    """Looks at all weights, with one wait for the GPU. To be called when a stage is over, before anything is stored.

    Raises:
        DivergedError: one of them is not finite.
    """
    are_finite = {name: weight.isfinite().all() for name, weight in model.named_parameters()}
    if are_finite and not bool(torch.stack(list(are_finite.values())).all()):
        broken = [name for name, is_finite in are_finite.items() if not is_finite]
        raise DivergedError(
            f"The weights must stay finite, but {len(broken)} of {len(are_finite)} tensors ({broken[0]} ...) are not "
            f"at the end of stage {stage}. {_remedy(stage)}"
        )


def _remedy(stage: str) -> str:
    return REMEDIES.get(stage.partition("/")[0], "Lower the learning rate.")
