"""The language inventory as a table to look at or to paste: aligned text that is also Markdown, or CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping

from search_spaces.choose import known_languages
from search_spaces.inventory import LanguageInfo, language_info
from search_spaces.languages import Language
from search_spaces.published.subsets import memberships

_MEMBERSHIPS = memberships()

TABLE_COLUMNS: Mapping[str, Callable[[LanguageInfo], str]] = {
    "language": lambda info: info.tag,
    "name": lambda info: info.name,
    "family": lambda info: info.family,
    "branch": lambda info: info.branch,
    "script": lambda info: info.script,
    "area": lambda info: info.area,
    "resource": lambda info: info.resource,
    "seen_by_mbert": lambda info: "seen" if info.seen_by_mbert else "unseen",
    "seen_by_xlmr": lambda info: "seen" if info.seen_by_xlmr else "unseen",
    "corpus": lambda info: info.corpus,
    "role": lambda info: info.role,
    "subsets": lambda info: str(len(_MEMBERSHIPS.get(info.tag, ()))),
}
"""Column -> its text for a language. "subsets" counts the paper's chosen lists (not its whole pools) that hold it."""


def inventory_table(languages: Iterable[Language], form: str = "text") -> str:
    """One row a language, sorted by tag, with a header; ends in a line break.

    Args:
        languages: which, in any order; repetitions are dropped.
        form: "text" (aligned; a GitHub table; unknown facts are "-", and a last line counts) or "csv" (unknown facts
            are empty).

    Raises:
        ValueError: another form.
    """
    infos = [language_info(tag) for tag in sorted(set(languages))]
    table = [list(TABLE_COLUMNS), *([text(info) for text in TABLE_COLUMNS.values()] for info in infos)]
    if form == "csv":
        lines = io.StringIO()
        csv.writer(lines, lineterminator="\n").writerows(table)
        return lines.getvalue()
    if form != "text":
        raise ValueError(f"The format must be text or csv, but is {form!r}.")
    n_realigned = sum(info.role == "realignment" for info in infos)
    count = f"{len(infos):,} of {len(known_languages()):,} languages, {n_realigned} of them among the paper's 65."
    return f"{_aligned(table)}\n\n{count}\n"


def _aligned(table: list[list[str]]) -> str:
    """A GitHub table of a header and rows, all left-aligned: the cells are words."""
    shown = [[cell or "-" for cell in row] for row in table]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in shown]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)
