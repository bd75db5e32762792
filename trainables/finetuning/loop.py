"""Fine-tuning on English: Adam with linear warm-up and decay; what stands after the last step is the result."""

from collections.abc import Iterator

import numpy
import torch
from torch.nn import functional
from transformers import PreTrainedTokenizerBase

from trainables.data_folder import TaggedSentence
from trainables.devices import autocast
from trainables.finetuning.heads import WordTagger
from trainables.finetuning.word_labels import IGNORED, tokenize_tagged
from trainables.progress import Progress
from trainables.run_config import FinetuneConfig


def rate_factor(step: int, n_steps: int, warmup_frac: float) -> float:
    """Share of the peak learning rate at optimiser step `step` (from 0): up linearly, then down linearly to 0 at
    `n_steps`.
    """
    n_warmup = warmup_frac * n_steps
    if step < n_warmup:
        return (step + 1) / (n_warmup + 1)
    return max(0.0, (n_steps - step) / max(1.0, n_steps - n_warmup))


def finetune(
    tagger: WordTagger,
    tokenizer: PreTrainedTokenizerBase,
    sentences: list[TaggedSentence],
    labels: tuple[str, ...],
    config: FinetuneConfig,
    precision: str,
    generator: numpy.random.Generator,
) -> Iterator[Progress]:
    """Trains `tagger` in place, yielding after every step. Sentences are reshuffled every epoch.

    Adam(0.9, 0.999, eps 1e-8) without weight decay or clipping, as in section 1 of the paper's protocol.
    """
    device = tagger.classifier.weight.device
    optimiser = torch.optim.Adam([p for p in tagger.parameters() if p.requires_grad], lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: rate_factor(s, config.n_steps, config.warmup_frac)
    )
    tagger.train()
    order: list[int] = []
    for step in range(1, config.n_steps + 1):
        if len(order) < config.batch_size:
            order += generator.permutation(len(sentences)).tolist()
        chosen, order = order[: config.batch_size], order[config.batch_size :]
        batch = tokenize_tagged(tokenizer, [sentences[i] for i in chosen], labels, config.max_length).to(device)
        with autocast(precision, device):
            logits_BTL = tagger(batch)
        loss = functional.cross_entropy(
            logits_BTL.float().flatten(0, 1), batch["labels"].flatten(), ignore_index=IGNORED
        )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        yield Progress(step, config.n_steps, {"loss": loss.item()})
