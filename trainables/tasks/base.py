"""The contract of a task: a constant that says what is labelled, how it becomes model input and how it is scored.

Tasks that label words (part of speech, names) and tasks that label a pair of sentences (inference) differ in a few
functions only. Both give `logits` and `labels` that share all but the last axis, so one loop trains and one evaluates
them: cross_entropy(logits.flatten(0, -2), labels.flatten(), ignore_index=IGNORED).

Reports read this table too, so a task's module imports no torch: functions that need it import it where they run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from search_spaces.languages import Language
from trainables.data.folder import DataFolder
from trainables.data.part import Part

if TYPE_CHECKING:
    from torch import nn
    from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerBase

Counts = Mapping[str, tuple[int, int]]
"""metric -> (n_correct, n_total): the score is their ratio. The main metric comes first."""


@dataclass(frozen=True, kw_only=True)
class Task(Part):
    """A task, and the part of the data folder that it is scored on; both have one name.

    Attributes:
        labels: in the order of the head's outputs.
        metric: name of the main score, a fraction in [0, 1], larger is better. It alone is averaged and searched for.
        title: of the main score in tables and figures, "PoS accuracy".
        sample: the text of a small file of the part, with at least two labels: what the contract tests read and learn.
        collate: (tokenizer, examples, labels, max_length) -> model inputs and `labels`, IGNORED where nothing is
            labelled. Shape: `labels` is (B, T), or (B) where the example as a whole has one label. The row of an
            example depends on nothing but the example, padding at its right aside: it is made once and read in every
            epoch, and only the embeddings of pieces in such rows are trained.
        new_model: (encoder, n_labels) -> a model with a fresh head `.classifier`; called with a batch it gives logits.
            Shape: that of `labels` and one more axis of n_labels.
        length: how long an example is, in characters: for batches of similar length.
        score: (gold, predicted), both one sequence of labels an example, of equal lengths -> counts by metric.
        repair: predicted labels of one example -> those that are scored.
    """

    labels: tuple[str, ...]
    metric: str
    title: str
    sample: str
    collate: "Callable[[PreTrainedTokenizerBase, Sequence[Any], tuple[str, ...], int], BatchEncoding]"
    new_model: "Callable[[PreTrainedModel, int], nn.Module]"
    length: Callable[[Any], int]
    score: Callable[[Sequence[Sequence[str]], Sequence[Sequence[str]]], Counts]
    repair: Callable[[Sequence[str]], list[str]] = list

    @property
    def chance(self) -> float | None:
        """The main score to expect of guessing among the labels; None where it is not a share of labels.

        Of balanced test sets, as those of inference are, it is also the score of saying one label always.
        """
        return 1 / len(self.labels) if self.metric == "accuracy" else None

    def languages(self, data: DataFolder) -> tuple[Language, ...]:
        """The languages that `data` has a test set for, sorted."""
        return data.labelled_languages(self)

    def sources(self, data: DataFolder, language: Language) -> tuple[str, ...]:
        """The names of a language's test sets, the main one first; "" is that of the plain file."""
        return data.sources(self, language)

    def read_split(self, data: DataFolder, language: Language, split: str, source: str | None = None) -> list[Any]:
        """The examples of the split "train", "dev" or "test" of one source (None = the main one)."""
        return data.labelled(self, language, split, source)


def accuracy(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Counts:
    """Counts of the share of labels that are right, every label counting the same."""
    pairs = [pair for one in zip(gold, predicted, strict=True) for pair in zip(*one, strict=True)]
    return {"accuracy": (sum(g == p for g, p in pairs), len(pairs))}
