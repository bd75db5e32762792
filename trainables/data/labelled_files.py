"""File formats of labelled text: CoNLL-U (parts of speech), token-tag columns (names), three-column rows (inference).

UTF-8, gzipped where the name ends in `.gz`, no header line, no quoting. What is missing, empty, truncated or malformed
is refused by file and line.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Universal Dependencies v2, https://universaldependencies.org/u/pos/
UPOS = tuple("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split())
ENTITY_TYPES = ("PER", "ORG", "LOC")
# Types that only one of the sources marks: MasakhaNER's dates, UNER's "other". Read as O, so that the tag set is one.
LEFT_OUT_TYPES = ("DATE", "OTH")
# In the order of XNLI (Conneau et al. 2018) and of all data sets made from it: 0, 1, 2.
INFERENCES = ("entailment", "neutral", "contradiction")
N_CONLLU_COLUMNS = 10
TAG_PATTERN = re.compile(rf"([BI])-({'|'.join(ENTITY_TYPES + LEFT_OUT_TYPES)})")


class DataError(ValueError):
    """A data file or folder is not what its place in the layout says it is."""


@dataclass(frozen=True)
class TaggedSentence:
    """One sentence: as many tags as words."""

    words: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What may stand in one split only."""
        return (" ".join(self.words),)


@dataclass(frozen=True)
class InferencePair:
    """Two sentences; `label` says what the first lets one conclude about the second: one of INFERENCES."""

    premise: str
    hypothesis: str
    label: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """What may stand in one split only."""
        return (self.premise, self.hypothesis)


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines (from 1) without line ends.

    Raises:
        DataError: the file is empty, not UTF-8, or not a whole gzip file.
    """
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                yield number, raw.decode("utf-8").rstrip("\r\n")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} must be a whole gzip file, but breaks off after line {number} ({error}).") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path} must be UTF-8, but line {number} is not ({error.reason}).") from None
    if number == 0:
        raise DataError(f"{path} must hold at least one line, but is empty.")


def read_rows(path: Path, n_columns: int) -> Iterator[tuple[int, list[str]]]:
    """Numbered lines, cut at tabs.

    Raises:
        DataError: as `read_lines`, or a line has another number of fields.
    """
    for number, line in read_lines(path):
        columns = line.split("\t")
        if len(columns) != n_columns:
            raise DataError(
                f"A line must have {n_columns} tab-separated fields, but {path}, line {number} has {len(columns)}."
            )
        yield number, columns


def read_conllu(path: Path) -> list[TaggedSentence]:
    """The syntactic words of a CoNLL-U file with their UPOS tags.

    Multi-word ranges (`3-4`) and empty nodes (`5.1`) carry no tag of their own.

    Raises:
        DataError: as `read_lines`, a token line is malformed, a tag is none of the 17, or there is no sentence.
    """
    sentences = []
    for block in _blocks(path, comment="#"):
        tagged = []
        for number, line in block:
            columns = line.split("\t")
            if len(columns) != N_CONLLU_COLUMNS:
                raise DataError(
                    f"A token line must have {N_CONLLU_COLUMNS} fields, but {path}, line {number} has {len(columns)}."
                )
            if "-" in columns[0] or "." in columns[0]:
                continue
            if columns[3] not in UPOS:
                raise DataError(
                    f"A tag must be one of the 17 UPOS tags, but is {columns[3]!r} in {path}, line {number}."
                )
            tagged.append((columns[1], columns[3]))
        if tagged:
            sentences.append(_sentence(tagged))
    return _some(sentences, path)


def read_entities(path: Path) -> list[TaggedSentence]:
    """Tokens with IOB2 tags (`Ada<TAB>B-PER`), a blank line after each sentence.

    Types that not all sources mark (LEFT_OUT_TYPES) are read as O. An I- tag that continues no entity of its type
    begins one, as conlleval and seqeval read it: it becomes B-, which changes no entity.

    Raises:
        DataError: as `read_lines`, a line has not two fields, its token is empty, its tag is unknown, or there is no
            sentence.
    """
    sentences = []
    for block in _blocks(path):
        tagged, continued = [], ""  # the type that an I- tag would continue
        for number, line in block:
            columns = line.split("\t")
            if len(columns) != 2 or not columns[0].strip():
                raise DataError(
                    f"A token line must have a token and a tag between a tab, but {path}, line {number} is {line!r}."
                )
            prefix, continued = _entity_tag(columns[1], continued, path, number)
            tagged.append((columns[0], f"{prefix}-{continued}" if continued else "O"))
        sentences.append(_sentence(tagged))
    return _some(sentences, path)


def read_inferences(path: Path) -> list[InferencePair]:
    """Rows of premise, hypothesis and label.

    Raises:
        DataError: as `read_rows`, a sentence is empty, or the label is none of the three.
    """
    pairs = []
    for number, (premise, hypothesis, label) in read_rows(path, n_columns=3):
        if not premise.strip() or not hypothesis.strip():
            raise DataError(
                f"Premise and hypothesis must hold text, but one is empty in {path}, line {number}. Leave the pair out."
            )
        if label not in INFERENCES:
            raise DataError(
                f"A label must be one of {', '.join(INFERENCES)}, but is {label!r} in {path}, line {number}. "
                "Leave pairs without a label out."
            )
        pairs.append(InferencePair(premise, hypothesis, label))
    return pairs


def _entity_tag(tag: str, continued: str, path: Path, number: int) -> tuple[str, str]:
    """(prefix, type) of one tag; type "" is O."""
    if tag == "O":
        return "", ""
    match = TAG_PATTERN.fullmatch(tag)
    if match is None:
        raise DataError(
            f"A tag must be O, or B- or I- and one of {', '.join(ENTITY_TYPES + LEFT_OUT_TYPES)}, but is {tag!r} in "
            f"{path}, line {number}. Map other types to these or to O."
        )
    prefix, kind = match.groups()
    if kind in LEFT_OUT_TYPES:
        return "", ""
    return prefix if kind == continued else "B", kind


def _blocks(path: Path, comment: str | None = None) -> Iterator[list[tuple[int, str]]]:
    """The numbered lines between blank ones."""
    block: list[tuple[int, str]] = []
    for number, line in read_lines(path):
        if line and not (comment and line.startswith(comment)):
            block.append((number, line))
        elif not line and block:
            yield block
            block = []
    if block:
        yield block


def _sentence(tagged: list[tuple[str, str]]) -> TaggedSentence:
    words, tags = zip(*tagged, strict=True)
    return TaggedSentence(words, tags)


def _some(sentences: list[TaggedSentence], path: Path) -> list[TaggedSentence]:
    if not sentences:
        raise DataError(f"{path} must hold at least one sentence, but holds none.")
    return sentences
