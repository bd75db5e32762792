"""Language: the one name a language has inside the program, and the border where every other name is turned into it.

The name is the FLORES-200 code, ISO 639-3 code + "_" + ISO 15924 script (`swh_Latn`, `zho_Hans`); languages outside
FLORES-200 are named in the same way (`bbj_Latn`). Its first part is also the code that data folders use in file names.
Aliases are data (`data/languages.csv`); one that two languages claim is refused when the table is loaded. The 119
languages of that table come first, then those of the user's own file (`own_languages.py`), then all others of ISO 639-3
(`further_languages.py`): a name that meant something goes on meaning it.
"""

import csv
import importlib.resources
import re
from collections.abc import Iterable, Mapping
from typing import NewType

from search_spaces.further_languages import SCRIPTS, further_codes, further_languages, further_names
from search_spaces.registry import nearest_names

Language = NewType("Language", str)
"""A canonical tag; make one with `parse_language` only."""

ENGLISH = Language("eng_Latn")

TAG_PATTERN = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


class UnknownLanguageError(ValueError):
    """A name that no language has. The nearest ones are looked for when the sentence is read: most are caught."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        names = [*_DISPLAYED, *OWN_ALIASES, *(row["name"] for row in further_languages().values())]
        return (
            f"A language must be one of ISO 639-3 or of your own table (`languages`), but is {self.name!r}. "
            f"Nearest: {nearest_names(self.name.strip(), names)}. "
            "Use a tag such as 'swh_Latn', an ISO 639 code or an English name."
        )


def parse_language(text: str) -> Language:
    """The language that `text` names.

    Understood, whatever the case, and with "-" for "_": the tag (`swh_Latn`), ISO 639-1, 639-2 and 639-3 codes, alone
    or with a script (`sw`, `swa`, `swh`, `swa_Latn`, `swh_Arab`), the codes of OPUS-100, NLLB and FLORES+, and English
    names (`Swahili`). Without a script, the one that the language is most often written in is meant.

    Raises:
        UnknownLanguageError: no language has this name; the message gives the nearest ones.
    """
    folded = _folded(text)
    found = _TAG_BY_ALIAS.get(folded) or OWN_ALIASES.get(folded) or _further(folded)
    if found is None:
        raise UnknownLanguageError(text)
    return found


def parse_known(text: str) -> Language:
    """The one of the 119 languages of `data/languages.csv` that `text` names. Raises as `parse_language`."""
    found = _TAG_BY_ALIAS.get(_folded(text))
    if found is None:
        raise UnknownLanguageError(text)
    return found


def _further(folded: str) -> Language | None:
    """A language beyond the table, or one of it in another script."""
    code, _, script = folded.partition("_")
    script = script.capitalize()
    if iso := further_codes().get(code) if not script or script in SCRIPTS else None:
        return Language(f"{iso}_{script or further_languages()[iso]['script']}")
    if script in SCRIPTS and len(code) <= 3 and (owner := _TAG_BY_ALIAS.get(code) or OWN_ALIASES.get(code)):
        return Language(f"{owner.partition('_')[0]}_{script}")
    if iso := further_names().get(folded):
        return Language(f"{iso}_{further_languages()[iso]['script']}")
    return None


def index_aliases(rows: Iterable[Mapping[str, str]]) -> dict[str, Language]:
    """Folded alias -> tag for rows with the columns `tag`, `name`, `iso639_3` and `aliases` (joined by ";").

    Beside the listed aliases, each two- or three-letter code is also understood with the tag's script (`sw_Latn`).

    Raises:
        ValueError: a tag is malformed or listed twice, or two languages claim one alias.
    """
    index: dict[str, Language] = {}
    seen: set[str] = set()
    for row in rows:
        tag = row["tag"]
        if not TAG_PATTERN.fullmatch(tag):
            raise ValueError(
                f"A tag must be three lower-case letters, '_' and a four-letter script, but is {tag!r}. Correct it."
            )
        if tag in seen:
            raise ValueError(f"A language may be listed once, but {tag!r} is listed again. Delete one of the rows.")
        seen.add(tag)
        for alias in _aliases_of(row):
            owner = index.setdefault(_folded(alias), Language(tag))
            if owner != tag:
                raise ValueError(
                    f"An alias must name one language, but {alias!r} is claimed by {owner!r} and {tag!r}. Drop one."
                )
    return index


def _aliases_of(row: Mapping[str, str]) -> list[str]:
    listed = [alias for alias in row["aliases"].split(";") if alias]
    codes = [row["iso639_3"], *(alias for alias in listed if re.fullmatch(r"[a-z]{2,3}", alias))]
    script = row["tag"][-4:]
    return [row["tag"], row["name"], *listed, *(f"{code}_{script}" for code in codes)]


def _folded(text: str) -> str:
    return text.strip().casefold().replace("-", "_")


def _read_table() -> tuple[Mapping[str, str], ...]:
    text = (importlib.resources.files("search_spaces.data") / "languages.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


TABLE = _read_table()
"""The rows of `data/languages.csv` as text, in file order; `inventory.py` gives them types."""

OWN_ALIASES: dict[str, Language] = {}
"""Folded alias -> tag of the user's own table; `own_languages.py` fills it."""

_TAG_BY_ALIAS: Mapping[str, Language] = index_aliases(TABLE)
_DISPLAYED = sorted(
    {alias for row in TABLE for alias in (row["tag"], row["name"], *row["aliases"].split(";")) if alias}
)
