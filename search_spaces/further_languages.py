"""The languages of ISO 639-3 beyond the inventory: names, families and places of some 7,700, read when first asked for.

Facts only, as text, from `data/further_languages.csv.gz`; `data/PROVENANCE.md` says where they come from.
`languages.py` turns their names into tags, `inventory.py` their rows into facts.
"""

import csv
import gzip
import importlib.resources
from collections import Counter
from collections.abc import Mapping
from functools import cache

FILE = "further_languages.csv.gz"
COLUMNS = (
    "iso639_3", "script", "name", "family", "branch", "area", "latitude", "longitude", "seen_by", "aliases",
)  # fmt: skip

SCRIPT_NOT_KNOWN = "Zyyy"
SCRIPTS = frozenset(
    "Adlm Afak Aghb Ahom Arab Aran Armi Armn Avst Bali Bamu Bass Batk Beng Berf Bhks Blis Bopo Brah Brai Bugi Buhd "
    "Cakm Cans Cari Cham Cher Chis Chrs Cirt Copt Cpmn Cprt Cyrl Cyrs Deva Diak Dogr Dsrt Dupl Egyd Egyh Egyp Elba "
    "Elym Ethi Gara Geok Geor Glag Gong Gonm Goth Gran Grek Gujr Gukh Guru Hanb Hang Hani Hano Hans Hant Hatr Hebr "
    "Hira Hluw Hmng Hmnp Hntl Hrkt Hung Inds Ital Jamo Java Jpan Jurc Kali Kana Kawi Khar Khmr Khoj Kitl Kits Knda "
    "Kore Kpel Krai Kthi Lana Laoo Latf Latg Latn Leke Lepc Limb Lina Linb Lisu Loma Lyci Lydi Mahj Maka Mand Mani "
    "Marc Maya Medf Mend Merc Mero Mlym Modi Mong Moon Mroo Mtei Mult Mymr Nagm Nand Narb Nbat Newa Nkdb Nkgb Nkoo "
    "Nshu Ogam Olck Onao Orkh Orya Osge Osma Ougr Palm Pauc Pcun Pelm Perm Phag Phli Phlp Phlv Phnx Piqd Plrd Prti "
    "Ranj Rjng Rohg Roro Runr Samr Sara Sarb Saur Seal Sgnw Shaw Shrd Shui Sidd Sidt Sind Sinh Sogd Sogo Sora Soyo "
    "Sund Sunu Sylo Syrc Syre Syrj Syrn Tagb Takr Tale Talu Taml Tang Tavt Tayo Telu Teng Tfng Tglg Thaa Thai Tibt "
    "Tirh Tnsa Todr Tols Toto Tutg Ugar Vaii Visp Vith Wara Wcho Wole Xpeo Xsux Yezi Yiii Zanb Zxxx Zyyy".split()
)
"""Codes of ISO 15924. Zyyy: not known; Zxxx: not written."""


@cache
def further_languages() -> Mapping[str, Mapping[str, str]]:
    """ISO 639-3 code -> its row: `COLUMNS`, empty where nothing is known."""
    packed = (importlib.resources.files("search_spaces.data") / FILE).read_bytes()
    return {row["iso639_3"]: row for row in csv.DictReader(gzip.decompress(packed).decode("utf-8").splitlines())}


@cache
def further_codes() -> Mapping[str, str]:
    """Codes of two or three letters -> ISO 639-3 code."""
    rows = further_languages()
    short = {code: iso for iso, row in rows.items() for code in row["aliases"].split(";") if 2 <= len(code) <= 3}
    return {**{code: iso for code, iso in short.items() if code.isascii() and code.islower()}, **{i: i for i in rows}}


@cache
def further_names() -> Mapping[str, str]:
    """Names, in lower case -> ISO 639-3 code; without those that several languages have."""
    pairs = {
        (name.casefold(), iso)
        for iso, row in further_languages().items()
        for name in (row["name"], *row["aliases"].split(";"))
        if len(name) > 3
    }
    times = Counter(name for name, _ in pairs)
    return {name: iso for name, iso in sorted(pairs) if times[name] == 1}
