"""Freezing of blocks during realignment (AlignFreeze, Bakos et al. 2025: the lower or the upper half of the encoder).

What was frozen before (word embeddings by `encoder.freeze_embeddings`) stays so; what is frozen here is let go again.
"""

import contextlib
from collections.abc import Iterator

from torch import nn
from transformers import PreTrainedModel

from trainables.encoders.architecture import blocks, embeddings
from trainables.realignment.check import check_settings
from trainables.run_config import RealignConfig


def frozen_modules(model: PreTrainedModel, config: RealignConfig) -> list[nn.Module]:
    """The parts of `model` that a realignment leaves as they are.

    Blocks are counted from the embeddings; "lower" does not include the embeddings, `freeze_embeddings` does (word,
    position and type embeddings and their normalisation).

    Raises:
        ValueError: see `check_settings`.
    """
    check_settings(config, model)
    modules: list[nn.Module] = [embeddings(model)] if config.freeze_embeddings else []
    if config.freeze != "none":
        found = blocks(model) or []
        lower = config.freeze == "lower"
        modules += found[: config.n_frozen_blocks] if lower else found[len(found) - config.n_frozen_blocks :]
    return modules


@contextlib.contextmanager
def frozen(model: PreTrainedModel, config: RealignConfig) -> Iterator[None]:
    """Inside, the parameters of `frozen_modules` need no gradient; at the end each is as it was.

    Build the optimiser inside, of the parameters that need a gradient: Adam would go on moving others by its memory.
    """
    before = [
        (parameter, parameter.requires_grad)
        for module in frozen_modules(model, config)
        for parameter in module.parameters()
    ]
    try:
        for parameter, _ in before:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter, needed in before:
            parameter.requires_grad_(needed)
