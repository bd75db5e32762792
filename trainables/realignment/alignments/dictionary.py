"""Word alignments from a bilingual dictionary: `<iso639_3>.tsv[.gz]`, lines "English word, tab, other word".

Two words of a sentence pair are linked where the dictionary holds them and neither has another partner in the pair.
Looked up in NFC and without case. Entries of several words are skipped and counted; for scripts that are cut per
character (see `words.py`) that is nearly all of them, so use another source of alignments there.
"""

import logging
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from search_spaces.reading import read_lines
from trainables.data.words import SPLITTERS, SplitText
from trainables.realignment.alignments.base import (
    Aligner,
    AlignmentError,
    AlignmentInputs,
    Link,
    language_file,
    one_to_one,
)

SUFFIX = ".tsv"

logger = logging.getLogger(__name__)


def build(inputs: AlignmentInputs) -> Aligner:
    """One table of all the realigned languages' dictionaries: a sentence pair does not say which language it is of.

    Raises:
        AlignmentError: a language has no dictionary, or a line is no pair of words.
    """
    table: dict[str, set[str]] = {}
    for language in sorted(inputs.languages):
        path = language_file(inputs.config.alignments_root, language, SUFFIX)
        for english, other in read_dictionary(path, inputs.config.words):
            table.setdefault(english, set()).add(other)
    return _aligner(table)


def read_dictionary(path: Path, words: str) -> list[tuple[str, str]]:
    """The folded word pairs of one file; `words`: name in `words.SPLITTERS`, by which entries must be single words.

    Raises:
        AlignmentError: a line has not two fields, or no entry is a pair of single words.
    """
    split = SPLITTERS[words]
    pairs = []
    n_skipped = 0
    number = 0
    for number, line in read_lines(path):
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) != 2 or not all(fields):
            raise AlignmentError(f"A dictionary's line must be two words with a tab between, but {path}, line "
                                 f"{number} is {line.rstrip()[:80]!r}. Correct it.")  # fmt: skip
        if all(len(split(field).spans) == 1 for field in fields):
            pairs.append((_folded(fields[0]), _folded(fields[1])))
        else:
            n_skipped += 1
    if n_skipped:
        logger.info("%s: %d of %d entries are not single words and were skipped.", path, n_skipped, number)
    if not pairs:
        raise AlignmentError(f"A dictionary must hold a pair of single words, but {path} holds none. Give another one.")
    return pairs


def _aligner(table: dict[str, set[str]]) -> Aligner:
    def align(english: Sequence[SplitText], other: Sequence[SplitText]) -> list[list[Link]]:
        return [_links(e.words, o.words, table) for e, o in zip(english, other, strict=True)]

    return align


def _links(english: Sequence[str], other: Sequence[str], table: dict[str, set[str]]) -> list[Link]:
    places: dict[str, list[int]] = {}
    for j, word in enumerate(other):
        places.setdefault(_folded(word), []).append(j)
    found = [
        (i, j)
        for i, word in enumerate(english)
        for translation in sorted(table.get(_folded(word), ()))
        for j in places.get(translation, ())
    ]
    return one_to_one(found)


def _folded(word: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", word).casefold())
