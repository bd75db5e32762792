"""Part: what a labelled folder of the data layout is called, and how its files are named, read and written.

A part belongs to the task that is scored on it (`trainables.tasks`): nothing in this room knows which parts there are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_spaces.languages import Language
from trainables.data.columns import Notes

Row = tuple[Any, ...]
"""The fields of one example in the order of its class: (words, tags), or (premise, hypothesis, label)."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """The labelled files `<name>/<iso639_3>/<split>[.<source>]<suffix>` of a data folder.

    Attributes:
        name: of the folder.
        suffix: how the files end, e.g. ".tsv.gz".
        read: a file -> its examples; DataError where the file is malformed. An example is a frozen dataclass of plain
            fields and has `sentences`, its texts: no text stands in two splits.
        example: the class of the examples, made of its fields in order, if they may be kept once they are parsed: its
            fields are texts, or tuples of texts. None = each reading parses.
        recognises: `read` also takes the language of the file and notes, in which it counts what it recognised.
        write: rows -> the text of a file that `read` takes.
        has_words: an example also has `words`, and a model reads these one by one, not the text as a whole.
        is_pretrained_on: a small encoder of our own reads the English training sentences in its pre-training.
    """

    name: str
    suffix: str
    read: Callable[..., Sequence[Any]]
    write: Callable[[Iterable[Row]], str]
    example: type | None = None
    recognises: bool = False
    has_words: bool = False
    is_pretrained_on: bool = False

    def examples(self, path: Path, language: Language, notes: Notes) -> Sequence[Any]:
        """What is in a file of one language."""
        return self.read(path, language, notes) if self.recognises else self.read(path)
