"""Natural-language inference: does the premise entail or contradict the hypothesis, or neither? Accuracy over pairs."""

from collections.abc import Sequence

import torch
from transformers import BatchEncoding, PreTrainedTokenizerBase

from trainables.data.labelled_files import INFERENCES, InferencePair
from trainables.tasks.base import Task, accuracy
from trainables.tasks.heads import PairClassifier


def tokenize_pairs(
    tokenizer: PreTrainedTokenizerBase, pairs: Sequence[InferencePair], labels: tuple[str, ...], max_length: int
) -> BatchEncoding:
    """Model inputs (B, T) of "premise, separator, hypothesis" plus `labels` (B).

    What is longer than `max_length` loses words at the end of the longer sentence, so that something of both is left.
    """
    index = {label: i for i, label in enumerate(labels)}
    batch = tokenizer(
        [pair.premise for pair in pairs], [pair.hypothesis for pair in pairs],
        truncation="longest_first", max_length=max_length, padding=True, return_tensors="pt",
    )  # fmt: skip
    batch["labels"] = torch.tensor([index[pair.label] for pair in pairs])
    return batch


def n_letters(pair: InferencePair) -> int:
    """Length of both sentences in characters."""
    return len(pair.premise) + len(pair.hypothesis)


NLI = Task(
    name="nli",
    labels=INFERENCES,
    metric="accuracy",
    collate=tokenize_pairs,
    new_model=PairClassifier,
    length=n_letters,
    score=accuracy,
)
