"""The one border of tab-separated pair files: which of their columns are the two sentences.

Recognised: english and other; id, english and other (the layout's own form, and scores of mined bitext in front);
english, other and a score, or the licence and authors of Tatoeba's exports; id, english, id and other; a first row that
names the columns. What else has three or four columns is refused: which ones are meant must be said, by leaving the
others out. So are sentences that can be none: one and the same word in every line, codes of languages, or English that
is not written in Latin letters.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from search_spaces.languages import ENGLISH, Language, UnknownLanguageError, parse_language
from search_spaces.reading import DataError, read_lines
from trainables.data.columns import Notes

PairRow = tuple[int, str, str, str]
"""(line, id, english, other)"""

N_CONSTANT = 3
"""Lines from which on one and the same word in all of them is no sentence."""
N_LOOKED_AT = 1_000
"""First lines, from which the columns are recognised; every later line must fit."""
CODE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?")
LATIN = ("LATIN", "FULLWIDTH LATIN")
NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?")
ATTRIBUTION = re.compile(r"CC-?(?:BY|0).*|.*(?:tatoeba\.org|#[0-9]+ \(\S*\)).*")
HEADERS = frozenset("id score src source tgt target english other sentence text translation label laser_score".split())


Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Columns:
    """Which columns (from 0) hold the two sentences and the id, and in words what the others hold.

    fits: whether rows with as many fields are of this kind.
    """

    n_fields: int
    english: int
    other: int
    key: int | None
    what: str
    fits: Callable[[Rows], bool]


def _all(matches: Callable[[str], object], column: int) -> Callable[[Rows], bool]:
    return lambda rows: all(matches(fields[column].strip()) for fields in rows)


def _is_id(text: str) -> bool:
    """A number, or a text without blanks that has a digit: not the sentences of a whole file, nor the words of a list.

    Chinese and Thai sentences have no blanks either.
    """
    return any(character.isdigit() for character in text) and not any(character.isspace() for character in text)


# in the order in which they are tried
SHAPES = (
    Columns(2, 0, 1, None, "", lambda rows: not (_all(_is_id, 0)(rows) or _all(NUMBER.fullmatch, 1)(rows))),
    Columns(3, 0, 1, None, "scores in column 3 left out", _all(NUMBER.fullmatch, 2)),
    Columns(3, 0, 1, None, "attributions in column 3 left out", _all(ATTRIBUTION.fullmatch, 2)),
    Columns(3, 1, 2, 0, "", _all(_is_id, 0)),
    Columns(
        4, 1, 3, 0, "ids in columns 1 and 3",
        lambda rows: _all(NUMBER.fullmatch, 0)(rows) and _all(NUMBER.fullmatch, 2)(rows),
    ),
)  # fmt: skip


def read_pairs(path: Path, language: Language | None = None, notes: Notes | None = None) -> Iterator[PairRow]:
    """The rows of a file, as they are asked for; the id is "" where the file has none.

    Args:
        language: of the other side, where it is known.
        notes: what was recognised is counted here.

    Raises:
        DataError: as `read_lines`, columns that are not recognised, or a line that is not like the first ones.
    """
    notes = Notes() if notes is None else notes
    lines = ((number, line.split("\t")) for number, line in read_lines(path))
    first = list(islice(lines, N_LOOKED_AT))
    if _names_columns(path, first[0][1], language):
        notes["rows with the names of columns left out"] += 1
        first = first[1:]
    if not first:
        raise DataError(f"{path} must hold at least one pair, but holds names of columns only.")
    shape = _shape(path, first)
    n_fields = len(first[0][1])
    for number, fields in chain(first, lines):
        if len(fields) != n_fields:
            raise DataError(
                f"A line must have {n_fields} tab-separated fields, but {path}, line {number} has {len(fields)}. "
                "Correct it."
            )
        if shape.what and not shape.fits([fields]):
            raise DataError(
                f"All lines must be alike, but {path}, line {number} is not like the ones before it ({shape.what}). "
                "Correct it, or leave the other columns out."
            )
        if shape.what:
            notes[shape.what] += 1
        # Blanks around an id are no part of it: one name in several files is one sentence.
        yield number, "" if shape.key is None else fields[shape.key].strip(), fields[shape.english], fields[shape.other]


def _shape(path: Path, rows: Sequence[tuple[int, list[str]]]) -> Columns:
    """The shape of the rows that have as many fields as the first; others are refused where they stand."""
    n_fields = len(rows[0][1])
    if n_fields not in (2, 3, 4):
        raise DataError(
            "A line must have 2 (english, other) or 3 (id, english, other) tab-separated fields, but "
            f"{path}, line {rows[0][0]} has {n_fields}. Leave the other columns out (`cut -f`)."
        )
    alike = [fields for _, fields in rows if len(fields) == n_fields]
    for shape in SHAPES:
        if shape.n_fields == n_fields and shape.fits(alike):
            _check_sentences(path, shape, alike)
            return shape
    raise DataError(
        f"It must be clear which of the {n_fields} columns hold the sentences, but is not in {path} (line "
        f"{rows[0][0]}). Give english and other, or id (with a digit, without blanks), english and other; leave other "
        "columns out (`cut -f`)."
    )


def _check_sentences(path: Path, shape: Columns, rows: Rows) -> None:
    """Refuses columns that hold something else than English and its translations.

    Raises:
        DataError: one of the two is one word in all of three lines or more, or holds codes of languages beside ids; or
            the letters of the first are not Latin.
    """
    for column in (shape.english, shape.other):
        values = [fields[column].strip() for fields in rows]
        is_constant = len(values) >= N_CONSTANT and len(set(values)) == 1 and not any(map(str.isspace, values[0]))
        is_code = shape.key is not None and all(CODE.fullmatch(value) and _language(value) for value in values)
        if is_constant or is_code:
            what = "is in every line" if is_constant else "is a code of a language, as in every line"
            raise DataError(
                f"Both sides of a sentence pair must be sentences, but {values[0][:40]!r} {what} of column "
                f"{column + 1} of {path}. Give english and other, or id, english and other (`cut -f`)."
            )
    letters = [letter for fields in rows for letter in fields[shape.english] if letter.isalpha()]
    if 2 * sum(unicodedata.name(letter, "").startswith(LATIN) for letter in letters) < len(letters):
        raise DataError(
            f"English must come first, but column {shape.english + 1} of {path} is not written in Latin letters "
            f"({rows[0][shape.english][:40]!r}). Swap the columns, or leave others out (`cut -f`)."
        )


def _names_columns(path: Path, fields: Sequence[str], language: Language | None) -> bool:
    """Whether the first row names columns: languages, English among them, or words that only headers have.

    Raises:
        DataError: it says that English comes second, or another language than that of the file.
    """
    named = [
        tag for place, field in enumerate(fields)
        if (tag := _language(field)) is not None and not (place == 0 and len(fields) > 2 and field.lower() == "id")
    ]  # fmt: skip
    n_words = sum(field.strip().lower() in HEADERS and _language(field) is None for field in fields)
    n_words += len(fields) > 2 and fields[0].strip().lower() == "id"
    if len(named) == 2 and ENGLISH in named and len(named) + n_words == len(fields):
        if named[0] != ENGLISH:
            raise DataError(f"English must come first, but the first line of {path} says {fields}. Swap the columns.")
        if language is not None and named[1] != language:
            raise DataError(
                f"{path} must hold pairs of {language}, but its first line says {fields}. Correct its name."
            )
        return True
    return len(fields) > 1 and all(field.strip().lower() in HEADERS for field in fields)


def _language(text: str) -> Language | None:
    try:
        return parse_language(text)
    except UnknownLanguageError:
        return None
