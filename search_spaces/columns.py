"""Columns: facts by which languages are grouped - family, branch, script, area, resource class, seen by an encoder.

Built in from the inventory; a user's own come from a CSV file with the header `language,<column>,...`.
"""

from collections.abc import Mapping
from pathlib import Path

from search_spaces.inventory import INVENTORY
from search_spaces.languages import Language, parse_language
from search_spaces.reading import DataError
from search_spaces.structured import read_table

COLUMNS: Mapping[str, Mapping[Language, str]] = {
    "family": {tag: info.family if info.family != "isolate" else f"isolate {tag}" for tag, info in INVENTORY.items()},
    "branch": {tag: f"{info.family}/{info.branch or tag}" for tag, info in INVENTORY.items()},
    "script": {tag: info.script for tag, info in INVENTORY.items()},
    "area": {tag: info.area for tag, info in INVENTORY.items()},
    "resource": {tag: info.resource for tag, info in INVENTORY.items()},
    "corpus": {tag: info.corpus for tag, info in INVENTORY.items()},
    "seen_by_mbert": {tag: "seen" if info.seen_by_mbert else "unseen" for tag, info in INVENTORY.items()},
    "seen_by_xlmr": {tag: "seen" if info.seen_by_xlmr else "unseen" for tag, info in INVENTORY.items()},
}
"""Column -> language -> value; an empty text where it is not known. Every isolate is a family of its own."""


def read_columns(path: Path) -> dict[str, dict[Language, str]]:
    """The columns of a CSV file with the header `language,<column>,...`; empty cells stay out.

    Raises:
        DataError: no such file, no `language` column, a column or a language that comes twice, an unknown language, or
            a row with more or fewer cells than the header.
    """
    header, rows = read_table(path, ["language"], "A facts table")
    names = [name for name in header if name != "language"]
    if not names:
        raise DataError(f"A facts table must have the header `language,<column>,...`, but {path} has `language` alone.")
    columns: dict[str, dict[Language, str]] = {name: {} for name in names}
    seen: set[Language] = set()
    for row in rows:
        try:
            language = parse_language(row.cells["language"])
        except ValueError as error:
            raise DataError(f"{path}, line {row.line}: {error}") from None
        if language in seen:
            raise DataError(f"A language may occur once, but {language} occurs again in {path}, line {row.line}.")
        seen.add(language)
        for name in names:
            if row.cells[name]:
                columns[name][language] = row.cells[name]
    return columns
