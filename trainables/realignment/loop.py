"""Realignment before fine-tuning: constant-rate Adam on the realignment loss over batches of sentence pairs.

The projection head is thrown away.
"""

from collections.abc import Iterator

import torch

from trainables.encoders.base import Encoder
from trainables.realignment.batches import Pair
from trainables.realignment.freezing import frozen
from trainables.realignment.in_parts import backward_in_parts
from trainables.realignment.loss import PairLoss
from trainables.run_config import RealignConfig
from trainables.stepping.cuda_graphs import recorded_passes
from trainables.stepping.devices import autocast
from trainables.stepping.occurring_rows import only_occurring_rows
from trainables.stepping.parts import parts_identity
from trainables.stepping.progress import Progress
from trainables.stepping.readings import reading
from trainables.stepping.training import Training


def realign(
    encoder: Encoder,
    loss_of: PairLoss,
    batches: list[list[Pair]],
    config: RealignConfig,
    precision: str,
    training: Training | None = None,
    cuda_graphs: bool = False,
) -> Iterator[Progress]:
    """Trains `encoder.model` in place, yielding after every step, and now and then before the first one. Dropout is
    active; both sides get gradients.

    Adam(0.9, 0.999, eps 1e-8) without weight decay, clipping or schedule, as in section 1 of the paper's protocol; of
    the word embeddings it moves the rows that occur in `batches`, as no other would move.

    Raises:
        ValueError: a word-level objective met no aligned word at all.

    Args:
        loss_of: made by `make_loss` from this encoder.
        training: where to go on from, and what a checkpoint is taken of; None = from the start.
        cuda_graphs: replay the encoder's passes on a GPU.
    """
    training = training or Training()
    for _ in loss_of.prepare(batches):
        yield Progress(training.step, len(batches))
    began_later = training.step > 0  # links before the restart are not counted
    model = encoder.model
    # Recorded passes draw dropout for padding, too: a part would meet other masks in its second pass.
    whole = not parts_identity(config.micro_batch, config.batch_size)
    with (
        frozen(model, config),
        only_occurring_rows(model, loss_of.texts.ids()) as rows,
        recorded_passes(model, cuda_graphs and whole),
    ):
        trained = [p for module in (model, loss_of) for p in module.parameters() if p.requires_grad]
        optimiser = torch.optim.Adam(trained, lr=config.learning_rate, fused=True)
        training.begin(rows=rows, model=model, objective=loss_of, optimiser=optimiser)
        model.train()
        for step in range(training.step, len(batches)):
            optimiser.zero_grad(set_to_none=True)
            if whole or config.micro_batch is None:
                with autocast(precision, model.device):
                    loss = loss_of(model, batches[step])
                loss.backward()
            else:
                loss = backward_in_parts(loss_of, model, batches[step], config.micro_batch, precision)
            optimiser.step()
            training.step = step + 1
            metrics = {"loss": reading(loss)}
            del loss  # a graph that is still held would be in the way of a recording
            yield Progress(training.step, len(batches), metrics)
    if loss_of.aligner is not None and batches and not loss_of.n_links and not began_later:
        raise ValueError(
            "A word-level objective needs word alignments, but not one word of the sentence pairs was aligned, so that "
            "nothing was trained. Look at `realign.alignments` and its files."
        )
