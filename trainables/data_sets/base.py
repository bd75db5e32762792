"""DataSet: one published data set as a constant: where it lies, which revision, what its names mean, how a row reads.

Two kinds of home: a data-set repository on the Hugging Face hub (`config`, `columns`), and plain files behind an
address (`address`, `path`, `parse`), for sets whose hub repository holds a loading script only.
A data set's own language codes and label numbers are known in its own file and nowhere else.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from search_spaces.languages import Language, parse_language
from trainables.data.labelled_files import INFERENCES, UPOS

COMMIT = re.compile(r"[0-9a-f]{40}")
Row = Mapping[str, Any]
Lines = Iterator[tuple[int, str]]  # numbered from 1, without line ends
Example = tuple[Any, ...]
"""By part: bitext (english, other); pos and ner (words, tags); nli (premise, hypothesis, label); flores (id, topic,
text)."""


class RowError(ValueError):
    """A row is not what the data set says of itself; the message is a sentence without its place."""


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A published data set.

    name: in configurations, in file names of second sources and in sentence ids; a-z, 0-9.
    part: folder of the layout it fills: "bitext", "flores", "pos", "ner" or "nli".
    repository: on the hub ("owner/name"), or where the plain files lie.
    revision: what is read: a commit, or a branch or tag that is resolved to one before anything is read.
    revisions: own code -> commit, where every language has a repository of its own.
    licence: as its source states it.
    languages: its own code -> tag. A language occurs once.
    splits: our name of a split -> its own; "dev|validation" = whichever of them there is.
    read: (row, own code) -> example, or None for a row to leave out. Raises RowError.
    labels: names of the label numbers 0, 1, ... in its files; () = names are given in the files.
    label_column: column whose declared names must be `labels`.
    config: name of the hub configuration, with `{code}`; "" = the data set has only one.
    columns: those that `read` looks at; no others are fetched.
    address: of the folder of plain files, with `{revision}` and `{folder}`; "" = a repository on the hub.
    path: of a plain file in that folder and in a local copy of the repository, with `{code}`, `{file}` and `{split}`;
        a code "folder/file" has two parts.
    parse: (lines, place) -> rows of such a file.
    tolerated_frac: share of rows that may be malformed; they are counted and left out.
    corpus: name by which the language inventory says whose sentence pairs a language uses.
    """

    name: str
    part: str
    repository: str
    revision: str
    licence: str
    languages: Mapping[str, Language]
    splits: Mapping[str, str]
    read: Callable[[Row, str], Example | None]
    labels: tuple[str, ...] = ()
    label_column: str = ""
    config: str = ""
    columns: tuple[str, ...] = ()
    revisions: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    path: str = ""
    parse: Callable[[Lines, str], Iterable[Row]] | None = None
    corpus: str = ""
    tolerated_frac: float = 0.0

    def __post_init__(self) -> None:
        if len(set(self.languages.values())) != len(self.languages):
            raise ValueError(f"A language may have one code in a data set, but one of {self.name} has two. Drop one.")
        if not bool(self.address) == bool(self.path) == (self.parse is not None) == (not self.columns):
            raise ValueError(
                f"A data set must have `columns`, or `address`, `path` and `parse`, but {self.name} does not. Give one."
            )

    def code_of(self, language: Language) -> str | None:
        """The data set's own code of `language`, or None."""
        return next((code for code, tag in self.languages.items() if tag == language), None)


def languages(codes: str, **others: str) -> dict[str, Language]:
    """Own code -> tag for codes that `parse_language` knows, and for `others` (own code = our name)."""
    return {code: parse_language(others.get(code, code)) for code in [*codes.split(), *others]}


def upos_tagged(words: Sequence[str], tags: Sequence[object]) -> Example | None:
    """`tagged` by UPOS, without the ranges of multi-word tokens (tag `_`); None where the text is not given away.

    Raises:
        RowError: the tags are numbers whose names the file does not declare.
    """
    if any(isinstance(tag, int) for tag in tags):
        raise RowError("Tags must be names, or numbers whose names the file declares, but are undeclared numbers.")
    kept = [(word, tag) for word, tag in zip(words, tags, strict=True) if tag not in ("_", None)]
    if any(word == "_" for word, _ in kept):
        return None
    return tagged([word for word, _ in kept], [tag for _, tag in kept], UPOS, {})


def label_name(value: object, labels: Sequence[str]) -> str:
    """The name of a label given as a number (its place in `labels`), as digits, or as the name itself.

    Raises:
        RowError: it is none of the labels.
    """
    if isinstance(value, str) and value.strip() in labels:
        return value.strip()
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(labels):
        return labels[value]
    raise RowError(f"A label must be one of {', '.join(labels)} (or its number from 0), but is {value!r}.")


def inference(row: Row, premise: str, hypothesis: str, label: str, names: Sequence[str] = INFERENCES) -> Example | None:
    """(premise, hypothesis, label name) from three columns; None where the row has no gold label or an empty side."""
    if row[label] in (-1, "-1", "-", "", None) or any(not (row[side] or "").strip() for side in (premise, hypothesis)):
        return None
    return row[premise], row[hypothesis], label_name(row[label], names)


def tagged(
    words: Sequence[str], tags: Sequence[object], labels: Sequence[str], merged: Mapping[str, str]
) -> Example | None:
    """(words, tag names), tags renamed by `merged`; None for a sentence without words or with an empty word.

    Raises:
        RowError: more or fewer tags than words, or a tag that is none of `labels`.
    """
    if len(words) != len(tags):
        raise RowError(f"A sentence must have as many tags as words, but has {len(tags)} and {len(words)}.")
    if not words or any(not word.strip() for word in words):
        return None
    names = [label_name(tag, labels) for tag in tags]
    return tuple(words), tuple(merged.get(name, name) for name in names)
