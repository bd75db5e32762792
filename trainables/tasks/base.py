"""The contract of a task: a constant that says what is labelled, how it is read and which number is its score."""

from collections.abc import Callable
from dataclasses import dataclass

from search_spaces.languages import Language
from trainables.data_folder import DataFolder, TaggedSentence


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task with one label a word.

    Attributes:
        name: as in configs and metric names.
        labels: in the order of the head's outputs.
        metric: name of the main score, a fraction in [0, 1], larger is better.
        languages: which languages a folder has labels for.
        read: (folder, language, split) -> sentences; split is "train", "dev" or "test".
    """

    name: str
    labels: tuple[str, ...]
    metric: str
    languages: Callable[[DataFolder], tuple[Language, ...]]
    read: Callable[[DataFolder, Language, str], list[TaggedSentence]]
