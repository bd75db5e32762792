"""The user's own table of languages: facts that nobody shipped, about any language with a code of ISO 639-3.

A CSV file with a header; `iso` alone is needed, and every empty cell is completed from what is known of the language:

    iso,script,name,family,branch,area,latitude,longitude,class,seen by,uriel

`class`: Joshi et al.'s (2020), 0 to 5. `seen by`: "mbert", "xlmr", both, or "none". `uriel`: the row of URIEL that
stands for the language (default: its own code). Rows are in force in this process once `use_languages` has taken them;
a sweep keeps them in its configuration and hands them to its workers.
"""

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
SEEN = ("mbert", "xlmr", "none")

Row = Mapping[str, str]


def read_own_languages(path: Path) -> tuple[dict[str, str], ...]:
    """The rows of a file, checked, without empty cells; columns that are not in `COLUMNS` are left to others.

    Raises:
        DataError: no such file, or a row that breaks a rule; the message names file and line.
    """
    header, table = read_table(path, ["iso"], "A table of languages")
    rows, seen = [], set()
    for row in table:
        cells = {column: row.cells[column] for column in header if column in COLUMNS and row.cells[column]}
        where = f"{path}, line {row.line}"
        tag = checked(cells, where).tag
        if tag in seen:
            raise DataError(f"A language may occur once, but {tag} occurs again in {where}. Delete one.")
        seen.add(tag)
        rows.append(cells)
    return tuple(rows)


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
    seen = re.split(r"[\s;]+", row["seen by"].casefold()) if "seen by" in row else None
    _require("class", row.get("class"), tuple(CLASSES), where)
    _require("area", row.get("area"), AREAS, where)
    for encoder in seen or ():
        _require("seen by", encoder, SEEN, where)
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
