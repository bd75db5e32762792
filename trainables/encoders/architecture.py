"""Where an encoder of whatever family keeps its blocks, its embeddings and its positions.

Found by what the modules are, not by the family's name: blocks are the one outermost `ModuleList` with as many entries
as the configuration has layers (`encoder.layer` of BERT, `layers` of ModernBERT, `encoder.block` of T5).
"""

import torch
from torch import nn
from transformers import PreTrainedModel

from trainables.encoders.base import EncoderError


def blocks(model: PreTrainedModel) -> list[nn.Module] | None:
    """The blocks from the embeddings up; None where they cannot be told (ALBERT shares one block among all layers)."""
    place = _place_of_blocks(model)
    return None if place is None else list(model.get_submodule(place).children())


def keep_first_layers(model: PreTrainedModel, n_layers: int) -> None:
    """Drops all blocks after the first `n_layers`, in place. A normalisation behind the last block stays behind it.

    Raises:
        EncoderError: the encoder has fewer blocks, or keeps them where we do not know.
    """
    place = _place_of_blocks(model)
    if place is None:
        raise EncoderError(
            f"`encoder.n_layers` needs an encoder with one list of blocks, but {type(model).__name__} has none. Leave "
            "it out."
        )
    layers = model.get_submodule(place)
    assert isinstance(layers, nn.ModuleList)
    if not 1 <= n_layers <= len(layers):
        raise EncoderError(
            f"`encoder.n_layers` must be between 1 and {len(layers)} (blocks of the encoder), but is {n_layers}."
        )
    parent, _, name = place.rpartition(".")
    setattr(model.get_submodule(parent), name, layers[:n_layers])
    model.config.num_hidden_layers = n_layers
    if getattr(model.config, "layer_types", None):  # one entry a block: local or global attention
        model.config.layer_types = model.config.layer_types[:n_layers]


def embeddings(model: PreTrainedModel) -> nn.Module:
    """Word, position and type embeddings with their normalisation; where there is no such part, the word embeddings."""
    found = getattr(model, "embeddings", None)
    return found if isinstance(found, nn.Module) else word_embeddings(model)


def word_embeddings(model: PreTrainedModel) -> nn.Embedding:
    """One row a piece of the vocabulary.

    Raises:
        EncoderError: there are none (CANINE reads characters by hashing).
    """
    try:
        found = model.get_input_embeddings()
    except NotImplementedError:
        found = None
    if not isinstance(found, nn.Embedding):
        raise EncoderError(
            f"An encoder must have word embeddings, one row a piece, but {type(model).__name__} has none. Choose "
            "another encoder."
        )
    return found


def freeze_word_embeddings(model: PreTrainedModel) -> None:
    """No gradient for the word embeddings, in any later stage."""
    word_embeddings(model).weight.requires_grad_(False)


def n_positions(model: PreTrainedModel) -> int | None:
    """The longest input in sub-words; None = no limit of the encoder's own (T5 counts distances in buckets).

    Where positions are a table with a padding row (RoBERTa's family), they are counted from behind that row.
    """
    table = getattr(embeddings(model), "position_embeddings", None)
    if isinstance(table, nn.Embedding):
        return table.num_embeddings - (0 if table.padding_idx is None else table.padding_idx + 1)
    limit = getattr(model.config, "max_position_embeddings", None)
    return limit if isinstance(limit, int) and limit > 0 else None


def own_storage(model: PreTrainedModel) -> None:
    """Gives every tensor memory of its own, contiguous, in place; tensors that are tied on purpose stay tied.

    What transformers cuts out of one fused tensor as it loads (query, key and value of GTE, nomic, jina) would
    otherwise be views of it, which safetensors refuses to write.
    """
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.data = tensor.data.clone(memory_format=torch.contiguous_format)


def _place_of_blocks(model: PreTrainedModel) -> str | None:
    lists = [(name, module) for name, module in model.named_modules() if isinstance(module, nn.ModuleList)]
    fitting = [name for name, module in lists if len(module) == model.config.num_hidden_layers]
    outer = [name for name in fitting if not any(name.startswith(f"{other}.") for other, _ in lists)]
    return outer[0] if len(outer) == 1 else None
