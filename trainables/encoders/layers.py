"""States of a layer below the last one, without computing the blocks above it."""

from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from trainables.encoders.architecture import blocks


class _Reached(Exception):
    """Ends a forward pass where enough has been computed."""

    def __init__(self, states_BTH: torch.Tensor) -> None:
        super().__init__()
        self.states_BTH = states_BTH


def states_below(model: PreTrainedModel, inputs: dict[str, torch.Tensor], layer: int) -> torch.Tensor | None:
    """`hidden_states[layer]` (B, T, H) of the model, or None where only a whole pass gives it.

    That is: for the last layer; where the blocks cannot be told apart, or work on more than was given (Longformer pads
    to its window); and in a training with dropout, as blocks that are left out would draw no random numbers, and all
    later ones would be others.

    Args:
        layer: 0 = embeddings, i = output of block i; not negative.
    """
    found = blocks(model)
    if found is None or not 0 <= layer < len(found) or (model.training and _has_dropout(model)):
        return None
    # As transformers collects them: first what goes into the first block, then what each block gives.
    if layer == 0:
        hook = found[0].register_forward_pre_hook(_stop_before, with_kwargs=True)
    else:
        hook = found[layer - 1].register_forward_hook(_stop_behind)
    try:
        model(**inputs)
    except _Reached as reached:
        given = inputs["input_ids"].shape
        return reached.states_BTH if reached.states_BTH.shape[:2] == given else None
    finally:
        hook.remove()
    return None


def _stop_before(_: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
    raise _Reached(inputs[0] if inputs else named["hidden_states"])


def _stop_behind(_: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
    raise _Reached(output[0] if isinstance(output, tuple) else output)


def _has_dropout(model: PreTrainedModel) -> bool:
    """Whether any part or setting says so; one that is of a head only counts too."""
    settings = (value for name, value in vars(model.config).items() if "drop" in name)
    if any(isinstance(value, int | float) and value > 0 for value in settings):
        return True
    return any(isinstance(module, nn.Dropout) and module.p > 0 for module in model.modules())
