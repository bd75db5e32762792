"""The gradient of a realignment in parts is that of the whole batch, with dropout that of the parts in one graph."""

import dataclasses
from collections.abc import Callable, Sequence

import pytest
import torch

from trainables.data.words import SplitText
from trainables.encoders.base import Encoder
from trainables.realignment.alignments.base import Link
from trainables.realignment.in_parts import backward_in_parts
from trainables.realignment.loop import realign
from trainables.realignment.loss import Encoded, PairLoss
from trainables.run_config import RealignConfig
from trainables.stepping.parts import in_parts

PAIRS = [("ab dog", "zy q"), ("cd cat", "xw r"), ("ef dog dog", "vu s t"), ("gh", "ts cat"), ("cd cat", "zy r")]
CONFIG = RealignConfig(projection_size=8, max_length=16)


def by_position(english: Sequence[SplitText], other: Sequence[SplitText]) -> list[list[Link]]:
    return [[(i, i) for i in range(min(len(e.spans), len(o.spans)))] for e, o in zip(english, other, strict=True)]


def loss_for(encoder: Encoder, objective: str, length_groups: int = 1) -> PairLoss:
    torch.manual_seed(1)
    aligner = by_position if objective.startswith("word") else None
    return PairLoss(encoder, dataclasses.replace(CONFIG, objective=objective), aligner, length_groups=length_groups)


def gradients(encoder: Encoder, loss_of: PairLoss) -> list[torch.Tensor]:
    found = [
        p.grad.clone() for module in (encoder.model, loss_of) for p in module.parameters() if p.grad is not None
    ]  # fmt: skip
    encoder.model.zero_grad()
    loss_of.zero_grad()
    return found


def assert_same(found: list[torch.Tensor], wanted: list[torch.Tensor]) -> None:
    assert len(found) == len(wanted) and any(gradient.abs().max() > 1e-3 for gradient in wanted)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("objective", ["contrastive", "mse", "word_contrastive"])
def test_without_dropout_it_is_the_gradient_of_the_whole_batch(
    objective: str, size: int, make_encoder: Callable[..., Encoder]
) -> None:
    encoder = make_encoder()
    encoder.model.eval()
    loss_of = loss_for(encoder, objective)
    if objective == "mse":  # away from the teacher, which it is a copy of
        with torch.no_grad():
            for parameter in encoder.model.parameters():
                parameter.add_(0.05 * torch.randn_like(parameter))
    whole = loss_of(encoder.model, PAIRS)
    (0.5 * whole).backward()
    wanted, n_links = gradients(encoder, loss_of), loss_of.n_links
    loss = backward_in_parts(loss_of, encoder.model, PAIRS, size, "fp32", weight=0.5)
    torch.testing.assert_close(loss, whole.detach())
    assert_same(gradients(encoder, loss_of), wanted)
    assert loss_of.n_links == 2 * n_links > 0


@pytest.mark.parametrize("groups", [2, 3, 16])
@pytest.mark.parametrize("objective", ["contrastive", "mse", "word_contrastive"])
def test_groups_of_like_length_give_the_loss_and_gradient_of_the_whole_batch(
    objective: str, groups: int, make_encoder: Callable[..., Encoder]
) -> None:
    found = []
    for length_groups in (1, groups):
        encoder = make_encoder()
        encoder.model.eval()
        loss_of = loss_for(encoder, objective, length_groups)
        with torch.no_grad():
            generator = torch.Generator().manual_seed(5)
            for parameter in encoder.model.parameters():  # away from the teacher of `mse`, which it is a copy of
                parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
        loss = loss_of(encoder.model, PAIRS)
        loss.backward()
        found.append((loss.detach(), gradients(encoder, loss_of), loss_of.n_links))
    torch.testing.assert_close(found[1][0], found[0][0])
    assert_same(found[1][1], found[0][1])
    assert found[0][2] == found[1][2] > 0


def test_groups_draw_other_dropout(make_encoder: Callable[..., Encoder]) -> None:
    losses = []
    for length_groups in (1, 2, 2):
        encoder = make_encoder()
        encoder.model.train()
        loss_of = loss_for(encoder, "contrastive", length_groups)
        torch.manual_seed(7)
        losses.append(loss_of(encoder.model, PAIRS).item())
    assert losses[0] != losses[1] == losses[2]


@pytest.mark.parametrize("objective", ["contrastive", "word_contrastive"])
def test_with_dropout_each_part_meets_the_same_masks_again(
    objective: str, make_encoder: Callable[..., Encoder]
) -> None:
    encoder = make_encoder()
    encoder.model.train()
    loss_of = loss_for(encoder, objective)
    texts = [english for english, _ in PAIRS] + [other for _, other in PAIRS]
    torch.manual_seed(7)
    whole = Encoded.joined([loss_of.encode(encoder.model, part) for part in in_parts(texts, 4)])  # one graph of all
    expected = loss_of.compare(whole, texts[:5])
    expected.backward()
    wanted, drawn_next = gradients(encoder, loss_of), torch.rand(3)
    torch.manual_seed(7)
    loss = backward_in_parts(loss_of, encoder.model, PAIRS, 2, "fp32")
    torch.testing.assert_close(loss, expected.detach())
    assert_same(gradients(encoder, loss_of), wanted)
    assert torch.equal(torch.rand(3), drawn_next)
    torch.manual_seed(8)
    assert backward_in_parts(loss_of, encoder.model, PAIRS, 2, "fp32") != loss  # there is dropout


def test_whole_batches_go_the_old_way(make_encoder: Callable[..., Encoder]) -> None:
    """To the last bit, with a micro-batch that holds them."""
    losses = []
    for micro_batch in (None, 5, 9, 2):
        encoder = make_encoder()
        config = dataclasses.replace(CONFIG, micro_batch=micro_batch)
        loss_of = loss_for(encoder, "contrastive")
        torch.manual_seed(3)
        losses.append([p.metrics["loss"] for p in realign(encoder, loss_of, [PAIRS] * 3, config, "fp32") if p.metrics])
    assert losses[0] == losses[1] == losses[2] != losses[3]
