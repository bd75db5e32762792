"""Masked-language-model training of a small BERT (Devlin et al. 2019, section 3.1, without next-sentence prediction).

What makes it affordable on a CPU: batches of similar length, no dropout, tied embeddings, and a softmax on the masked
positions only. A checkpoint in a working folder lets a killed training go on and end with exactly the same weights.
"""

import itertools
import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy
import torch
from tqdm import tqdm
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from trainables.pretraining.batches import EncodedCorpus, MaskedBatch, epoch_batches, masked_batch
from trainables.pretraining.tokenizer import SPECIAL_TOKENS
from trainables.run_config import PretrainConfig
from trainables.stepping.finite import DivergedError, check_weights
from trainables.stepping.seeding import seed_stage
from trainables.stepping.training import StateError, read_state, write_state

CHECKPOINT = "checkpoint.pt"
BETAS, EPSILON, WEIGHT_DECAY, MAX_GRADIENT_NORM = (0.9, 0.98), 1e-6, 0.01, 1.0
LOSS_WINDOW = 50  # steps per point of the saved loss curve

logger = logging.getLogger(__name__)


@dataclass
class Training:
    """Where a training stands.

    Attributes:
        step: optimiser steps done.
        n_tokens: sub-words read, special ones included, padding not.
        losses: mean masked loss (nats) of every LOSS_WINDOW steps.
        window: losses of the steps since.
        seconds: spent, over all attempts.
        first_step_seconds: of them, in the first step, which also makes the optimiser's moments.
    """

    step: int = 0
    n_tokens: int = 0
    losses: list[float] = field(default_factory=list)
    window: list[float] = field(default_factory=list)
    seconds: float = 0.0
    first_step_seconds: float = 0.0


def new_model(config: PretrainConfig, tokenizer: PreTrainedTokenizerFast) -> BertForMaskedLM:
    """A randomly initialised BERT of this size, without dropout: one pass over the data does not overfit."""
    seed_stage(config.seed, "pretraining/initialisation")
    return BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=config.hidden_size,
            num_hidden_layers=config.n_layers,
            num_attention_heads=config.n_heads,
            intermediate_size=4 * config.hidden_size,
            max_position_embeddings=config.max_length,
            type_vocab_size=2,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            pad_token_id=tokenizer.pad_token_id,
            tie_word_embeddings=True,
        )
    )


def train(
    model: BertForMaskedLM,
    corpus: EncodedCorpus,
    tokenizer: PreTrainedTokenizerFast,
    config: PretrainConfig,
    work: Path,
    checkpoint_s: float = 120.0,
    device: torch.device | str = "cpu",
) -> Training:
    """Trains `model` in place for `config.n_steps` steps, from the checkpoint in `work` where there is one.

    Raises:
        DivergedError: a loss or a weight is not finite.

    Args:
        work: folder of the checkpoint; kept up to date every `checkpoint_s` seconds.
        checkpoint_s: 0 = after every step.
    """
    model.to(device).train()
    optimizer = _optimizer(model, config)
    training = _resume(work, model, optimizer)
    order = itertools.islice(_batches(corpus, config), training.step, config.n_steps)
    bar = tqdm(
        order, "pre-training", total=config.n_steps, initial=training.step, unit=" steps", disable=None, mininterval=1
    )
    last_saved = started = time.monotonic()
    for rows in bar:
        batch = masked_batch(
            corpus, rows, training.step, config.mask_frac, tokenizer.mask_token_id, tokenizer.pad_token_id,
            len(SPECIAL_TOKENS), len(tokenizer), config.seed,
        )  # fmt: skip
        loss = _optimise(model, optimizer, batch, _rate(training.step, config), config.precision, device)
        _note(training, loss, int(batch.attention_mask.sum()))
        now = time.monotonic()
        training.seconds, started = training.seconds + now - started, now
        training.first_step_seconds = training.first_step_seconds or training.seconds
        bar.set_postfix(loss=f"{loss:.2f}", subwords_per_s=round(training.n_tokens / training.seconds), refresh=False)
        if now - last_saved >= checkpoint_s and training.step < config.n_steps:
            _save(work, model, optimizer, training)
            last_saved = time.monotonic()
    check_weights("pretrain", model)
    model.eval()
    return training


def masked_loss(model: BertForMaskedLM, batch: MaskedBatch) -> torch.Tensor:
    """Mean cross-entropy in nats over the masked positions; the softmax is computed there and nowhere else."""
    hidden_BTH = model.bert(input_ids=batch.input_ids, attention_mask=batch.attention_mask).last_hidden_state
    logits_MV = model.cls(hidden_BTH.flatten(0, 1)[batch.positions])
    return torch.nn.functional.cross_entropy(logits_MV.float(), batch.targets)


def _optimise(
    model: BertForMaskedLM, optimizer: torch.optim.Optimizer, batch: MaskedBatch, rate: float, precision: str,
    device: torch.device | str,
) -> float:  # fmt: skip
    batch = MaskedBatch(*(getattr(batch, name).to(device) for name in MaskedBatch.__annotations__))
    for group in optimizer.param_groups:
        group["lr"] = rate
    with torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=precision == "bf16"):
        loss = masked_loss(model, batch)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_GRADIENT_NORM)
    optimizer.step()
    value = float(loss.detach())
    if not math.isfinite(value):
        raise DivergedError(
            f"The pre-training loss must stay finite, but is {value}. Lower `encoder.pretrain.learning_rate`."
        )
    return value


def _optimizer(model: BertForMaskedLM, config: PretrainConfig) -> torch.optim.Optimizer:
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]  # biases and layer norms
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=BETAS, eps=EPSILON, fused=True)


def _rate(step: int, config: PretrainConfig) -> float:
    """Linear warm-up over `warmup_frac` of the steps, then linear decay to zero."""
    n_warmup = max(1, round(config.warmup_frac * config.n_steps))
    return config.learning_rate * min(
        (step + 1) / n_warmup, (config.n_steps - step) / max(1, config.n_steps - n_warmup)
    )


def _batches(corpus: EncodedCorpus, config: PretrainConfig) -> Iterator[numpy.ndarray]:
    for epoch in itertools.count():
        yield from epoch_batches(corpus, epoch, config.n_tokens_per_batch, config.smoothing, config.seed)


def _note(training: Training, loss: float, n_tokens: int) -> None:
    training.step += 1
    training.n_tokens += n_tokens
    training.window.append(loss)
    if len(training.window) == LOSS_WINDOW:
        training.losses.append(round(sum(training.window) / LOSS_WINDOW, 4))
        training.window.clear()


def _save(work: Path, model: BertForMaskedLM, optimizer: torch.optim.Optimizer, training: Training) -> None:
    work.mkdir(parents=True, exist_ok=True)
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "training": vars(training)}
    write_state(state, work / CHECKPOINT)
    logger.info(
        "Pre-training: step %d, %d sub-words, loss %.3f, %d s.",
        training.step, training.n_tokens, training.losses[-1] if training.losses else math.nan, training.seconds,
    )  # fmt: skip


def _resume(work: Path, model: BertForMaskedLM, optimizer: torch.optim.Optimizer) -> Training:
    path = work / CHECKPOINT
    if not path.exists():
        return Training()
    try:
        state = read_state(path)
        training = Training(**state["training"])
    except (StateError, KeyError, TypeError) as error:
        logger.warning("%s Pre-training starts again.", error)
        return Training()
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    logger.info("Pre-training goes on from step %d.", training.step)
    return training
