"""The user's own table of languages: facts that nobody shipped, about any language with a code of ISO 639-3.

A CSV file with a header; `iso` alone is needed, and every empty cell is completed from what is known of the language:

    iso,script,name,family,branch,area,latitude,longitude,class,seen by,uriel

`class`: Joshi et al.'s (2020), 0 to 5. `seen by` (or `seen_by`): "mbert", "xlmr", "both" (also "mbert, xlmr", "mbert
xlmr" or "mbert;xlmr"), or "none". `latitude` and `longitude` come together. `uriel`: the row of URIEL that stands for
the language (default: its own code). Other columns are left to the tables of a choice that the file may hold too
(`language_rows.py`), but none may look like one of these.

Rows are in force in this process once `use_languages` has taken them; a sweep keeps them in its configuration and hands
them to its workers.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from search_spaces.further_languages import SCRIPT_NOT_KNOWN, SCRIPTS
from search_spaces.inventory import AREAS, FURTHER, INVENTORY, OWN, LanguageInfo, find_info
from search_spaces.languages import OWN_ALIASES, Language, UnknownLanguageError, parse_known, parse_language
from search_spaces.reading import DataError
from search_spaces.structured import finite_number, read_table

COLUMNS = ("iso", "script", "name", "family", "branch", "area", "latitude", "longitude", "class", "seen by", "uriel")
CLASSES = {"0": "<=2", "1": "<=2", "2": "<=2", "<=2": "<=2", "3": "3", "4": "4-5", "5": "4-5", "4-5": "4-5"}
SEEN = ("mbert", "xlmr", "both", "none")
ALIASES = {"seen_by": "seen by"}
"""Another spelling -> the column that it is."""
MISTAKEN = {
    "lat": "latitude", "lon": "longitude", "lng": "longitude", "resource": "class", "urielcode": "uriel",
    "iso6393": "iso", "seenbymbert": "seen by", "seenbyxlmr": "seen by", "seen": "seen by",
}  # fmt: skip
"""Letters and digits of what others, our own tables among them, call a column -> the column."""
LIKE = 0.82
"""Share of equal letters from which a name is a misspelt one: `famliy` is, `subfamily` is not."""

Row = Mapping[str, str]


def read_own_languages(path: Path) -> tuple[dict[str, str], ...]:
    """The rows of a file, checked, without empty cells; columns that are not in `COLUMNS` are left to others.

    A column is refused where it looks like one of `COLUMNS`: its facts would be lost without a word.

    Raises:
        DataError: no such file, a column that looks like another, or a row that breaks a rule; the message
            names file and line.
    """
    header, table = read_table(path, ["iso"], "A table of languages")
    for column in header:
        if (meant := misspelt(column)) and ALIASES.get(column) != meant:
            raise DataError(
                f"A column of a table of languages must be one of {', '.join(COLUMNS)}, or look like none of them, but "
                f"{path} has {column!r}. Write {meant!r}, or give it another name."
            )
    names = [column for column in header if ALIASES.get(column, column) in COLUMNS]
    rows, seen = [], set()
    for row in table:
        cells = _canonical({column: row.cells[column] for column in names}, str(path))
        where = f"{path}, line {row.line}"
        tag = checked(cells, where).tag
        if tag in seen:
            raise DataError(f"A language may occur once, but {tag} occurs again in {where}. Delete one.")
        seen.add(tag)
        rows.append(cells)
    return tuple(rows)


def misspelt(column: str) -> str | None:
    """The column of a table of languages that a name looks like without being it; None where it looks like none."""
    if column in COLUMNS:
        return None
    letters = _letters(column)
    if letters in MISTAKEN:
        return MISTAKEN[letters]
    for known in COLUMNS:
        like = difflib.SequenceMatcher(None, letters, _letters(known)).ratio()
        shortened = len(letters) >= 3 and _letters(known).startswith(letters)
        if like >= LIKE or shortened or sorted(letters) == sorted(_letters(known)):
            return known
    return None


def _letters(column: str) -> str:
    return re.sub(r"[\W_]+", "", column.casefold())


def _canonical(row: Row, where: str) -> dict[str, str]:
    """The row with its columns' own names, without empty cells."""
    found = {ALIASES.get(column, column): cell for column, cell in row.items() if cell}
    if both := [alias for alias, column in ALIASES.items() if alias in row and column in row]:
        raise DataError(f"A column may occur once, but {ALIASES[both[0]]!r} is also {both[0]!r} in {where}. Drop one.")
    return found


def use_languages(rows: Iterable[Row], where: str = "`languages`") -> tuple[Language, ...]:
    """Takes the rows as what is known of these languages from now on, in this process; returns their tags, sorted.

    Raises:
        DataError: a row that breaks a rule.
    """
    infos = [checked(row, where) for row in rows]
    for info in infos:
        if info.tag in INVENTORY:
            continue
        OWN[info.tag] = info
        for alias in (info.tag, info.iso639_3, info.name):
            try:
                parse_known(alias)
            except UnknownLanguageError:
                OWN_ALIASES[alias.strip().casefold().replace("-", "_")] = info.tag
    return tuple(sorted(info.tag for info in infos))


def checked(row: Row, where: str) -> LanguageInfo:
    """What is known of the language of a row, its own cells first.

    Raises:
        DataError: a cell that its column does not allow, or another fact about one of the 119 languages, whose
            published results rest on the facts there are.
    """
    row = _canonical(row, where)
    iso, script = row.get("iso", ""), row.get("script", "")
    if unknown := sorted(set(row) - set(COLUMNS)):
        raise DataError(f"A column must be one of {', '.join(COLUMNS)}, but is {unknown[0]!r} in {where}. Rename it.")
    if not re.fullmatch("[a-z]{3}", iso):
        raise DataError(f"`iso` must be a code of ISO 639-3 (three lower-case letters), but is {iso!r} in {where}.")
    if script and script not in SCRIPTS:
        raise DataError(f"`script` must be a code of ISO 15924 like Latn, but is {script!r} in {where}. Correct it.")
    try:
        known = find_info(parse_language(f"{iso}_{script}" if script else iso))
    except UnknownLanguageError:
        known = None
    info = _completed(row, known, where)
    if info.tag in INVENTORY and info != INVENTORY[info.tag]:
        raise DataError(
            f"The facts about the {len(INVENTORY)} languages of the inventory are fixed, as published results rest on "
            f"them, but {where} gives others about {info.tag}. Keep `iso` and `script` only; groups of your own come "
            "from `facts`."
        )
    return info


def _completed(row: Row, known: LanguageInfo | None, where: str) -> LanguageInfo:
    if known is None:
        if not row.get("name"):
            raise DataError(
                f"A language that ISO 639-3 does not list needs a `name`, but {row['iso']} has none in {where}. "
                "Give one."
            )
        known = LanguageInfo(
            tag=Language(f"{row['iso']}_{row.get('script') or SCRIPT_NOT_KNOWN}"), name=row["name"],
            iso639_3=row["iso"], script=row.get("script") or SCRIPT_NOT_KNOWN, glottocode="", family="", branch="",
            area="", latitude=float("nan"), longitude=float("nan"), resource="", seen_by_mbert=False,
            seen_by_xlmr=False, corpus="", role=FURTHER, uriel_code=row["iso"], aliases=(),
        )  # fmt: skip
    if ("latitude" in row) != ("longitude" in row):
        given, lacking = ("latitude", "longitude") if "latitude" in row else ("longitude", "latitude")
        raise DataError(
            f"A place is `latitude` and `longitude`, but {row['iso']} has a `{given}` and no `{lacking}` in {where}. "
            "Give both, or neither."
        )
    seen = _encoders(row["seen by"], where) if "seen by" in row else None
    _require("class", row.get("class"), tuple(CLASSES), where)
    _require("area", row.get("area"), AREAS, where)
    return replace(
        known,
        name=row.get("name", known.name),
        family=row.get("family", known.family),
        branch=row.get("branch", known.branch),
        area=row.get("area", known.area),
        latitude=_degrees(row, "latitude", 90.0, known.latitude, where),
        longitude=_degrees(row, "longitude", 180.0, known.longitude, where),
        resource=CLASSES[row["class"]] if "class" in row else known.resource,
        seen_by_mbert=known.seen_by_mbert if seen is None else "mbert" in seen,
        seen_by_xlmr=known.seen_by_xlmr if seen is None else "xlmr" in seen,
        uriel_code=row.get("uriel", known.uriel_code),
    )


def _encoders(cell: str, where: str) -> set[str]:
    """Those of mBERT and XLM-R that a cell of `seen by` names, separated by commas, semicolons or blanks."""
    words = set(re.split(r"[\s,;]+", cell.strip(" \t,;").casefold()))
    for word in sorted(words):
        _require("seen by", word, SEEN, where)
    if "none" in words and len(words) > 1:
        raise DataError(f"`seen by` must be `none` or name encoders, but is {cell!r} in {where}. Drop one of them.")
    return {"mbert", "xlmr"} if "both" in words else words - {"none"}


def _require(column: str, value: str | None, allowed: tuple[str, ...], where: str) -> None:
    if value is not None and value not in allowed:
        raise DataError(f"`{column}` must be one of {', '.join(allowed)}, but is {value!r} in {where}. Correct it.")


def _degrees(row: Row, column: str, limit: float, known: float, where: str) -> float:
    if column not in row:
        return known
    value = finite_number(row[column], f"`{column}` of {where}")
    if abs(value) > limit:
        raise DataError(f"`{column}` must be degrees from {-limit:g} to {limit:g}, but is {value:g} in {where}.")
    return value
