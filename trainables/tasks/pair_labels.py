"""From pairs of sentences with a label to sub-words with one label a pair."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trainables.data.labelled_files import InferencePair

if TYPE_CHECKING:
    from torch import nn
    from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerBase


def tokenize_pairs(
    tokenizer: "PreTrainedTokenizerBase", pairs: Sequence[InferencePair], labels: tuple[str, ...], max_length: int
) -> "BatchEncoding":
    """Model inputs (B, T) of "premise, separator, hypothesis" plus `labels` (B).

    What is longer than `max_length` loses words at the end of the longer sentence, so that something of both is left.
    """
    import torch  # here, as reports read the table of tasks without it

    index = {label: i for i, label in enumerate(labels)}
    batch = tokenizer(
        [pair.premise for pair in pairs], [pair.hypothesis for pair in pairs],
        truncation="longest_first", max_length=max_length, padding=True, return_tensors="pt",
    )  # fmt: skip
    batch["labels"] = torch.tensor([index[pair.label] for pair in pairs])
    return batch


def pair_classifier(encoder: "PreTrainedModel", n_labels: int) -> "nn.Module":
    """A fresh `PairClassifier` on top of `encoder`."""
    from trainables.tasks.heads import PairClassifier  # here, as it needs torch

    return PairClassifier(encoder, n_labels)


def n_letters(pair: InferencePair) -> int:
    """Length of both sentences in characters."""
    return len(pair.premise) + len(pair.hypothesis)
