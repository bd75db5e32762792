"""JSON and CSV as they come in: values, rows and tables out of a text that `reading` has let in."""

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_spaces.reading import MAX_LINE, DataError, read_text


@dataclass(frozen=True)
class Row:
    """One row of a CSV table: the number of its last line (from 1), and cell by column, stripped."""

    line: int
    cells: dict[str, str]


def read_json(path: Path) -> Any:
    """The value in a JSON file.

    Raises:
        DataError: as `read_text`, or no JSON: also a key that comes twice, a number that is not finite, or more
            levels than can be read.
    """
    return parse_json(read_text(path), str(path))


def parse_json(text: str, where: str) -> Any:
    """The value of a JSON text; `where` names it in messages. Raises as `read_json`."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite)
    except RecursionError:
        raise DataError(f"{where} must be JSON of a few levels, but is nested too deep. Make it again.") from None
    except ValueError as error:
        raise DataError(f"{where} must be JSON, but is not ({error}). Make it again.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} occurs twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is not a finite number")
    return number


def read_csv(path: Path) -> list[tuple[int, list[str]]]:
    """(number of its last line, stripped cells) of each row that has any text. Cells may be quoted and long.

    Raises:
        DataError: as `read_text`, or quotes that do not fit.
    """
    return parse_csv(read_text(path), path)


def parse_csv(text: str, path: Path) -> list[tuple[int, list[str]]]:
    """As `read_csv`, of text that was read from `path`."""
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                rows.append((reader.line_num, stripped))
    except csv.Error as error:
        raise DataError(
            f"{path} must be a CSV file, but line {reader.line_num} is not ({error}). Correct its quotes."
        ) from None
    return rows


def read_table(path: Path, needed: Sequence[str], what: str) -> tuple[list[str], list[Row]]:
    """Column names and rows of a CSV file with a header.

    Args:
        needed: columns that it must have.
        what: names the table in messages ("A cost table").

    Raises:
        DataError: as `read_csv`, a column that is lacking, unnamed or comes twice, or a row with more or fewer cells.
    """
    return parse_table(read_text(path), path, needed, what)


def parse_table(text: str, path: Path, needed: Sequence[str], what: str) -> tuple[list[str], list[Row]]:
    """As `read_table`, of text that was read from `path`."""
    (_, header), *lines = parse_csv(text, path) or [(0, [])]
    if not set(needed) <= set(header):
        raise DataError(
            f"{what} must have the header `{','.join(needed)}`, but {path} has {','.join(header)[:200] or 'none'}. "
            "Add it, with commas between."
        )
    if "" in header or len(set(header)) < len(header):
        twice = next((repr(name) for name in header if header.count(name) > 1 and name), "one without a name")
        raise DataError(f"Each column of a table must have a name of its own, but {path} has {twice}. Rename it.")
    for number, cells in lines:
        if len(cells) != len(header):
            raise DataError(
                f"A row must have as many cells as the header ({len(header)}), but {path}, line {number} has "
                f"{len(cells)}. Correct it, and separate cells by commas."
            )
    return header, [Row(number, dict(zip(header, cells, strict=True))) for number, cells in lines]


def finite_number(text: str, where: str, least: float = -math.inf) -> float:
    """The number that a cell holds.

    Raises:
        DataError: it is none, not finite, or below `least`.
    """
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < least:
        rule = "a finite number" + (f" of at least {least:g}" if math.isfinite(least) else "")
        raise DataError(f"A cell must hold {rule}, but is {text[:60]!r} in {where}. Correct it.")
    return number
