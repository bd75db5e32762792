"""Realignment: constant-rate Adam on the objective over batches of sentence pairs.

The projection head is thrown away.
"""

from collections.abc import Iterator

import torch

from trainables.devices import autocast
from trainables.encoders.base import Encoder
from trainables.progress import Progress
from trainables.realignment.batches import Pair
from trainables.realignment.objectives import OBJECTIVES
from trainables.realignment.pooling import sentence_vectors, tokenize
from trainables.run_config import RealignConfig


def realign(encoder: Encoder, batches: list[list[Pair]], config: RealignConfig, precision: str) -> Iterator[Progress]:
    """Trains `encoder.model` in place, yielding after every step. Dropout is active; both sides get gradients.

    Adam(0.9, 0.999, eps 1e-8) without weight decay, clipping or schedule, as in section 1 of the paper's protocol.
    """
    model, device = encoder.model, encoder.model.device
    objective = OBJECTIVES[config.objective](model.config.hidden_size, config.projection_size, config.temperature).to(
        device
    )
    trained = [p for module in (model, objective) for p in module.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=config.learning_rate)
    model.train()
    for step, pairs in enumerate(batches, start=1):
        texts = [english for english, _ in pairs] + [other for _, other in pairs]
        batch = tokenize(encoder.tokenizer, texts, config.max_length, config.pooling).to(device)
        with autocast(precision, device):
            english_BH, other_BH = sentence_vectors(model, batch, config.layer).chunk(2)
            loss = objective(english_BH, other_BH)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        yield Progress(step, len(batches), {"loss": loss.item()})
