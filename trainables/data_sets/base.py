"""DataSet: one published data set as a constant: where it lies, which revision, what its names mean, how a row reads.

Two kinds of home: a Hugging Face repository that `datasets` reads (`config`), and plain files behind an address
(`address`, `path`, `parse`), for repositories that hold only a loading script, which `datasets` 4 and later refuse.
A data set's own language codes and label numbers are known in its own file and nowhere else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search_spaces.languages import Language, parse_language
from trainables.data.labelled_files import INFERENCES

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
    revision: commit or tag that is read; None = not pinned, i.e. whatever is newest.
    licence: as its source states it.
    languages: its own code -> tag. A language occurs once.
    splits: our name of a split -> its own; "dev|validation" = whichever of them there is.
    read: (row, own code) -> example, or None for a row to leave out. Raises RowError.
    labels: names of the label numbers 0, 1, ... in its files; () = names are given in the files.
    label_column: column whose declared names must be `labels`.
    config: name of the hub configuration, with `{code}`; "" = the data set has only one.
    address: of the folder of plain files, with `{revision}`; "" = read by `datasets`.
    path: of a plain file in that folder and in a local copy of the repository, with `{code}` and `{split}`.
    parse: (lines, place) -> rows of such a file.
    corpus: name by which the language inventory says whose sentence pairs a language uses.
    """

    name: str
    part: str
    repository: str
    revision: str | None
    licence: str
    languages: Mapping[str, Language]
    splits: Mapping[str, str]
    read: Callable[[Row, str], Example | None]
    labels: tuple[str, ...] = ()
    label_column: str = ""
    config: str = ""
    address: str = ""
    path: str = ""
    parse: Callable[[Lines, str], Iterable[Row]] | None = None
    corpus: str = ""

    def __post_init__(self) -> None:
        if len(set(self.languages.values())) != len(self.languages):
            raise ValueError(f"A language may have one code in a data set, but one of {self.name} has two. Drop one.")
        if not bool(self.address) == bool(self.path) == (self.parse is not None):
            raise ValueError(f"`address`, `path` and `parse` go together, but {self.name} lacks one. Give all or none.")

    def code_of(self, language: Language) -> str | None:
        """The data set's own code of `language`, or None."""
        return next((code for code, tag in self.languages.items() if tag == language), None)


def languages(codes: str, **others: str) -> dict[str, Language]:
    """Own code -> tag for codes that `parse_language` knows, and for `others` (own code = our name)."""
    return {code: parse_language(others.get(code, code)) for code in [*codes.split(), *others]}


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
    if row[label] in (-1, "-1", "-", "", None) or not row[premise] or not row[hypothesis]:
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
