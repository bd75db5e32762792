"""The gradient of a realignment's loss where the batch does not fit into memory: gradient caching.

A contrastive loss compares all sentences of a batch, so gradients of parts do not add up to its own. Gao et al. 2021
("Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", section 3.1): vectors without a graph; the
loss, and its gradient with respect to them; each part once more, with a graph and with the random numbers that it had,
which carries its share of that gradient on to the weights. It costs a second forward pass.
"""

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from trainables.realignment.batches import Pair
from trainables.realignment.loss import Encoded, PairLoss
from trainables.stepping.devices import autocast
from trainables.stepping.parts import in_parts
from trainables.stepping.seeding import RandomState


def backward_in_parts(
    loss_of: PairLoss, model: PreTrainedModel, pairs: Sequence[Pair], size: int, precision: str, weight: float = 1.0
) -> torch.Tensor:
    """Adds the gradient of `weight` times the loss of `pairs` to all parameters; returns the loss, without a graph.

    Args:
        size: sentence pairs whose two sentences go through the model at a time.
    """
    english, other = ([pair[side] for pair in pairs] for side in (0, 1))
    parts = in_parts(english + other, 2 * size)
    states, encoded = list[RandomState](), list[Encoded]()
    with torch.no_grad(), autocast(precision, model.device):
        for part in parts:
            states.append(RandomState.now())
            encoded.append(loss_of.encode(model, part))
    whole = Encoded.joined(encoded)
    vectors_NH = whole.vectors_NH.requires_grad_()
    with autocast(precision, model.device):
        loss = loss_of.compare(whole, english)
    (weight * loss).backward()
    assert vectors_NH.grad is not None
    after = RandomState.now()
    gradients = vectors_NH.grad.split([len(one.vectors_NH) for one in encoded])
    for part, state, gradient in zip(parts, states, gradients, strict=True):
        state.restore()
        with autocast(precision, model.device):
            again_NH = loss_of.encode(model, part).vectors_NH
        if again_NH.requires_grad:  # not all of the encoder is frozen
            again_NH.backward(gradient)
    after.restore()
    return loss.detach()
