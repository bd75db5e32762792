"""Columns: facts by which languages are grouped - family, branch, script, area, resource class, seen by an encoder.

Built in for every language; a user's own come from a CSV file with the header `language,<column>,...`.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from search_spaces.inventory import INVENTORY, LanguageInfo, find_info
from search_spaces.language_rows import read_language_rows
from search_spaces.languages import Language
from search_spaces.reading import DataError

FACTS: Mapping[str, Callable[[LanguageInfo], str]] = {
    "family": lambda info: info.stock,
    "branch": lambda info: f"{info.family}/{info.branch or info.tag}",
    "script": lambda info: info.script,
    "area": lambda info: info.area,
    "resource": lambda info: info.resource,
    "corpus": lambda info: info.corpus,
    "seen_by_mbert": lambda info: "seen" if info.seen_by_mbert else "unseen",
    "seen_by_xlmr": lambda info: "seen" if info.seen_by_xlmr else "unseen",
}


class KnownFacts(Mapping[Language, str]):
    """One of `FACTS` of every language. It lists the 119 of the inventory; any other is looked up when asked for."""

    def __init__(self, column: str) -> None:
        self.column = column  # its name, as a plan is pickled

    def __getitem__(self, language: Language) -> str:
        info = find_info(language)
        if info is None:
            raise KeyError(language)
        return FACTS[self.column](info)

    def __iter__(self) -> Iterator[Language]:
        return iter(INVENTORY)

    def __len__(self) -> int:
        return len(INVENTORY)


COLUMNS: Mapping[str, Mapping[Language, str]] = {column: KnownFacts(column) for column in FACTS}
"""Column -> language -> value; an empty text where it is not known. Every isolate is a family of its own."""


def read_columns(path: Path) -> dict[str, dict[Language, str]]:
    """The columns of a CSV file with the header `language,<column>,...`; empty cells stay out.

    Raises:
        DataError: as `read_language_rows`, or no column beside the languages.
    """
    names, rows = read_language_rows(path, [], "A facts table")
    if not names:
        raise DataError(f"A facts table must have the header `language,<column>,...`, but {path} has `language` alone.")
    columns: dict[str, dict[Language, str]] = {name: {} for name in names}
    for language, row in rows:
        for name in names:
            if row.cells[name]:
                columns[name][language] = row.cells[name]
    return columns
