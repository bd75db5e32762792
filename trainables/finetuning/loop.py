"""Fine-tuning on English: Adam with linear warm-up and decay; what stands after the last step is the result."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import torch
from torch import nn
from torch.nn import functional
from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerBase

from trainables.realignment.batches import Pair
from trainables.realignment.in_parts import backward_in_parts
from trainables.realignment.loss import PairLoss
from trainables.run_config import FinetuneConfig
from trainables.stepping.cuda_graphs import recorded_passes
from trainables.stepping.devices import autocast, batch_to_device
from trainables.stepping.occurring_rows import only_occurring_rows
from trainables.stepping.parts import by_length, in_parts, parts_identity
from trainables.stepping.progress import Metric, Progress
from trainables.stepping.readings import reading
from trainables.stepping.ready_rows import IDS, MASK, TYPES, ReadyRows, RowsError
from trainables.stepping.training import Training
from trainables.tasks.base import Task
from trainables.tasks.word_labels import IGNORED


@dataclass(frozen=True)
class RealignmentDuring:
    """What protocol "during" adds at every step: the weighted realignment loss of one batch.

    Attributes:
        loss_of: made by `make_loss` from the encoder inside the model.
        batches: at least as many as there are steps.
        weight: of the realignment loss beside the task's.
        micro_batch: sentence pairs at a time; None = all.
    """

    encoder: PreTrainedModel
    loss_of: PairLoss
    batches: list[list[Pair]]
    weight: float
    micro_batch: int | None = None

    def backward(self, step: int, precision: str) -> torch.Tensor:
        """Adds the gradient of the weighted loss of a step's batch; returns the loss without its weight and graph."""
        pairs = self.batches[step]
        if self.micro_batch is not None and self.micro_batch < len(pairs):
            return backward_in_parts(self.loss_of, self.encoder, pairs, self.micro_batch, precision, self.weight)
        with autocast(precision, self.encoder.device):
            loss: torch.Tensor = self.loss_of(self.encoder, pairs)
        (self.weight * loss).backward()
        return loss.detach()


def rate_factor(step: int, n_steps: int, warmup_frac: float) -> float:
    """Share of the peak learning rate at optimiser step `step` (from 0): up linearly, then down linearly to 0 at
    `n_steps`.
    """
    n_warmup = warmup_frac * n_steps
    if step < n_warmup:
        return (step + 1) / (n_warmup + 1)
    return max(0.0, (n_steps - step) / max(1.0, n_steps - n_warmup))


def finetune(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    task: Task,
    examples: Sequence[Any],
    config: FinetuneConfig,
    precision: str,
    generator: numpy.random.Generator,
    training: Training | None = None,
    during: RealignmentDuring | None = None,
    cuda_graphs: bool = False,
    length_groups: int = 1,
) -> Iterator[Progress]:
    """Trains `model` in place, yielding after every step, and now and then before the first one. Examples are
    reshuffled every epoch.

    Adam(0.9, 0.999, eps 1e-8) without weight decay or clipping, as in section 1 of the paper's protocol; of the word
    embeddings it moves the rows that are read, as no other would move.

    Args:
        model: made by `task.new_model`.
        generator: decides the order of the examples, before the first step.
        training: where to go on from, and what a checkpoint is taken of; None = from the start.
        during: realignment along with fine-tuning; None = none.
        cuda_graphs: replay the passes of the task's loss on a GPU, if its model is one of `tasks.heads`.
        length_groups: see `RunConfig`; of the task's examples, `during.loss_of` has its own.
    """
    training = training or Training()
    device = next(model.parameters()).device
    order = reading_order(len(examples), config.n_steps * config.batch_size, generator).tolist()
    read = yield from _prepare(tokenizer, task, examples, order, config, during, training.step)
    modules = {"model": model} | ({"objective": during.loss_of} if during else {})
    whole = not parts_identity(config.micro_batch, config.batch_size)  # recordings take memory that is lacking
    with only_occurring_rows(model, read.ids) as rows, recorded_passes(model, cuda_graphs and whole):
        trained = [p for module in modules.values() for p in module.parameters() if p.requires_grad]
        optimiser = torch.optim.Adam(trained, lr=config.learning_rate, fused=True)
        training.begin(rows=rows, optimiser=optimiser, **modules)
        model.train()
        for step in range(training.step, config.n_steps):
            chosen = order[step * config.batch_size : (step + 1) * config.batch_size]
            optimiser.zero_grad(set_to_none=True)
            groups = [[chosen[i] for i in group] for group in by_length(read.lengths_of(chosen), length_groups)]
            parts = [read.batch_of(part) for group in groups for part in in_parts(group, config.micro_batch)]
            loss = _backward(model, [batch_to_device(part, device) for part in parts], precision)
            metrics: dict[str, Metric] = {"loss": reading(loss)}
            if during:  # a backward pass of its own adds the same gradient and holds one graph at a time
                metrics["realign_loss"] = reading(during.backward(step, precision))
            rate = metrics["learning_rate"] = config.learning_rate * rate_factor(
                step, config.n_steps, config.warmup_frac
            )
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.step()
            training.step = step + 1
            yield Progress(training.step, config.n_steps, metrics)


def _backward(model: nn.Module, parts: list[BatchEncoding], precision: str) -> torch.Tensor:
    """Adds the gradient of the mean loss over all labels of the parts; returns that loss, without a graph."""
    device = parts[0]["labels"].device
    n_labels = sum((part["labels"] != IGNORED).sum() for part in parts) if len(parts) > 1 else None
    losses = list[torch.Tensor]()
    for part in parts:
        with autocast(precision, device):
            logits = model(part)
        loss = functional.cross_entropy(
            logits.float().flatten(0, -2), part["labels"].flatten(), ignore_index=IGNORED,
            reduction="mean" if n_labels is None else "sum",
        )  # fmt: skip
        if n_labels is not None:
            loss = loss / n_labels
        loss.backward()
        losses.append(loss.detach())
        del logits, loss  # a graph that is still held takes memory, and would be in the way of a recording
    return losses[0] if len(losses) == 1 else torch.stack(losses).sum()


@dataclass(frozen=True)
class _Read:
    """What a fine-tuning reads.

    Attributes:
        batch_of: indices of examples -> their batch.
        lengths_of: indices of examples -> how long each is.
        ids: all pieces of all batches; None = not known.
    """

    batch_of: Callable[[list[int]], BatchEncoding]
    lengths_of: Callable[[list[int]], list[int]]
    ids: torch.Tensor | None


def _prepare(
    tokenizer: PreTrainedTokenizerBase,
    task: Task,
    examples: Sequence[Any],
    order: list[int],
    config: FinetuneConfig,
    during: RealignmentDuring | None,
    n_done: int,
) -> Generator[Progress, None, _Read]:
    """Collates every example that `order` names, once, and tokenizes the sentence pairs, yielding now and then.

    Where a plug-in's batches are no rows, each is collated as it is asked for.
    """

    def collate(some: list[Any]) -> BatchEncoding:
        return task.collate(tokenizer, some, task.labels, config.max_length)

    fillers = {IDS: tokenizer.pad_token_id, MASK: 0, TYPES: tokenizer.pad_token_type_id, "labels": IGNORED}
    rows: ReadyRows[int] = ReadyRows(collate, fillers)
    waiting, is_known = Progress(n_done, config.n_steps), True
    try:
        for _ in rows.add({i: examples[i] for i in order}):
            yield waiting
    except RowsError:
        is_known = False
    if during:
        for _ in during.loss_of.prepare(during.batches[: config.n_steps]):
            yield waiting
    if not is_known:
        return _Read(lambda chosen: collate([examples[i] for i in chosen]), lambda chosen: [0] * len(chosen), None)
    ids = torch.cat([rows.ids(), during.loss_of.texts.ids()]).unique() if during else rows.ids()
    return _Read(rows.batch, rows.lengths, ids)


def reading_order(n_examples: int, n_wanted: int, generator: numpy.random.Generator) -> numpy.ndarray:
    """Indices of examples, every one once an epoch, each epoch in a new order. Shape: [n_wanted].

    Raises:
        ValueError: there are no examples.
    """
    if n_examples < 1:
        raise ValueError("Fine-tuning must have at least one example, but the training set is empty. Check the data.")
    n_epochs = -(-n_wanted // n_examples)
    epochs = [generator.permutation(n_examples) for _ in range(max(1, n_epochs))]
    return numpy.concatenate(epochs)[:n_wanted]
