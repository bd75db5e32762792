"""Training the rows that occur ends in the bits that training all of them ends in."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from encoder_layouts import LAYOUTS
from torch import nn
from transformers import BertConfig, BertForMaskedLM, BertModel

from trainables.encoders.base import Encoder
from trainables.encoders.loading import load_folder
from trainables.stepping.occurring_rows import OccurringRows, only_occurring_rows
from trainables.stepping.training import StateError, Training, read_state, write_state

N_STEPS, V = 7, 40
BATCHES = [torch.tensor([[7, 3, 9, 3], [8, 3, 1, 1]]), torch.tensor([[3, 30, 30, 5], [7, 1, 1, 1]])]
IDS = torch.tensor([1, 3, 5, 7, 8, 9, 30])  # 1 is the padding


def bert(seed: int = 0, **changes: Any) -> BertModel:
    torch.manual_seed(seed)
    config = {
        "vocab_size": V, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48,
        "max_position_embeddings": 16, "pad_token_id": 1,
    }  # fmt: skip
    return BertModel(BertConfig(**config | changes), add_pooling_layer=False)


def step(model: nn.Module, optimiser: torch.optim.Optimizer, ids_BT: torch.Tensor) -> float:
    """On the square of the last states; padding is masked, dropout draws."""
    states = model(input_ids=ids_BT, attention_mask=(ids_BT != 1).long()).last_hidden_state
    loss = (states * torch.linspace(-1, 1, states.shape[-1])).square().mean()
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    return loss.item()


def plain(model: nn.Module, batches: list[torch.Tensor], n_steps: int = N_STEPS) -> list[float]:
    """Dense Adam over all parameters."""
    torch.manual_seed(5)
    model.train()
    optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-2, fused=True)
    return [step(model, optimiser, batches[i % len(batches)]) for i in range(n_steps)]


def compact(model: nn.Module, batches: list[torch.Tensor], ids: torch.Tensor, n_steps: int = N_STEPS) -> list[float]:
    with only_occurring_rows(model, ids):
        return plain(model, batches, n_steps)


def assert_equal(one: nn.Module, other: nn.Module) -> None:
    state, wanted = one.state_dict(), other.state_dict()
    assert list(state) == list(wanted)
    assert all(torch.equal(state[name], wanted[name]) for name in wanted)


def test_all_parameters_are_equal_to_the_last_bit_and_the_other_rows_stay() -> None:
    one, other, before = bert(), bert(), bert().get_input_embeddings().weight
    assert plain(one, BATCHES) == compact(other, BATCHES, IDS)
    assert_equal(one, other)
    rows = other.get_input_embeddings().weight
    moved = (rows != before).any(dim=1).nonzero().flatten().tolist()
    assert moved == [3, 5, 7, 8, 9, 30]  # the padding has a row and no gradient


def test_more_ids_than_occur_change_nothing() -> None:
    one, other = bert(), bert()
    plain(one, BATCHES)
    compact(other, BATCHES, torch.arange(2, 35))  # without the padding, which is added
    assert_equal(one, other)


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_family_trains_to_the_same_bits(name: str, tmp_path: Path) -> None:
    LAYOUTS[name].write(tmp_path / "encoder")
    model, tokenizer = load_folder(tmp_path / "encoder")
    other = copy.deepcopy(model)
    encoded = tokenizer(["dog sees", "cat", "fox hears owl"], padding=True, return_tensors="pt")["input_ids"]
    batches = [encoded[:2], encoded[1:]]
    with only_occurring_rows(copy.deepcopy(model), encoded.unique()) as rows:
        assert (rows.ids is None) == bool(model.get_input_embeddings().embedding_dim % 16)  # two of the tiny ones
    losses = plain(model, batches, 3)
    assert losses == compact(other, batches, encoded.unique(), 3)
    assert_equal(model, other)


def test_the_parameter_gradient_and_moments_are_of_the_rows_that_occur() -> None:
    model = bert()
    with only_occurring_rows(model, IDS):
        weight = model.get_input_embeddings().weight
        optimiser = torch.optim.Adam(model.parameters(), lr=1e-2, fused=True)
        step(model.train(), optimiser, BATCHES[0])
        assert weight.shape == (7, 32) and optimiser.state[weight]["exp_avg"].shape == (7, 32)
        dense = bert()
        step(dense.train(), torch.optim.SGD(dense.parameters(), lr=0.0), BATCHES[0])
        norms = [torch.nn.utils.get_total_norm([p.grad for p in m.parameters()]) for m in (model, dense)]
    assert norms[0] > 0 and model.get_input_embeddings().weight.shape == (V, 32)


def test_the_norm_of_the_gradients_is_that_of_the_dense_ones() -> None:
    norms = []
    for ids in (None, IDS):
        model = bert(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        with only_occurring_rows(model, ids):
            step(model.train(), torch.optim.SGD(model.parameters(), lr=0.0), BATCHES[0])
            gradients = [p.grad.double() for p in model.parameters() if p.grad is not None]
            norms.append(torch.nn.utils.get_total_norm(gradients).item())
    assert norms[0] == pytest.approx(norms[1], rel=1e-12) and norms[0] > 0


def test_an_exception_puts_the_rows_back_too() -> None:
    one, other = bert(), bert()
    whole = other.get_input_embeddings()
    plain(one, BATCHES, 2)
    with pytest.raises(KeyboardInterrupt), only_occurring_rows(other, IDS):
        plain(other, BATCHES, 2)
        raise KeyboardInterrupt
    assert other.get_input_embeddings() is whole
    assert_equal(one, other)


def test_evaluation_inside_sees_every_piece_and_what_was_learnt() -> None:
    one, other = bert(), bert()
    sentences = torch.tensor([[3, 7, 20, 21, 1]])  # 20 and 21 occur in no batch
    plain(one, BATCHES, 2)
    with only_occurring_rows(other, IDS):
        plain(other, BATCHES, 2)
        with torch.no_grad():
            found, wanted = (m.eval()(input_ids=sentences).last_hidden_state for m in (other, one))
        assert torch.equal(found, wanted)
        with pytest.raises(IndexError):  # training on what was not announced would train a wrong row
            other.train()(input_ids=sentences)


def test_a_saved_training_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    def train(training: Training, n_steps: int) -> BertModel:
        model = bert()
        with only_occurring_rows(model, IDS) as rows:
            optimiser = torch.optim.Adam(model.parameters(), lr=1e-2, fused=True)
            torch.manual_seed(5)
            training.begin(rows=rows, model=model, optimiser=optimiser)
            model.train()
            while training.step < n_steps:
                step(model, optimiser, BATCHES[training.step % 2])
                training.step += 1
            state = training.state()
            assert state is not None
            write_state(state, tmp_path / f"{n_steps}.pt")
        return model

    whole = bert()
    plain(whole, BATCHES)
    train(Training(), 3)
    assert_equal(train(Training(read_state(tmp_path / "3.pt")), N_STEPS), whole)
    saved = read_state(tmp_path / "3.pt")
    assert saved["parts"]["model"]["embeddings.word_embeddings.weight"].shape == (7, 32)
    with only_occurring_rows(bert(), IDS[1:-1]) as rows, pytest.raises(StateError, match="other rows"):
        Training(saved).begin(rows=rows)
    with only_occurring_rows(bert(), None) as rows, pytest.raises(StateError, match="other rows"):
        Training(saved).begin(rows=rows)


class Scaled(nn.Embedding):
    """As Gemma's: more than a lookup."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(input) * 2


def frozen() -> nn.Module:
    model = bert()
    model.get_input_embeddings().weight.requires_grad_(False)
    return model


def tied() -> nn.Module:
    return BertForMaskedLM(bert(tie_word_embeddings=True).config)


def changed(**attributes: Any) -> nn.Module:
    model = bert()
    for name, value in attributes.items():
        setattr(model.get_input_embeddings(), name, value)
    return model


def scaled() -> nn.Module:
    model = bert()
    model.set_input_embeddings(Scaled(V, 32, padding_idx=1))
    return model


def hooked() -> nn.Module:
    model = bert()
    model.get_input_embeddings().register_forward_hook(lambda *_: None)
    return model


@pytest.mark.parametrize(
    "make",
    [
        frozen, tied, scaled, hooked, lambda: changed(max_norm=1.0), lambda: changed(scale_grad_by_freq=True),
        lambda: changed(sparse=True), lambda: bert(hidden_size=24), lambda: nn.Linear(2, 2),
    ],
)  # fmt: skip
def test_what_is_no_plain_trained_lookup_is_left_as_it_is(make: Callable[[], nn.Module]) -> None:
    model = make()
    before = list(model.modules())
    with only_occurring_rows(model, IDS) as rows:
        assert list(model.modules()) == before
        assert rows.state_dict() == {"ids": None}


def test_the_encoder_inside_a_task_model_is_found(make_encoder: Callable[..., Encoder]) -> None:
    model = SimpleTagger(make_encoder())
    with only_occurring_rows(model, IDS) as rows:
        assert isinstance(model.encoder.get_input_embeddings(), OccurringRows)
        assert rows.ids is not None and rows.ids.tolist() == IDS.tolist()


class SimpleTagger(nn.Module):
    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.head, self.encoder = nn.Linear(16, 2), encoder.model
