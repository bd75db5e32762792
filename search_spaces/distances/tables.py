"""Tables that users bring, as CSV: distances between languages (square) and features of languages.

Languages go by any name that `parse_language` knows, or by Glottocode. Rows of languages that are not asked for may be
anything (a lab's table may have thousands); a language that is asked for and has no row is an error, never left out.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from search_spaces.distances.features import FeatureMatrix
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import INVENTORY
from search_spaces.languages import Language, UnknownLanguageError, parse_language
from search_spaces.reading import DataError
from search_spaces.structured import read_csv

NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")
NO_VALUE = frozenset(("", "?", "na", "nan", "none", "null"))
"""What a cell without a value may hold, in any case of letters; "?" is Grambank's."""

_BY_GLOTTOCODE = {info.glottocode: tag for tag, info in INVENTORY.items() if info.glottocode}


@dataclass(frozen=True)
class DistanceTable:
    """Distances as read from a file, the name under which it has each language, and names that mean nothing here."""

    matrix: DistanceMatrix
    names: dict[Language, str]
    unread: tuple[str, ...]


@dataclass(frozen=True)
class FeatureTable:
    """Features as read from a file; `names`, `unread` as in `DistanceTable`.

    `categories`: features of which some value is no number; in the matrix their values are numbered, sorted by text.
    """

    matrix: FeatureMatrix
    names: dict[Language, str]
    unread: tuple[str, ...]
    categories: tuple[str, ...]


def read_distances(path: Path, languages: Iterable[Language]) -> DistanceTable:
    """The distances among the languages from a square CSV file with names in the first row and the first column.

    Rows and columns may come in different orders. Only the cells of the languages asked for are read as numbers.

    Raises:
        ValueError: no such file, not square, different names in rows and columns, a language that comes twice or is
            lacking, a cell that is no number, or what `DistanceMatrix` refuses; each begins with the path.
    """
    header, rows = _read(path)
    if len(rows) != len(header):
        raise ValueError(
            f"{path}: a distance matrix must be square, but has {len(rows)} rows and {len(header)} columns. "
            "Give every language a row and a column."
        )
    if strangers := sorted(set(header) ^ {name for name, _ in rows}):
        raise ValueError(
            f"{path}: rows and columns must have the same names, but {_some(strangers)} is not in both. Rename them."
        )
    column, unread = _languages_of(path, header)
    row, _ = _languages_of(path, [name for name, _ in rows])
    tags = _wanted(path, languages, row, unread)
    values = np.array([[_distance(path, rows[row[a]][1][column[b]], a, b) for b in tags] for a in tags])
    try:
        matrix = DistanceMatrix(tags, values)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return DistanceTable(matrix, {tag: rows[row[tag]][0] for tag in tags}, unread)


def read_features(path: Path, languages: Iterable[Language]) -> FeatureTable:
    """The languages' features from a CSV file: one row a language (name in the first column), one column a feature.

    Cells without a value are empty (or see `NO_VALUE`). Others are numbers, or texts for categories.

    Raises:
        ValueError: no such file, a feature or language that comes twice or is lacking, a row of another length, an
            infinite number, or a language without any value; each begins with the path.
    """
    header, rows = _read(path)
    if not header:
        raise ValueError(f"{path}: a feature table needs a column per feature, but has none. Add some.")
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise ValueError(f"{path}: each feature may occur once, but {_some(twice)} occurs again. Rename it.")
    if all(NUMBER.fullmatch(name) for name in header):
        raise DataError(f"{path}: the first line must name the features, but holds numbers only. Add a header.")
    row, unread = _languages_of(path, [name for name, _ in rows])
    tags = _wanted(path, languages, row, unread)
    texts = [[cell if cell.casefold() not in NO_VALUE else "" for cell in rows[row[tag]][1]] for tag in tags]
    if empty := [tag for tag, cells in zip(tags, texts, strict=True) if not any(cells)]:
        raise ValueError(
            f"{path}: every language must have a value in some feature, but {_some(empty)} has none. Leave it out."
        )
    categories: list[str] = []
    columns = []
    for feature, cells in zip(header, zip(*texts, strict=True), strict=True):
        try:
            columns.append([float(cell) if cell else math.nan for cell in cells])
        except ValueError:
            categories.append(feature)
            code = {text: float(number) for number, text in enumerate(sorted(set(cells) - {""}))}
            columns.append([code[cell] if cell else math.nan for cell in cells])
    values = np.array(columns, dtype=np.float64).T
    try:
        matrix = FeatureMatrix(tags, tuple(header), values, ~np.isnan(values))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return FeatureTable(matrix, {tag: rows[row[tag]][0] for tag in tags}, unread, tuple(categories))


def languages_in(path: Path) -> frozenset[Language]:
    """The languages that a table has rows of. Raises ValueError as `read_distances`."""
    _, rows = _read(path)
    return frozenset(_languages_of(path, [name for name, _ in rows])[0])


def _read(path: Path) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """(names of the columns but the first, (name, cells) of each row), all stripped; rows without any text stay out."""
    (_, header), *lines = read_csv(path) or [(0, [])]
    if not lines:
        raise DataError(f"{path}: needs a header and at least one row, but has {int(bool(header))} lines. Fill it.")
    for number, cells in lines:
        if len(cells) != len(header):
            raise DataError(
                f"{path}: every row must have as many cells as the header ({len(header)}), but line {number} "
                f"({cells[0]!r}) has {len(cells)}. Correct it, and separate cells by commas."
            )
    return header[1:], [(cells[0], cells[1:]) for _, cells in lines]


def _languages_of(path: Path, names: Sequence[str]) -> tuple[dict[Language, int], tuple[str, ...]]:
    """Where each known language stands among the names, and the names that mean none."""
    place: dict[Language, int] = {}
    unread = []
    for number, name in enumerate(names):
        tag = _BY_GLOTTOCODE.get(name)
        if tag is None:
            try:
                tag = parse_language(name)
            except UnknownLanguageError:
                unread.append(name)
                continue
        if tag in place:
            raise ValueError(
                f"{path}: each language may occur once, but {tag} is named {names[place[tag]]!r} and {name!r}. "
                "Delete one."
            )
        place[tag] = number
    return place, tuple(unread)


def _wanted(
    path: Path, languages: Iterable[Language], place: dict[Language, int], unread: tuple[str, ...]
) -> tuple[Language, ...]:
    tags = tuple(sorted(set(languages)))
    if not tags:
        raise ValueError("At least one language is needed, but none is given. Name some.")
    if lacking := [tag for tag in tags if tag not in place]:
        others = f" (not understood: {_some(unread)})" if unread else ""
        raise ValueError(
            f"{path}: every language that is asked for needs a row, but {_some(lacking)} has none{others}. "
            "Add it, or leave the language out of the pool."
        )
    return tags


def _distance(path: Path, cell: str, a: Language, b: Language) -> float:
    try:
        return float(cell)
    except ValueError:
        raise ValueError(
            f"{path}: every distance must be a number, but that of {a} and {b} is {cell!r}. Fill it in."
        ) from None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
