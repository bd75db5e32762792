"""Fine-tuning: the learning-rate schedule and the reading order by hand, that a tagger learns, the loss "during"."""

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
import pytest
import torch
from torch import nn
from torch.nn import functional
from transformers import BatchEncoding

from trainables.data.labelled_files import TaggedSentence
from trainables.encoders.base import Encoder
from trainables.finetuning import loop
from trainables.finetuning.loop import RealignmentDuring, finetune, rate_factor, reading_order
from trainables.realignment.loss import PairLoss
from trainables.run_config import FinetuneConfig, RealignConfig
from trainables.stepping.occurring_rows import OccurringRows
from trainables.stepping.progress import Progress
from trainables.stepping.seeding import seed_stage
from trainables.tasks import TASKS

POS = TASKS["pos"]
SENTENCES = [
    TaggedSentence(("dog", "ab"), ("NOUN", "VERB")),
    TaggedSentence(("cat", "cd", "dog"), ("NOUN", "VERB", "NOUN")),
]


class Linear(nn.Module):
    """Logits (B, 2) of inputs (B, 2)."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[0.5, -0.2], [0.1, 0.3]]))

    def forward(self, batch: BatchEncoding) -> torch.Tensor:
        return batch["inputs"] @ self.weight.T


def collate(_: object, examples: list[int], *rest: object) -> BatchEncoding:
    """Example i is the input (i + 1, 2) with the label i."""
    inputs = torch.tensor([[i + 1.0, 2.0] for i in examples])
    return BatchEncoding({"inputs": inputs, "labels": torch.tensor(examples)})


def train(model: nn.Module, config: FinetuneConfig) -> list[Progress]:
    task: Any = SimpleNamespace(collate=collate, labels=("a", "b"))
    tokenizer: Any = SimpleNamespace(pad_token_id=0, pad_token_type_id=0)
    return list(finetune(model, tokenizer, task, [0, 1], config, "fp32", numpy.random.default_rng(0)))


def test_the_schedule_by_hand() -> None:
    # 20 steps, 10 % warm-up: 2 steps up (1/3, 2/3), the peak at step 2, then straight down to 0 at step 20
    factors = [rate_factor(step, 20, 0.1) for step in range(21)]
    assert factors[:3] == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert factors[11] == pytest.approx(0.5)
    assert factors[20] == 0.0
    assert rate_factor(0, 10, 0.0) == 1.0


def test_the_schedule_is_that_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rates that reach the optimiser, against torch's own LambdaLR."""
    rates: list[float] = []

    class Noting(torch.optim.Adam):
        def step(self, *arguments: Any) -> None:
            rates.append(self.param_groups[0]["lr"])

    monkeypatch.setattr(loop.torch.optim, "Adam", Noting)
    model = Linear()
    train(model, FinetuneConfig(n_steps=10, batch_size=1, learning_rate=0.5, warmup_frac=0.2))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.5)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate_factor(step, 10, 0.2))
    expected = []
    for _ in range(10):
        expected.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    assert rates == pytest.approx(expected)


def test_the_optimiser_is_the_references(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the textbook (Kingma & Ba 2015, algorithm 1) with .9, .999 and 1e-8, without decay or clipping."""
    gradients: list[torch.Tensor] = []

    class Noting(torch.optim.Adam):
        def step(self, *arguments: Any) -> None:
            gradients.append(self.param_groups[0]["params"][0].grad.double().clone())
            super().step(*arguments)

    monkeypatch.setattr(loop.torch.optim, "Adam", Noting)
    model = Linear()
    expected, moment, square = model.weight.detach().double().clone(), torch.zeros(2, 2), torch.zeros(2, 2)
    steps = train(model, FinetuneConfig(n_steps=6, batch_size=1, learning_rate=0.1, warmup_frac=0.0))
    for t, (progress, gradient) in enumerate(zip(steps, gradients, strict=True), start=1):
        moment = 0.9 * moment + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        rate = progress.metrics["learning_rate"]
        expected -= rate * (moment / (1 - 0.9**t)) / ((square / (1 - 0.999**t)).sqrt() + 1e-8)
    assert torch.allclose(model.weight.double(), expected, atol=1e-5)


def test_one_step_by_hand() -> None:
    """Plain autograd and Adam's first step (Kingma & Ba 2015, algorithm 1): rate * g / (|g| + eps)."""
    model = Linear()
    before = model.weight.detach().clone().requires_grad_()
    (progress,) = train(model, FinetuneConfig(n_steps=1, batch_size=2, learning_rate=0.1, warmup_frac=0.0))
    inputs = torch.tensor([[1.0, 2.0], [2.0, 2.0]])
    loss = functional.cross_entropy(inputs @ before.T, torch.tensor([0, 1]))
    (gradient,) = torch.autograd.grad(loss, before)
    assert progress.metrics["loss"] == pytest.approx(loss.item())
    assert torch.allclose(model.weight, before - 0.1 * gradient / (gradient.abs() + 1e-8), atol=1e-6)


def test_a_tagger_learns(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    seeds = seed_stage(0, "finetune")
    tagger = POS.new_model(encoder.model, len(POS.labels))
    config = FinetuneConfig(n_steps=80, batch_size=2, learning_rate=3e-3)
    steps = list(finetune(tagger, encoder.tokenizer, POS, SENTENCES, config, "fp32", seeds.numpy))
    losses = [progress.metrics["loss"] for progress in steps]
    assert losses[-1] < 0.2 * losses[0]
    assert [progress.step for progress in steps] == list(range(1, 81))


def test_every_sentence_is_read_once_an_epoch() -> None:
    order = reading_order(6, 15, numpy.random.default_rng(0)).tolist()
    assert sorted(order[:6]) == sorted(order[6:12]) == list(range(6))
    assert order[:6] != order[6:12] and len(order) == 15
    assert len(reading_order(2, 5, numpy.random.default_rng(0))) == 5  # a batch may be larger than the data
    with pytest.raises(ValueError, match="at least one example"):
        reading_order(0, 5, numpy.random.default_rng(0))


def gradients_of(model: nn.Module) -> list[torch.Tensor]:
    """Of all parameters, as if all rows of the embeddings were trained."""
    found = []
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            if parameter.grad is not None and isinstance(module, OccurringRows):
                found.append(torch.zeros_like(module.matrix_VH).index_add(0, module.ids, parameter.grad))
            elif parameter.grad is not None:
                found.append(parameter.grad.clone())
    return found


def test_realignment_during_fine_tuning_adds_its_weighted_gradient(make_encoder: Callable[..., Encoder]) -> None:
    """One step with the loss added in one graph, by plain autograd, gives the same weights."""
    pairs = [("ab dog", "zy"), ("cd cat", "xw")]
    realign = RealignConfig(projection_size=8)
    config = FinetuneConfig(n_steps=1, batch_size=2, learning_rate=0.01, warmup_frac=0.0)
    weights = []
    for by_hand in (False, True):
        encoder = make_encoder()
        for module in encoder.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        torch.manual_seed(3)
        tagger, loss_of = POS.new_model(encoder.model, len(POS.labels)), PairLoss(encoder, realign)
        tagger.dropout = nn.Identity()
        if by_hand:
            optimiser = torch.optim.SGD([*tagger.parameters(), *loss_of.parameters()], lr=0.01)
            batch = POS.collate(encoder.tokenizer, SENTENCES, POS.labels, config.max_length)
            task_loss = functional.cross_entropy(tagger(batch).flatten(0, -2), batch["labels"].flatten())
            (task_loss + 0.1 * loss_of(encoder.model, pairs)).backward()
            optimiser.step()
            gradients = gradients_of(tagger)
        else:
            during = RealignmentDuring(encoder.model, loss_of, [pairs], 0.1)
            steps = finetune(
                tagger, encoder.tokenizer, POS, SENTENCES, config, "fp32", numpy.random.default_rng(0), during=during
            )
            next(steps)
            gradients = gradients_of(tagger)
            assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in loss_of.parameters())
        weights.append(gradients)
    for one, other in zip(*weights, strict=True):
        assert torch.allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("name", ["pos", "ner", "nli"])
def test_the_batches_are_those_that_are_collated_in_the_loop(make_encoder: Callable[..., Encoder], name: str) -> None:
    task, tokenizer, seen = TASKS[name], make_encoder().tokenizer, []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"train{task.suffix}"
        path.write_bytes(gzip.compress(task.sample.encode()))
        examples = list(task.read(path))

    class Noting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.logits = nn.Parameter(torch.zeros(len(task.labels)))

        def forward(self, batch: BatchEncoding) -> torch.Tensor:
            seen.append({key: tensor.clone() for key, tensor in batch.items()})
            return self.logits.expand(*batch["labels"].shape, -1)

    config = FinetuneConfig(n_steps=5, batch_size=2, max_length=9)
    list(finetune(Noting(), tokenizer, task, examples, config, "fp32", numpy.random.default_rng(0)))
    order = reading_order(len(examples), 10, numpy.random.default_rng(0))
    for step, found in enumerate(seen):
        chosen = [examples[i] for i in order[2 * step : 2 * step + 2]]
        wanted = task.collate(tokenizer, chosen, task.labels, config.max_length)
        assert list(found) == list(wanted) and all(torch.equal(found[key], wanted[key]) for key in wanted)
        assert all(found[key].dtype == wanted[key].dtype for key in wanted)
    assert len(seen) == 5
