"""Occurring rows: a stage trains the embedding rows of the pieces that it reads, and leaves all others alone.

Exact: a row that occurs in no batch never gets a gradient, and under Adam without weight decay a row whose gradient
has always been 0 stays where it is, bit for bit. So the stage holds a matrix of the rows that occur, in which gradient,
moments and checkpoints are as small as the text, and puts the rows back at its end. With weight decay, or another
optimiser that moves what has no gradient, this would be another training: do not use it there. The norm of all
gradients, by which some clip, is the same.
"""

import contextlib
from collections.abc import Iterator
from typing import Any, TypeGuard

import torch
from torch import nn
from torch.nn import functional
from transformers import PreTrainedModel

from trainables.stepping.training import StateError

LANES = 16  # floats that the widest CPUs compute at once: a tail beyond them is computed by other instructions


class OccurringRows(nn.Embedding):
    """A lookup like the one it stands for, whose parameter holds some of the rows.

    In training mode, pieces without a row here are an IndexError; in eval mode (the probe reads other sentences) they
    are looked up in the whole matrix.

    Args:
        whole: gives the rows; it is not a part of this module.
        ids: ascending; `padding_idx` of `whole` is one of them.
    """

    def __init__(self, whole: nn.Embedding, ids: torch.Tensor) -> None:
        matrix_VH = whole.weight.detach()
        device = matrix_VH.device
        place_of_V = torch.full((len(matrix_VH),), -1, dtype=torch.long, device=device)
        place_of_V[ids.to(device)] = torch.arange(len(ids), device=device)
        padding = None if whole.padding_idx is None else int(place_of_V[whole.padding_idx])
        super().__init__(len(ids), matrix_VH.shape[1], padding_idx=padding, _weight=matrix_VH[ids.to(device)])
        self.ids, self.place_of_V, self.matrix_VH = ids, place_of_V, matrix_VH
        self.train(whole.training)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Shape: (...) -> (..., H)."""
        places = self.place_of_V[input]
        if self.training:
            return functional.embedding(places, self.weight, self.padding_idx)
        here = functional.embedding(places.clamp(min=0), self.weight, self.padding_idx)
        return torch.where((places >= 0).unsqueeze(-1), here, functional.embedding(input, self.matrix_VH))

    @torch.no_grad()
    def put_back(self) -> None:
        """Writes the rows into the whole matrix."""
        self.matrix_VH[self.ids.to(self.matrix_VH.device)] = self.weight


class Rows:
    """Which rows a training holds, as a part of its state: one that holds others cannot go on from it.

    ids: None = all.
    """

    def __init__(self, ids: torch.Tensor | None) -> None:
        self.ids = ids

    def state_dict(self) -> dict[str, Any]:
        """The ids."""
        return {"ids": self.ids}

    def load_state_dict(self, state_dict: Any) -> None:
        """Changes nothing.

        Raises:
            StateError: the saved training held other rows.
        """
        saved, own = state_dict["ids"], self.ids
        same = saved is own if saved is None or own is None else torch.equal(saved, own)
        if not same:
            raise StateError(
                "A saved training must have read the same pieces, but this one has other rows of the embedding matrix: "
                "the tokenizer or the data have changed. Delete the checkpoint to train anew."
            )


@contextlib.contextmanager
def only_occurring_rows(model: nn.Module, ids: torch.Tensor | None) -> Iterator[Rows]:
    """Inside, the word embeddings of the encoder in `model` are a parameter of the rows of `ids` alone.

    Build the optimiser inside, call `model.train()` before a step, and leave by the end or by an exception: the rows
    are put back either way. Frozen embeddings, those that another module uses too, and those that do more than look
    rows up are left as they are.

    Args:
        ids: all pieces that are read, ascending, padding too. Shape: [n]. None = not known: leave everything as it is.
    """
    lookups = [] if ids is None else _replaceable(model)
    if ids is None or not lookups:
        yield Rows(None)
        return
    padding = lookups[0].padding_idx
    ids = torch.tensor(sorted({*ids.tolist(), *([] if padding is None else [padding])}), dtype=torch.long)
    rows = OccurringRows(lookups[0], ids)
    places = [
        (parent, name, child)
        for parent in model.modules()
        for name, child in parent._modules.items()
        if any(child is lookup for lookup in lookups)
    ]
    try:
        for parent, name, _ in places:
            setattr(parent, name, rows)
        yield Rows(ids)
    finally:
        for parent, name, lookup in places:
            setattr(parent, name, lookup)
        for lookup in lookups:
            lookup.train(rows.training)
        rows.put_back()


def _replaceable(model: nn.Module) -> list[nn.Embedding]:
    """The word embeddings if they are a plain lookup that is trained; mT5 has them under two names. Else none."""
    encoder = next((module for module in model.modules() if isinstance(module, PreTrainedModel)), None)
    if encoder is None:
        return []
    try:
        weight = encoder.get_input_embeddings().weight
    except (NotImplementedError, AttributeError):  # CANINE hashes characters
        return []
    owners = [module for module in model.modules() if any(own is weight for own in module._parameters.values())]
    found = [owner for owner in owners if _is_plain(owner)]
    same = len({owner.padding_idx for owner in found}) == 1
    return found if same and len(found) == len(owners) and weight.requires_grad else []


def _is_plain(module: nn.Module) -> TypeGuard[nn.Embedding]:
    """A subclass may scale what it has looked up; hooks may look at the weights."""
    return (
        type(module) is nn.Embedding
        and not (module._forward_hooks or module._forward_pre_hooks or module._backward_hooks)
        and not (module.max_norm is not None or module.scale_grad_by_freq or module.sparse)
        and module.embedding_dim % LANES == 0
    )
