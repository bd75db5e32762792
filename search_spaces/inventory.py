"""The language inventory: what is known of each language, as checked data.

65 realignment languages (those of Nguyen et al. 2025, "Rethinking what Matters"), English as the pivot of all sentence
pairs, and languages that are only evaluated on. The facts are in `data/languages.csv`, their sources in
`data/PROVENANCE.md`; a row that breaks a rule is refused when this module is imported. `INVENTORY` is these 119; of any
other language, `language_info` tells what `further_languages.py` or the user's own table (`own_languages.py`) hold.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from search_spaces.further_languages import SCRIPTS, further_languages
from search_spaces.languages import TABLE, Language, UnknownLanguageError

Encoder = Literal["mbert", "xlmr"]

ROLES = ("realignment", "pivot", "evaluation")
RESOURCES = ("4-5", "3", "<=2")
CORPORA = ("OPUS-100", "NLLB")
AREAS = ("Africa", "Australia", "Eurasia", "North America", "Papunesia", "South America")
"""Macroareas of Glottolog."""
FURTHER = "further"
"""Role of languages beyond the 119."""
NO_FAMILIES = frozenset(
    ("", "isolate", "Artificial Language", "Mixed Language", "Pidgin", "Sign Language", "Speech Register",
     "Unattested", "Unclassifiable")
)  # fmt: skip
"""What stands in the column `family` and joins no languages by descent."""


@dataclass(frozen=True, kw_only=True)
class LanguageInfo:
    """The facts about one language; an empty text means that the fact is not known or does not apply."""

    tag: Language
    name: str
    iso639_3: str
    """Code of the individual language; not the tag's first part where FLORES-200 names a macrolanguage (est, zho)."""
    script: str
    """ISO 15924 code, the tag's second part."""
    glottocode: str
    family: str
    """Top-level family; "isolate" for Basque; see `NO_FAMILIES`."""
    branch: str
    area: str
    """Macroarea of Glottolog, see `AREAS`: where the language is at home, not where it is spoken today."""
    latitude: float
    """Degrees north of the one point that URIEL gives the language, to 0.01 (PROVENANCE.md names odd ones), or NaN."""
    longitude: float
    """Degrees east of that point."""
    resource: str
    """Resource pool after Joshi et al. (2020): "4-5", "3" or "<=2"; realignment and own languages only."""
    seen_by_mbert: bool
    """Whether it is among the Wikipedias that `bert-base-multilingual-cased` was pre-trained on."""
    seen_by_xlmr: bool
    """Whether it is among the 100 languages that XLM-R was pre-trained on (CC-100)."""
    corpus: str
    """Parallel corpus of the paper: "OPUS-100" or "NLLB"; realignment languages only."""
    role: str
    """"realignment", "pivot" (English), "evaluation" (never realigned by the paper) or `FURTHER`."""
    uriel_code: str
    """Row of URIEL (lang2vec) that would stand for this language; not always `iso639_3`, see PROVENANCE.md."""
    aliases: tuple[str, ...]

    @property
    def stock(self) -> str:
        """The family, or a name of its own for a language that belongs to none or of which none is known."""
        return self.family if self.family not in NO_FAMILIES else f"{self.family or 'unknown'} {self.tag}"


def read_inventory(rows: Iterable[Mapping[str, str]]) -> dict[Language, LanguageInfo]:
    """Typed and checked rows, sorted by tag.

    Raises:
        ValueError: a value is not one of those that its column allows.
    """
    infos = [_info(row) for row in rows]
    return {info.tag: info for info in sorted(infos, key=lambda info: info.tag)}


def language_info(tag: str) -> LanguageInfo:
    """What is known of any language.

    Raises:
        UnknownLanguageError: the text is no tag of a language.
    """
    info = find_info(tag)
    if info is None:
        raise UnknownLanguageError(tag)
    return info


def find_info(tag: str) -> LanguageInfo | None:
    """As `language_info`; None where nothing is known, as in a record made with a table that is not at hand."""
    language = Language(tag)
    return INVENTORY.get(language) or OWN.get(language) or _further_info(language)


def seen_by(encoder: Encoder) -> frozenset[Language]:
    """The languages that "mbert" or "xlmr" was pre-trained on.

    Raises:
        ValueError: another encoder.
    """
    if encoder not in ("mbert", "xlmr"):
        raise ValueError(
            f"The encoder must be 'mbert' or 'xlmr', but is {encoder!r}. What other encoders saw is not recorded."
        )
    of_rows = {
        Language(f"{iso}_{row['script']}")
        for iso, row in further_languages().items()
        if encoder in row["seen_by"].split()
    }
    infos = {**INVENTORY, **OWN}
    return frozenset(
        {tag for tag, info in infos.items() if getattr(info, f"seen_by_{encoder}")} | (of_rows - infos.keys())
    )


@lru_cache(maxsize=1 << 14)
def _further_info(tag: Language) -> LanguageInfo | None:
    iso, _, script = tag.partition("_")
    if script not in SCRIPTS:
        return None
    row = further_languages().get(iso)
    if row is None:  # one of the 119 in another script, which no encoder is known to have seen
        known = next((info for info in INVENTORY.values() if iso in (info.tag[:3], info.iso639_3)), None)
        return known and replace(
            known, tag=tag, script=script, role=FURTHER, resource="", corpus="", glottocode="", aliases=(),
            seen_by_mbert=False, seen_by_xlmr=False,
        )  # fmt: skip
    seen = row["seen_by"].split() if script == row["script"] else []
    return LanguageInfo(
        tag=tag, name=row["name"], iso639_3=iso, script=script, glottocode="", family=row["family"],
        branch=row["branch"], area=row["area"], latitude=float(row["latitude"] or "nan"),
        longitude=float(row["longitude"] or "nan"), resource="", seen_by_mbert="mbert" in seen,
        seen_by_xlmr="xlmr" in seen, corpus="", role=FURTHER, uriel_code=iso,
        aliases=tuple(filter(None, row["aliases"].split(";"))),
    )  # fmt: skip


def _info(row: Mapping[str, str]) -> LanguageInfo:
    realigned = row["role"] == "realignment"
    _require(row, "role", ROLES)
    _require(row, "area", AREAS)
    _require(row, "resource", RESOURCES if realigned else ("",))
    _require(row, "corpus", CORPORA if realigned else ("",))
    _require(row, "seen_by_mbert", ("yes", "no"))
    _require(row, "seen_by_xlmr", ("yes", "no"))
    for column in ("name", "iso639_3", "family"):
        if not row[column]:
            raise ValueError(
                f"`{column}` must be filled, but is empty in the row of {row['tag']}. Fill it in languages.csv."
            )
    return LanguageInfo(
        tag=Language(row["tag"]),
        name=row["name"],
        iso639_3=row["iso639_3"],
        script=row["tag"].partition("_")[2],
        glottocode=row["glottocode"],
        family=row["family"],
        branch=row["branch"],
        area=row["area"],
        latitude=_degrees(row, "latitude", 90.0),
        longitude=_degrees(row, "longitude", 180.0),
        resource=row["resource"],
        seen_by_mbert=row["seen_by_mbert"] == "yes",
        seen_by_xlmr=row["seen_by_xlmr"] == "yes",
        corpus=row["corpus"],
        role=row["role"],
        uriel_code=row["uriel_code"],
        aliases=tuple(alias for alias in row["aliases"].split(";") if alias),
    )


def _require(row: Mapping[str, str], column: str, allowed: tuple[str, ...]) -> None:
    if row[column] not in allowed:
        raise ValueError(
            f"`{column}` of a language with the role {row['role']!r} must be one of {allowed}, "
            f"but is {row[column]!r} in the row of {row['tag']}. Correct languages.csv."
        )


def _degrees(row: Mapping[str, str], column: str, limit: float) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not abs(value) <= limit:
        raise ValueError(
            f"`{column}` must be a number of degrees from {-limit:g} to {limit:g}, but is {row[column]!r} "
            f"in the row of {row['tag']}. Correct languages.csv."
        )
    return value


INVENTORY: Mapping[Language, LanguageInfo] = MappingProxyType(read_inventory(TABLE))
REALIGNMENT_LANGUAGES: tuple[Language, ...] = tuple(
    tag for tag, info in INVENTORY.items() if info.role == "realignment"
)
OWN: dict[Language, LanguageInfo] = {}
"""The user's own table; `own_languages.py` fills it."""
