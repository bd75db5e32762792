"""Fine-tuning in micro-batches or groups of like length: the mean over all labels, however they fall into parts."""

import dataclasses
from collections.abc import Callable

import numpy
import torch
from torch import nn

from trainables.data.labelled_files import TaggedSentence
from trainables.encoders.base import Encoder
from trainables.finetuning.loop import RealignmentDuring, finetune
from trainables.realignment.loss import PairLoss
from trainables.run_config import FinetuneConfig, RealignConfig
from trainables.tasks import TASKS

POS = TASKS["pos"]
WORDS = [("dog",), ("cat", "cd", "dog", "ab"), ("ab", "dog"), ("cd", "cat", "cat")]
SENTENCES = [TaggedSentence(words, ("NOUN", "VERB", "NOUN", "VERB")[: len(words)]) for words in WORDS]
PAIRS = [("ab dog", "zy"), ("cd cat", "xw"), ("dog", "vu")]
CONFIG = FinetuneConfig(n_steps=3, batch_size=4, learning_rate=0.01, warmup_frac=0.0)


def losses_of(
    make_encoder: Callable[..., Encoder], size: int | None, dropout: bool, groups: int = 1
) -> list[tuple[float, float]]:
    """(task's, realignment's) at each of three steps."""
    encoder = make_encoder()
    torch.manual_seed(3)
    tagger = POS.new_model(encoder.model, len(POS.labels))
    if not dropout:
        for module in tagger.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
    loss_of = PairLoss(encoder, RealignConfig(projection_size=8), length_groups=groups)
    during = RealignmentDuring(encoder.model, loss_of, [PAIRS] * 3, 0.1, size)
    config, generator = dataclasses.replace(CONFIG, micro_batch=size), numpy.random.default_rng(0)
    steps = finetune(
        tagger, encoder.tokenizer, POS, SENTENCES, config, "fp32", generator, during=during, length_groups=groups
    )
    return [(float(p.metrics["loss"]), float(p.metrics["realign_loss"])) for p in steps if p.metrics]


def test_losses_are_those_of_the_whole_batch(make_encoder: Callable[..., Encoder]) -> None:
    """A wrong gradient would show from the second step on; parts have one to seven labels."""
    whole = losses_of(make_encoder, None, dropout=False)
    assert len(whole) == 3 and whole[0] != whole[1]
    for size in (1, 3):
        torch.testing.assert_close(losses_of(make_encoder, size, dropout=False), whole, rtol=1e-4, atol=1e-5)
    for groups, size in ((2, None), (4, None), (2, 1)):
        grouped = losses_of(make_encoder, size, dropout=False, groups=groups)
        torch.testing.assert_close(grouped, whole, rtol=1e-4, atol=1e-5)


def test_a_micro_batch_that_holds_the_whole_batch_changes_no_digit(make_encoder: Callable[..., Encoder]) -> None:
    whole = losses_of(make_encoder, None, dropout=True)
    assert losses_of(make_encoder, 4, dropout=True) == whole != losses_of(make_encoder, 2, dropout=True)
