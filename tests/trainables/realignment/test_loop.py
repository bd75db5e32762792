"""Realignment of a tiny encoder: the loss falls, the vectors move together, the seed decides everything."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from trainables.encoders.base import Encoder
from trainables.evaluation.retrieval import count_retrieved
from trainables.realignment import loop
from trainables.realignment.loop import realign
from trainables.realignment.loss import PairLoss
from trainables.realignment.pooling import sentence_vectors, tokenize
from trainables.run_config import RealignConfig
from trainables.stepping.seeding import seed_stage

PAIRS = [("ab dog", "zy"), ("cd cat", "xw"), ("ef dog dog", "vu"), ("gh", "ts cat")]
CONFIG = RealignConfig(learning_rate=3e-3, projection_size=8)


def train(encoder: Encoder, seed: int = 0, n_steps: int = 40) -> list[float]:
    seed_stage(seed, "realign")
    steps = realign(encoder, PairLoss(encoder, CONFIG), [PAIRS] * n_steps, CONFIG, precision="fp32")
    return [progress.metrics["loss"] for progress in steps]


def retrieved(encoder: Encoder) -> int:
    encoder.model.eval()
    with torch.no_grad():
        english, other = (
            sentence_vectors(encoder.model, tokenize(encoder.tokenizer, list(side), 16, "mean"), -1)
            for side in zip(*PAIRS, strict=True)
        )
    return count_retrieved(english, other)


def test_the_loss_falls_and_translations_are_found(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    losses = train(encoder)
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5])
    assert retrieved(encoder) == 2 * len(PAIRS)


def test_same_seed_same_weights(make_encoder: Callable[..., Encoder]) -> None:
    one, two, three = make_encoder(), make_encoder(), make_encoder()
    assert train(one, seed=1, n_steps=3) == train(two, seed=1, n_steps=3) != train(three, seed=2, n_steps=3)
    for a, b in zip(one.model.parameters(), two.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_adam_at_a_constant_rate_is_the_references(
    make_encoder: Callable[..., Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 1 of the protocol: no schedule, no warm-up, no decay."""
    settings: list[dict[str, Any]] = []

    class Noting(torch.optim.Adam):
        def step(self, *arguments: Any) -> None:
            settings.extend({key: group[key] for key in wanted} for group in self.param_groups)
            super().step(*arguments)

    wanted = {"lr": CONFIG.learning_rate, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False}
    monkeypatch.setattr(loop.torch.optim, "Adam", Noting)
    train(make_encoder(), n_steps=4)
    assert settings == [wanted] * 4


def test_frozen_parameters_stay(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    embeddings = encoder.model.get_input_embeddings().weight
    embeddings.requires_grad_(False)
    before = embeddings.clone()
    train(encoder, n_steps=2)
    assert torch.equal(embeddings, before)
