"""Whether an encoder does what every stage asks of it, tried on a few pieces: by what it does, not by its name.

Stages give pieces and a mask, and read one vector a piece, of the last block and of others. Models of images or
layout, and those that keep their blocks' vectors in another order (XLNet) or size (Reformer), do not give that.
"""

import inspect
from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from trainables.encoders.architecture import word_embeddings
from trainables.encoders.base import EncoderError
from trainables.encoders.layers import states_below

N_PIECES, N_PADDING = 6, 2
TOLERANCE = 1e-4  # of vectors that must be equal, relative to the largest one: what rounding may do


def check_supported(model: PreTrainedModel, inputs: Sequence[str], name: str) -> None:
    """Runs the encoder once, and once to the middle.

    Args:
        inputs: names of what its tokenizer makes.
        name: what the user calls it.

    Raises:
        EncoderError: it is not supported, and why.
    """
    if reason := _obstacle(model, inputs):
        raise EncoderError(
            f"An encoder must read pieces of text and give a vector for each, but {name} ({type(model).__name__}) is "
            f"not supported: {reason}. Choose another encoder; docs/encoders.md lists families that work."
        )


@torch.no_grad()
def _obstacle(model: PreTrainedModel, inputs: Sequence[str]) -> str | None:
    n_blocks, width = (getattr(model.config, key, None) for key in ("num_hidden_layers", "hidden_size"))
    if not isinstance(n_blocks, int) or not isinstance(width, int):
        return "its configuration gives no `num_hidden_layers` and `hidden_size` of text"
    if unknown := {"input_ids", "attention_mask"} - set(inspect.signature(model.forward).parameters):
        return f"it does not take {' and '.join(sorted(unknown))}"
    batch = _batch(word_embeddings(model).num_embeddings, inputs)
    model.eval()
    try:
        output = model(**batch, output_hidden_states=True)
        parts = {layer: states_below(model, batch, layer) for layer in sorted({0, n_blocks // 2})}
    except Exception as error:  # whatever a family raises that needs other inputs
        said = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        return f"given pieces and a mask, and without a pooler, it stops ({type(error).__name__}: {said})"
    shape = [N_PIECES, N_PIECES, width]
    last, hidden = getattr(output, "last_hidden_state", None), getattr(output, "hidden_states", None) or ()
    if not isinstance(last, torch.Tensor) or list(last.shape) != shape:
        found = f"has the shape {list(last.shape)} instead of {shape}" if isinstance(last, torch.Tensor) else "is none"
        return f"its `last_hidden_state` {found}"
    if [list(states.shape) for states in hidden] != [shape] * (n_blocks + 1):
        return f"its `hidden_states` are not {n_blocks + 1} tensors of the shape {shape}"
    if not all(_equal(states[0], states[1]) for states in (last, *hidden)):
        return "two equal texts of a batch get different vectors"
    for layer, part in parts.items():
        if part is not None and not _equal(part, hidden[layer]):
            return f"a pass that ends at block {layer} gives other vectors than `hidden_states[{layer}]`"
    return None


def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    return bool((one - other).abs().max() <= TOLERANCE * one.abs().max())


def _batch(n_rows: int, inputs: Sequence[str]) -> dict[str, torch.Tensor]:
    """As many texts as each has pieces, in two segments: two equal ones, and others that are padded with some piece.

    In a square, vectors in another order have the right shape too, and so are found out by their values.
    """
    places = torch.arange(N_PIECES)
    shifts = (places - 1).clamp(min=0)  # 0, 0, 1, 2 ...
    pieces = 1 + (places + shifts[:, None]) % N_PIECES * (n_rows - 1) // N_PIECES
    mask = torch.ones(N_PIECES, N_PIECES, dtype=torch.long)
    mask[2:, -N_PADDING:] = 0
    types = (places >= N_PIECES // 2).long().expand(N_PIECES, -1)
    given = {"input_ids": pieces, "attention_mask": mask}
    return given | ({"token_type_ids": types} if "token_type_ids" in inputs else {})
