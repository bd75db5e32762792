"""Makes search_spaces/data/further_languages.csv.gz: every language of ISO 639-3 that languages.csv does not hold.

    pip install langcodes==3.5.1 babel==2.19.0 pycountry==26.2.16    # beside this package; nothing else needs them
    python docs/make_further_languages.py

Where each column comes from: search_spaces/data/PROVENANCE.md. It is run by hand, when one of the sources changes.
"""

import csv
import gzip
import importlib.resources
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pycountry
from babel.core import get_global

from search_spaces.distances.uriel import uriel_folder
from search_spaces.further_languages import COLUMNS, FILE, SCRIPT_NOT_KNOWN
from search_spaces.inventory import INVENTORY
from search_spaces.languages import UnknownLanguageError, parse_known

TARGET = Path("search_spaces/data") / FILE
FAMILY_NAMES = {"Aymara": "Aymaran"}  # as languages.csv, after later releases of Glottolog
OTHER_SCRIPTS = {"Aran": "Arab"}  # a style of writing a script, not another one
SEEN_BY_MBERT = (
    "arg ast bak bar bpy bos che chv ido khk lat lmo nds ltz min mon new nno oci fas pms sco hbs scn azb sun tgk vol "
    "war fry pnb"
).split()
SEEN_BY_XLMR = "bos epo fry khk kmr kur lat mon ory ori pbt pus san snd sun ydd yid".split()
"""What languages.csv does not hold of the two lists; macrolanguages with the variety that is meant."""
BIBLIOGRAPHIC = {language.alpha_3: language.bibliographic for language in pycountry.languages
                 if hasattr(language, "bibliographic")}  # fmt: skip


RED_SEA = (
    (11.0, 43.9),
    (12.7, 43.3),
    (15.0, 42.0),
    (18.0, 40.0),
    (22.0, 37.6),
    (28.0, 34.0),
    (30.0, 32.6),
    (31.5, 33.6),
)
"""(latitude, longitude) of its middle, from the south."""


def registry() -> Iterator[dict[str, list[str]]]:
    """The entries of IANA's registry, each key with its values."""
    text = (importlib.resources.files("langcodes") / "data/language-subtag-registry.txt").read_text(encoding="utf-8")
    for entry in text.replace("\n  ", " ").split("%%\n"):
        fields: dict[str, list[str]] = {}
        for line in entry.splitlines():
            key, _, value = line.partition(": ")
            fields.setdefault(key, []).append(value)
        yield fields


def iso_639_3(subtag: str) -> str:
    """Three letters of a code of two."""
    return subtag if len(subtag) == 3 else pycountry.languages.get(alpha_2=subtag).alpha_3


def is_known(code: str) -> bool:
    """Whether languages.csv has the code."""
    try:
        parse_known(code)
    except UnknownLanguageError:
        return False
    return True


def script_of(entry: dict[str, list[str]]) -> str:
    """The script that a language, or else its macrolanguage, is most often written in."""
    for subtag in (*entry["Subtag"], *entry.get("Macrolanguage", ())):
        likely = get_global("likely_subtags").get(subtag, "").split("_")
        if len(likely) == 3:
            return OTHER_SCRIPTS.get(likely[1], likely[1])
    return entry.get("Suppress-Script", [SCRIPT_NOT_KNOWN])[0]


def classification() -> dict[str, list[str]]:
    """URIEL's code -> the nodes above the language, from the top-level family down."""
    with np.load(uriel_folder() / "family_features.npz") as archive:
        nodes, codes = archive["feats"].tolist(), archive["langs"].tolist()
        is_above = archive["data"][:, :, 0] == 1
    n_below = is_above.sum(axis=0)
    return {
        code: [nodes[i].removeprefix("F_") for i in sorted(np.flatnonzero(row), key=lambda i: (-n_below[i], i))]
        for code, row in zip(codes, is_above, strict=True)
    }


def points() -> dict[str, tuple[float, float]]:
    """URIEL's code -> latitude and longitude, solved from the distances to the lattice (see PROVENANCE.md)."""
    with np.load(uriel_folder() / "geocoord_features.npz") as archive:
        codes, distances = archive["langs"].tolist(), archive["data"][:, :, 0].astype(float)
    i = np.arange(1, distances.shape[1] + 1)
    north = np.arcsin(2 * i / 299 - 1)
    east = np.pi - i * np.pi * (3 - np.sqrt(5))
    lattice = np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
    vectors, *_ = np.linalg.lstsq(lattice, np.cos(np.pi * distances).T, rcond=None)
    lengths = np.linalg.norm(vectors, axis=0)
    misfit = np.abs(np.arccos(np.clip(lattice @ (vectors / lengths), -1, 1)) / np.pi - distances.T).max(axis=0)
    found = {}
    for code, (x, y, z), length, error in zip(codes, vectors.T, lengths, misfit, strict=True):
        if error < 0.001:  # of a few, the distances belong to no point
            found[code] = (float(np.degrees(np.arcsin(z / length))), float(np.degrees(np.arctan2(y, x))))
    return found


def area_of(latitude: float, longitude: float) -> str:
    """The macroarea of a point, by straight lines that keep to those of Glottolog."""
    if latitude > 58 and (longitude > 172 or longitude < -169):
        return "Eurasia"  # on this side of Bering Strait
    if longitude < -25 or longitude > 172 and latitude > 50:
        if latitude < -20 and longitude < -95:
            return "Papunesia"  # Easter Island
        if longitude < -120 and latitude < 30:
            return "Papunesia"
        south = latitude < 8.2 or (latitude < 12.7 and longitude > -77.3 and not (longitude < -75 and latitude > 11.5))
        south = south and not (latitude > 7.4 and longitude < -77.35)
        return "South America" if south else "North America"
    north_coast = -11.0 if longitude < 125 else -10.9 if longitude > 143.9 else -10.4
    if 112 < longitude < (152 if latitude > -20 else 154) and latitude < north_coast:
        return "Australia"
    if longitude > 92 and latitude < 21.5:
        mainland = (longitude < 94.6 and latitude > 5) or (longitude < 100.2 and latitude > 6.2)
        mainland |= longitude < 103.6 and latitude > 6.0 or longitude < 110 and latitude > 8.2
        mainland |= 100.0 < longitude < 103.7 and latitude > 2.0 and latitude > 3.6 - (longitude - 100.5) * 1.0
        mainland |= longitude < 112 and latitude > 17
        return "Eurasia" if mainland else "Papunesia"
    if longitude > 119.9 and 21.5 <= latitude < 25.4 and longitude < 122.2:
        return "Papunesia" if longitude > 120.05 else "Eurasia"
    if longitude > 130 and latitude < 21.5:
        return "Papunesia"
    red_sea = np.interp(latitude, *zip(*RED_SEA, strict=True))
    if latitude < 37.4 and longitude < red_sea and not (latitude > 35.95 and longitude < 0):
        if not (latitude > 33.0 and longitude > 11.6) and not (latitude > 31.6 and longitude > 25.5):
            return "Africa"
    if latitude < 12.2 and longitude < 52:
        return "Africa"
    if latitude < 0 and longitude < 60:
        return "Africa"
    return "Eurasia"


def main() -> None:
    """Writes the table."""
    above, places = classification(), points()
    branches = {info.branch for info in INVENTORY.values() if info.branch}
    rows = []
    for entry in registry():
        if entry.get("Type") != ["language"] or "Deprecated" in entry or ".." in entry["Subtag"][0]:
            continue
        if entry.get("Scope", [""])[0] in ("collection", "special", "private-use"):
            continue
        subtag = entry["Subtag"][0]
        iso = iso_639_3(subtag)
        if is_known(iso):
            continue
        family, *lower = above.get(iso) or ["isolate" if iso in above else ""]
        script = "Zxxx" if family == "Sign Language" else script_of(entry)
        branch = next((node for node in lower if node in branches), lower[0] if lower else "")
        latitude, longitude = places.get(iso, (np.nan, np.nan))
        names = entry["Description"]
        further = [*names[1:], subtag if subtag != iso else "", BIBLIOGRAPHIC.get(iso, "")]
        rows.append({
            "iso639_3": iso, "script": script, "name": names[0],
            "family": FAMILY_NAMES.get(family, family), "branch": branch,
            "area": "" if np.isnan(latitude) else area_of(latitude, longitude),
            "latitude": "" if np.isnan(latitude) else f"{latitude:.2f}",
            "longitude": "" if np.isnan(longitude) else f"{longitude:.2f}",
            "seen_by": " ".join(
                name for name, codes in (("mbert", SEEN_BY_MBERT), ("xlmr", SEEN_BY_XLMR)) if iso in codes
            ),
            "aliases": ";".join(filter(None, further)),
        })  # fmt: skip
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: row["iso639_3"]))
    TARGET.write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0))
    print(f"{len(rows)} languages, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
