"""The states of a lower layer, computed alone, are those of the whole pass."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from encoder_layouts import LAYOUTS
from torch import nn

from trainables.encoders.architecture import blocks
from trainables.encoders.base import Encoder
from trainables.encoders.layers import states_below
from trainables.encoders.loading import load_folder


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_family_gives_the_same_bits_and_stops_there(name: str, tmp_path: Path) -> None:
    LAYOUTS[name].write(tmp_path / "encoder")
    model, tokenizer = load_folder(tmp_path / "encoder")
    inputs = dict(tokenizer(["dog sees", "cat"], padding=True, return_tensors="pt"))
    found = blocks(model)
    assert found is not None
    with torch.no_grad():
        wanted = model(**inputs, output_hidden_states=True).hidden_states
        n_run: list[int] = []
        for i, block in enumerate(found):
            block.register_forward_pre_hook(lambda *_, i=i: n_run.append(i))
        for layer in range(len(wanted) - 1):
            n_run.clear()
            states = states_below(model, inputs, layer)
            assert states is not None and torch.equal(states, wanted[layer])
            assert n_run == list(range(max(1, layer)))  # before the first block its inputs are looked at
        assert states_below(model, inputs, len(wanted) - 1) is None


def without_dropout(encoder: Encoder) -> Encoder:
    for name in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
        setattr(encoder.model.config, name, 0.0)
    for module in encoder.model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return encoder


def test_gradients_are_those_of_the_whole_pass(make_encoder: Callable[..., Encoder]) -> None:
    gradients = []
    for alone in (True, False):
        encoder = without_dropout(make_encoder(n_layers=3))
        inputs = dict(encoder.tokenizer(["dog ab", "cat"], padding=True, return_tensors="pt"))
        encoder.model.train()
        states = states_below(encoder.model, inputs, 2)
        if not alone:
            states = encoder.model(**inputs, output_hidden_states=True).hidden_states[2]
        assert states is not None
        states.square().sum().backward()
        gradients.append({name: p.grad for name, p in encoder.model.named_parameters()})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        other = gradients[1][name]
        assert (gradient is None) == (other is None) == name.startswith("encoder.layer.2.")
        assert gradient is None or torch.equal(gradient, other)


def test_a_training_with_dropout_takes_the_whole_pass(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder(n_layers=3)
    inputs = dict(encoder.tokenizer(["dog ab", "cat"], padding=True, return_tensors="pt"))
    assert states_below(encoder.model.train(), inputs, 1) is None
    assert states_below(encoder.model.eval(), inputs, 1) is not None
