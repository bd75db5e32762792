"""Tables of the user's own with a row a language: what may be chosen, what is aimed at, what each costs, groups.

One file can hold all of it; each reader takes its own columns and leaves the others:

    language,pool,target,cost,dialect area
    gla,yes,,1200,north
    glv,,2,,

A language stands in the column `language` under any of its names, or in `iso` (and `script`).
"""

from collections.abc import Sequence
from pathlib import Path

from search_spaces.languages import Language, parse_language
from search_spaces.reading import DataError
from search_spaces.structured import Row, finite_number, read_table

YES, NO = ("yes", "true", "x"), ("", "no", "false")


def is_table(text: str) -> bool:
    """Whether a text names a CSV file."""
    return text.strip().lower().endswith(".csv")


def read_language_rows(
    path: Path, needed: Sequence[str], what: str
) -> tuple[tuple[str, ...], list[tuple[Language, Row]]]:
    """The columns that say something of the languages, and each language with its row.

    Args:
        needed, what: as in `read_table`.

    Raises:
        DataError: as `read_table`; no column of languages, an unknown language, or one that comes twice.
    """
    header, rows = read_table(path, needed, what)
    named = "language" if "language" in header or "iso" not in header else "iso"
    if named not in header:
        raise DataError(
            f"{what} must have the header `{','.join(['language', *needed])}` (or `iso` for `language`), but {path} "
            f"has {','.join(header)[:200]}. Add it."
        )
    found: dict[Language, Row] = {}
    for row in rows:
        name, script = row.cells[named], row.cells.get("script", "") if named == "iso" else ""
        try:
            language = parse_language(f"{name}_{script}" if script else name)
        except ValueError as error:
            raise DataError(f"{path}, line {row.line}: {error}") from None
        if language in found:
            raise DataError(f"A language may occur once, but {language} occurs again in {path}, line {row.line}.")
        found[language] = row
    columns = tuple(name for name in header if name not in (named, "script" if named == "iso" else ""))
    return columns, list(found.items())


def read_marked(path: Path, column: str) -> dict[Language, float]:
    """The languages that a column marks with yes (1) or a number above 0; all, where there is no such column.

    Raises:
        DataError: as `read_language_rows`, or a mark that is none.
    """
    columns, rows = read_language_rows(path, [], "A table of languages")
    if column not in columns:
        return {language: 1.0 for language, _ in rows}
    marked = {}
    for language, row in rows:
        cell = row.cells[column].casefold()
        if cell in YES:
            marked[language] = 1.0
        elif cell not in NO and (weight := finite_number(cell, f"`{column}` of {path}, line {row.line}", least=0.0)):
            marked[language] = weight
    return marked
