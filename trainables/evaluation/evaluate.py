"""Zero-shot evaluation of a fine-tuned model, once, at the end, on the test sets that `evaluate.languages` asks for."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from search_spaces.languages import Language
from trainables.data.folder import DataFolder
from trainables.evaluation.evaluated import evaluated_sets
from trainables.evaluation.predictions import write_predictions
from trainables.evaluation.scores import ScoreRow
from trainables.run_config import EvaluateConfig
from trainables.stepping.progress import Progress
from trainables.tasks.base import Task
from trainables.tasks.word_labels import IGNORED

SPLITS: tuple[Literal["dev", "test"], ...] = ("dev", "test")
Labels = list[list[str]]
"""One list an example."""


def evenly_spread(n: int, n_wanted: int | None) -> list[int]:
    """`n_wanted` of the indices 0..n-1 at equal distances (all where fewer are there)."""
    if n_wanted is None or n_wanted >= n:
        return list(range(n))
    return [i * n // n_wanted for i in range(n_wanted)]


def evaluate(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    task: Task,
    data: DataFolder,
    config: EvaluateConfig,
    rows: list[ScoreRow],
    predictions: Path | None = None,
) -> Iterator[Progress]:
    """Appends to `rows` the scores of every test set asked for on "dev" and "test", yielding after every one.

    Test sets that `rows` already has scores of are passed over, so an evaluation that was stopped after a yield goes on
    where it stood.

    Args:
        predictions: folder to write all predictions to (see `predictions.py`); None = nowhere.
    """
    sets = evaluated_sets(task, data, config)
    done = {(row.language, row.source) for row in rows if row.task == task.name}
    for step, (language, source) in enumerate(sets, start=1):
        if (language, source) not in done:
            rows += _scores_of(model, tokenizer, task, data, config, language, source, predictions)
        yield Progress(step, len(sets))


def _scores_of(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    task: Task,
    data: DataFolder,
    config: EvaluateConfig,
    language: Language,
    source: str,
    predictions: Path | None,
) -> list[ScoreRow]:
    """All rows of one test set: every metric on both splits, or on "test" alone where there is no "dev"."""
    rows = []
    for split in SPLITS:
        if split == "dev" and not config.halve and not data.has_dev(task, language, source):
            continue
        examples = data.labelled(task, language, split, source, config.halve)
        chosen = [examples[i] for i in evenly_spread(len(examples), config.n_sentences)]
        gold, predicted = predict(model, tokenizer, task, chosen, config)
        if predictions is not None:
            write_predictions(predictions, (task.name, language, split, source), chosen, gold, predicted)
        n_cut = sum(len(example.words) for example in chosen) - sum(map(len, gold)) if task.has_words else 0
        rows += [
            ScoreRow(
                task=task.name, metric=metric, language=language, split=split, n_correct=n_correct, n_total=n_total,
                source=source, n_cut=n_cut,
            )
            for metric, (n_correct, n_total) in task.score(gold, predicted).items()
        ]  # fmt: skip
    return rows


@torch.inference_mode()
def predict(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    task: Task,
    examples: Sequence[Any],
    config: EvaluateConfig,
) -> tuple[Labels, Labels]:
    """(gold, predicted) labels of each example, in the order of `examples`; the predicted ones are repaired.

    Only what carries a label is in them: words that were cut off by `config.max_length` are not. Examples are batched
    by length, so little is padded; fp32, no dropout.
    """
    device = next(model.parameters()).device
    model.eval()
    gold: Labels = [[] for _ in examples]
    predicted: Labels = [[] for _ in examples]
    order = sorted(range(len(examples)), key=lambda i: task.length(examples[i]))
    for start in range(0, len(order), config.batch_size):
        chosen = order[start : start + config.batch_size]
        batch = task.collate(tokenizer, [examples[i] for i in chosen], task.labels, config.max_length).to(device)
        gold_BT = batch["labels"].reshape(len(chosen), -1)  # T = 1 where an example has one label
        predicted_BT = model(batch).argmax(dim=-1).reshape(len(chosen), -1)
        for i, gold_T, predicted_T in zip(chosen, gold_BT.tolist(), predicted_BT.tolist(), strict=True):
            pairs = [(g, p) for g, p in zip(gold_T, predicted_T, strict=True) if g != IGNORED]
            gold[i] = [task.labels[g] for g, _ in pairs]
            predicted[i] = task.repair([task.labels[p] for _, p in pairs])
    return gold, predicted
