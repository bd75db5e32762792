"""Freezing: exactly the named parameters stay, and afterwards everything is as it was."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from trainables.encoders.architecture import freeze_word_embeddings
from trainables.encoders.base import Encoder
from trainables.realignment.freezing import frozen
from trainables.realignment.loss import PairLoss
from trainables.run_config import RealignConfig


@pytest.mark.parametrize(
    ("settings", "prefixes"),
    [
        ({}, ()),
        ({"freeze": "lower", "n_frozen_blocks": 1}, ("encoder.layer.0.",)),
        ({"freeze": "lower", "n_frozen_blocks": 2}, ("encoder.layer.0.", "encoder.layer.1.")),
        ({"freeze": "upper", "n_frozen_blocks": 1}, ("encoder.layer.2.",)),
        ({"freeze": "upper", "n_frozen_blocks": 3}, ("encoder.layer.",)),
        ({"freeze_embeddings": True}, ("embeddings.",)),
        (
            {"freeze": "lower", "n_frozen_blocks": 2, "freeze_embeddings": True},
            ("embeddings.", "encoder.layer.0.", "encoder.layer.1."),
        ),
    ],
)
def test_exactly_the_named_parameters_stay(
    make_encoder: Callable[..., Encoder], settings: dict[str, Any], prefixes: tuple[str, ...]
) -> None:
    encoder = make_encoder(n_layers=3)
    config = RealignConfig(projection_size=4, max_length=16, **settings)
    before = {name: parameter.detach().clone() for name, parameter in encoder.model.named_parameters()}
    with frozen(encoder.model, config):
        loss = PairLoss(encoder, config)
        trained = [p for module in (encoder.model, loss) for p in module.parameters() if p.requires_grad]
        optimiser = torch.optim.Adam(trained, lr=0.01)
        encoder.model.train()
        for _ in range(2):
            optimiser.zero_grad()
            loss(encoder.model, [("ab dog", "zy"), ("cd cat", "xw"), ("ef", "vu")]).backward()
            optimiser.step()
    stayed = {name for name, p in encoder.model.named_parameters() if torch.equal(p, before[name])}
    wanted = {name for name in before if name.startswith(prefixes)} if prefixes else set()
    if "embeddings." not in prefixes:  # the pad row and rows of absent pieces get no gradient, but the rest does
        assert "embeddings.word_embeddings.weight" not in stayed
    # A constant added to all keys does not change attention (softmax), so a key's bias barely moves in any case.
    assert {name for name in stayed - wanted if not name.endswith("key.bias")} == set()
    assert wanted <= stayed
    assert all(parameter.requires_grad for parameter in encoder.model.parameters())


def test_what_was_frozen_before_stays_frozen_afterwards(make_encoder: Callable[..., Encoder]) -> None:
    model = make_encoder().model
    freeze_word_embeddings(model)
    with pytest.raises(RuntimeError, match="stop"):
        with frozen(model, RealignConfig(freeze="upper", n_frozen_blocks=1, freeze_embeddings=True)):
            assert not model.embeddings.LayerNorm.weight.requires_grad
            raise RuntimeError("stop")
    still = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
    assert still == {"embeddings.word_embeddings.weight"}


@pytest.mark.parametrize("n_blocks", [0, 3])
def test_a_number_of_blocks_that_does_not_fit_is_refused(make_encoder: Callable[..., Encoder], n_blocks: int) -> None:
    config = RealignConfig(freeze="lower", n_frozen_blocks=n_blocks)
    with pytest.raises(ValueError, match=f"between 1 and 2 .blocks of this encoder., but is {n_blocks}"):
        with frozen(make_encoder().model, config):
            pass


def test_nothing_can_be_frozen_during_fine_tuning(make_encoder: Callable[..., Encoder]) -> None:
    config = RealignConfig(protocol="during", freeze="lower", n_frozen_blocks=1)
    with pytest.raises(ValueError, match="`realign.protocol` is 'during'"):
        PairLoss(make_encoder(), config)
