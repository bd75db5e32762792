"""What holds for every task of the table: shapes that one loop can train on, counts, and that it can be learned."""

import gzip
import pickle
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from trainables.encoders.base import Encoder
from trainables.evaluation.evaluate import predict
from trainables.run_config import EvaluateConfig
from trainables.tasks import TASKS
from trainables.tasks.base import Task
from trainables.tasks.word_labels import IGNORED


@pytest.fixture(params=sorted(TASKS))
def task(request: pytest.FixtureRequest) -> Task:
    return TASKS[request.param]


@pytest.fixture
def examples(task: Task, tmp_path: Path) -> list[Any]:
    path = tmp_path / f"test{task.suffix}"
    path.write_bytes(gzip.compress(task.sample.encode()))
    return list(task.read(path))


def test_what_is_written_is_what_is_read(task: Task, examples: list[Any]) -> None:
    assert task.write(map(astuple, examples)).split() == task.sample.split()
    assert len(set(task.labels)) == len(task.labels)


def test_logits_and_labels_share_all_but_the_last_axis(
    task: Task, examples: list[Any], make_encoder: Callable[..., Encoder]
) -> None:
    encoder = make_encoder()
    model = task.new_model(encoder.model, len(task.labels))
    batch = task.collate(encoder.tokenizer, examples, task.labels, 16)
    logits = model(batch)
    assert logits.shape == (*batch["labels"].shape, len(task.labels))
    assert len(logits) == len(examples)
    scored = batch["labels"] != IGNORED
    assert int(scored.sum()) == sum(len(getattr(example, "tags", [None])) for example in examples)


def test_the_shared_loss_teaches_it_to_the_last_label(
    task: Task, examples: list[Any], make_encoder: Callable[..., Encoder]
) -> None:
    encoder = make_encoder()
    torch.manual_seed(0)
    model = task.new_model(encoder.model, len(task.labels))
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    batch = task.collate(encoder.tokenizer, examples, task.labels, 16)
    for _ in range(175):  # the first token of a random encoder hardly looks at the others
        loss = functional.cross_entropy(
            model(batch).flatten(0, -2), batch["labels"].flatten(), ignore_index=IGNORED
        )  # fmt: skip
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    gold, predicted = predict(model, encoder.tokenizer, task, examples, EvaluateConfig(batch_size=2))
    assert predicted == gold
    n_correct, n_total = task.score(gold, predicted)[task.metric]
    assert n_correct == n_total > 0


def test_counts_grow_with_right_labels_and_name_the_main_metric_first(task: Task) -> None:
    gold = [[task.labels[1]], [task.labels[-1] if task.name != "ner" else "B-LOC"]]
    wrong = [[task.labels[0]], [task.labels[0]]]
    assert next(iter(task.score(gold, gold))) == task.metric
    assert task.score(gold, wrong)[task.metric][0] == 0


def test_length_orders_examples(task: Task, examples: list[Any]) -> None:
    longer, *shorter = examples
    assert task.length(longer) > task.length(shorter[-1])


def test_a_task_travels_to_other_processes(task: Task) -> None:
    assert pickle.loads(pickle.dumps(task)) == task
