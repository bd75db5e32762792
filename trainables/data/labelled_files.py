"""File formats of labelled text: CoNLL-U (parts of speech), token-tag columns (names), three-column rows (inference).

UTF-8, gzipped where the name ends in `.gz`, no quoting. What is missing, empty, truncated or malformed is refused by
file and line; what is written in another way than the layout has it, but can be recognised (see `columns.py`), is
read and noted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from search_spaces.languages import Language
from search_spaces.reading import DataError, read_lines
from trainables.data.columns import RANGE_ID, Line, Notes, TagSet, Token, fields_of, read_columns, token_blocks
from trainables.data.entity_tags import ENTITY_TYPES, LEFT_OUT_TYPES, is_entity_tag, to_iob2

__all__ = [
    "ENTITY_TYPES", "INFERENCES", "LEFT_OUT_TYPES", "UPOS", "DataError", "InferencePair", "Notes", "TaggedSentence",
    "read_conllu", "read_entities", "read_inferences", "read_lines", "read_rows",
]  # fmt: skip

T = TypeVar("T")

# Universal Dependencies v2, https://universaldependencies.org/u/pos/
UPOS = tuple("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split())
# In the order of XNLI (Conneau et al. 2018) and of all data sets made from it: 0, 1, 2.
INFERENCES = ("entailment", "neutral", "contradiction")
# What the columns of the two sentences are called: XNLI, its translations and GLUE; ANLI and others.
FIRST, SECOND = ("premise", "sentence1", "context"), ("hypothesis", "sentence2")
N_CONLLU_COLUMNS = 10


def is_upos(tag: str) -> bool:
    """Whether a text is one of the 17 tags, in letters of any case."""
    return tag.upper() in UPOS


UPOS_TAGS = TagSet(is_upos, "A tag must be one of the 17 UPOS tags", "Map other tags to these.")
ENTITY_TAGS = TagSet(
    is_entity_tag,
    f"A tag must be O, or B- or I- and one of {', '.join(ENTITY_TYPES + LEFT_OUT_TYPES)} (or of BIOES, BILOU)",
    "Map other types to these or to O; write numbers as names.",
)


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


def read_conllu(path: Path, language: Language | None = None, notes: Notes | None = None) -> list[TaggedSentence]:
    """The syntactic words of a CoNLL-U file with their UPOS tags; or of a file of columns that holds such tags.

    Multi-word ranges (`3-4`) and empty nodes (`5.1`) carry no tag of their own. Sentences whose words are all `_` come
    from treebanks that are given away without their text; they are left out and counted in `notes`.

    Args:
        language, notes: see `read_columns`.

    Raises:
        DataError: as `read_lines` and `read_columns`, a token line is malformed, words do not count 1, 2, 3 ..., a tag
            is none of the 17, or there is no sentence.
    """
    notes = Notes() if notes is None else notes
    if not _is_conllu(path):
        sentences = read_columns(path, UPOS_TAGS, language, notes)
        return _some([TaggedSentence(*_upper(sentence, notes)) for sentence in sentences], path)
    found = [_conllu_sentence(block, path, notes) for block in token_blocks(path, _is_conllu_comment, Notes())]
    usable = [sentence for sentence in found if sentence.words and set(sentence.words) != {"_"}]
    if without := sum(set(sentence.words) == {"_"} for sentence in found):
        if not usable:
            raise DataError(
                f"The words of a treebank must be included, but all of {path} are `_`: it has no text. Merge "
                "the text as its distributor says, or leave it out."
            )
        notes["sentences without their text (`_`) left out"] += without
    return _some(usable, path)


def _is_conllu(path: Path) -> bool:
    """Whether the first token line has CoNLL-U's ten fields, or only one (so that the message is about CoNLL-U)."""
    line = next((line for _, line in read_lines(path) if line.strip() and not line.startswith("#")), "")
    fields = fields_of(line)
    return len(fields) < 2 or (len(fields) == N_CONLLU_COLUMNS and fields[0][:1].isdigit())


def _is_conllu_comment(line: str) -> bool:
    return line.startswith("#")


def _conllu_sentence(block: list[Line], path: Path, notes: Notes) -> TaggedSentence:
    words: list[str] = []
    tags: list[str] = []
    for line in block:
        fields, where = line.fields, f"{path}, line {line.number}"
        if len(fields) != N_CONLLU_COLUMNS:
            raise DataError(f"A token line must have {N_CONLLU_COLUMNS} fields, but {where} has {len(fields)}.")
        if RANGE_ID.fullmatch(fields[0]):
            continue
        if fields[0] != str(len(words) + 1):
            raise DataError(
                f"The words of a sentence must be numbered 1, 2, 3 ..., but {where} has {fields[0][:20]!r} after "
                f"{len(words)}. Is a line missing, or a blank line between two sentences?"
            )
        if not fields[1].strip():
            raise DataError(f"A word must hold text, but is empty in {where}. Fill it in.")
        if not is_upos(fields[3]):
            raise DataError(f"{UPOS_TAGS.rule}, but is {fields[3]!r} in {where}. {UPOS_TAGS.remedy}")
        words.append(fields[1])
        tags.append(fields[3].upper())
        notes["tags in lower case"] += fields[3] != tags[-1]
    return TaggedSentence(tuple(words), tuple(tags))


def _upper(sentence: list[Token], notes: Notes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    notes["tags in lower case"] += sum(token.tag != token.tag.upper() for token in sentence)
    return tuple(token.word for token in sentence), tuple(token.tag.upper() for token in sentence)


def read_entities(path: Path, language: Language | None = None, notes: Notes | None = None) -> list[TaggedSentence]:
    """Words with tags of named entities, in any form and scheme that `read_columns` and `to_iob2` know.

    Args:
        language, notes: see `read_columns`.

    Raises:
        DataError: as `read_columns`, or there is no sentence.
    """
    notes = Notes() if notes is None else notes
    return _some(
        [
            TaggedSentence(
                tuple(token.word for token in sentence), tuple(to_iob2([token.tag for token in sentence], notes))
            )
            for sentence in read_columns(path, ENTITY_TAGS, language, notes)
        ],
        path,
    )


def read_inferences(path: Path, language: Language | None = None, notes: Notes | None = None) -> list[InferencePair]:
    """Rows of premise, hypothesis and label; a first row that names the columns is left out.

    Raises:
        DataError: as `read_rows`, a sentence is empty, the label is none of the three, or the first row says that the
            hypothesis comes first.
    """
    del language
    notes = Notes() if notes is None else notes
    pairs = []
    for number, (premise, hypothesis, raw) in read_rows(path, n_columns=3):
        label = raw.strip().lower()
        if number == 1 and label in ("label", "gold_label"):
            if premise.strip().lower() in SECOND or hypothesis.strip().lower() in FIRST:
                raise DataError(
                    f"The premise must come first, then the hypothesis, but the first line of {path} says "
                    f"{[premise, hypothesis, raw]}. Swap the columns."
                )
            notes["rows with the names of columns left out"] += 1
            continue
        if not premise.strip() or not hypothesis.strip():
            raise DataError(
                f"Premise and hypothesis must hold text, but one is empty in {path}, line {number}. Leave the pair out."
            )
        if label not in INFERENCES:
            raise DataError(
                f"A label must be one of {', '.join(INFERENCES)}, but is {raw!r} in {path}, line {number}. "
                "Leave pairs without a label out; write numbers as names."
            )
        notes["labels in other case"] += label != raw
        pairs.append(InferencePair(premise, hypothesis, label))
    return _some(pairs, path)


def _some(examples: list[T], path: Path) -> list[T]:
    if not examples:
        raise DataError(f"{path} must hold at least one sentence, but holds none.")
    return examples
