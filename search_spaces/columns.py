"""Columns: facts by which languages are grouped - family, branch, script, area, resource class, seen by an encoder.

Built in from the inventory; a user's own come from a CSV file with the header `language,<column>,...`.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

from search_spaces.inventory import INVENTORY
from search_spaces.languages import Language, parse_language

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
        ValueError: no such file, no `language` column, an unknown language or one that comes twice.
    """
    if not path.is_file():
        raise ValueError(f"A facts table must be a CSV file, but {path} is none. Give another path.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = [name for name in reader.fieldnames or [] if name != "language"]
        if "language" not in (reader.fieldnames or []) or not names:
            raise ValueError(
                f"A facts table must have the header `language,<column>,...`, but {path} has "
                f"{','.join(reader.fieldnames or []) or 'none'}. Add it."
            )
        columns: dict[str, dict[Language, str]] = {name: {} for name in names}
        seen: set[Language] = set()
        for number, row in enumerate(reader, start=2):
            try:
                language = parse_language(row["language"] or "")
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from None
            if language in seen:
                raise ValueError(f"A language may occur once, but {language} occurs again in {path}, line {number}.")
            seen.add(language)
            for name in names:
                if value := (row[name] or "").strip():
                    columns[name][language] = value
    return columns
