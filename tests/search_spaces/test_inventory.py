import csv
import json
import re
from collections import Counter

import pytest

from search_spaces.inventory import INVENTORY, REALIGNMENT_LANGUAGES, read_inventory, seen_by
from search_spaces.languages import TABLE, parse_language

REALIGNED = [INVENTORY[tag] for tag in REALIGNMENT_LANGUAGES]


def test_counts_of_the_paper():
    assert len(REALIGNED) == 65
    assert Counter(info.corpus for info in REALIGNED) == {"OPUS-100": 38, "NLLB": 27}
    assert Counter(info.resource for info in REALIGNED) == {"4-5": 19, "3": 17, "<=2": 29}
    assert Counter(info.seen_by_mbert for info in REALIGNED) == {True: 46, False: 19}
    assert Counter(info.seen_by_xlmr for info in REALIGNED) == {True: 49, False: 16}
    assert [info.tag for info in INVENTORY.values() if info.role == "pivot"] == ["eng_Latn"]


def test_sorted_and_keyed_by_tag():
    assert list(INVENTORY) == sorted(INVENTORY)
    assert list(REALIGNMENT_LANGUAGES) == sorted(REALIGNMENT_LANGUAGES)
    assert all(tag == info.tag and info.script == tag[4:] for tag, info in INVENTORY.items())


def test_a_row_of_uriel_stands_for_one_language():
    twice = {code: n for code, n in Counter(info.uriel_code for info in INVENTORY.values()).items() if n > 1}
    assert twice == {"cmn": 2}  # Chinese in two scripts


def test_glottocodes_are_well_formed_and_unique():
    codes = [info.glottocode for info in INVENTORY.values() if info.glottocode]
    assert all(re.fullmatch(r"[a-z]{4}\d{4}", code) for code in codes) and len(set(codes)) == len(codes)


def test_areas():
    areas = Counter(info.area for info in INVENTORY.values())
    assert areas == {"Eurasia": 76, "Africa": 28, "North America": 6, "South America": 5, "Papunesia": 4}
    by_area = {
        "Africa": "afr plt pcm amh zul",  # Plateau Malagasy is Africa for Glottolog, though Austronesian
        "Eurasia": "arb mlt zsm eng rus tur",  # Standard Malay too, though not Indonesian
        "North America": "hat bzd nah oto",
        "South America": "quy ayr grn",
        "Papunesia": "ind jav tgl ceb",
    }
    for area, codes in by_area.items():
        assert {INVENTORY[parse_language(code)].area for code in codes.split()} == {area}


def test_coordinates_of_capitals_lie_near():
    """Within 600 km of the place named: a swapped sign or column would miss by thousands."""
    places = {
        "jpn": (35.7, 139.7),
        "sna": (-17.8, 31.0),
        "hat": (18.5, -72.3),
        "isl": (64.1, -21.9),
        "ayr": (-16.5, -68.1),
    }
    for code, (latitude, longitude) in places.items():
        info = INVENTORY[parse_language(code)]
        assert abs(info.latitude - latitude) < 5 and abs(info.longitude - longitude) < 5


def test_realignment_table_equals_the_published_one(shared_file):
    """Codes, family, script, corpus, pool and encoders, against the table in section 2 of the reference."""
    published = []
    for line in shared_file("reference/experiments.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 12 and re.fullmatch(r"[a-z]{4}\d{4}", cells[2]):
            published.append(cells)
    assert len(published) == 65
    for code, iso, glottocode, _, family, script, corpus, resource, mbert, xlmr, *_ in published:
        info = INVENTORY[parse_language(code)]
        assert (info.iso639_3, info.glottocode, info.script) == (iso, glottocode, script)
        assert "/".join(part for part in (info.family, info.branch) if part) == family
        assert (info.corpus, info.resource, info.role) == (corpus, resource, "realignment")
        assert (info.seen_by_mbert, info.seen_by_xlmr) == (mbert == "seen", xlmr == "seen")


def test_pools_equal_the_paper_code(shared_file):
    strategies = json.loads(shared_file("reference/strategies.json").read_text())

    def listed(name):
        return {parse_language(code) for code in strategies[name]}

    pool = set(REALIGNMENT_LANGUAGES)
    assert listed("xt_afri") == pool
    assert listed("abla_random_seen_mbert") == pool & seen_by("mbert")
    assert listed("abla_random_unseen_mbert") == pool - seen_by("mbert")
    assert listed("abla_random_seen_xlmr") == pool & seen_by("xlmr")
    assert listed("abla_random_unseen_xlmr") == pool - seen_by("xlmr")
    assert listed("abla_random_joshi2") == {info.tag for info in REALIGNED if info.resource == "<=2"}


def test_every_language_of_the_data_pack_is_known(shared_file):
    with shared_file("data/languages.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) > 100
    for row in rows:
        tag = parse_language(row["iso3"])
        assert tag.startswith(row["iso3"]) and row["flores_code"] in (tag, "-")
        assert (tag in REALIGNMENT_LANGUAGES) == (row["in65"] == "1")


@pytest.mark.parametrize("part", ["bitext", "flores", "pos", "ner", "nli"])
def test_every_file_name_of_the_data_pack_is_known(shared_file, part):
    codes = [path.name.partition(".")[0] for path in shared_file(f"data/{part}").iterdir()]
    assert all(parse_language(code).startswith(code[:3]) for code in codes)


def test_evaluation_languages_of_the_paper_are_known():
    codes = "sot aym bzd cni gn hch nah oto quy shp tar bbj pcm qu".split()
    assert {INVENTORY[parse_language(code)].role for code in codes} == {"evaluation"}


@pytest.mark.parametrize(
    ("encoder", "has", "lacks"),
    # mBERT: the list of Wikipedias; XLM-R: appendix of Conneau et al. (2020)
    [
        ("mbert", "ceb hat bre cym", "sin khm uig som mlt pcm"),
        ("xlmr", "sin khm uig som bre", "ceb hat tat mlt fao tir"),
    ],
)
def test_seen_evaluation_languages(encoder, has, lacks):
    seen = seen_by(encoder)
    assert {parse_language(code) for code in has.split()} <= seen
    assert not {parse_language(code) for code in lacks.split()} & seen


def test_unknown_encoder_is_refused():
    with pytest.raises(ValueError, match="'mbert' or 'xlmr'"):
        seen_by("gpt")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("role", "main"),
        ("resource", "5"),
        ("resource", ""),
        ("corpus", "Tatoeba"),
        ("seen_by_xlmr", "1"),
        ("family", ""),
        ("area", "Asia"),
        ("area", ""),
        ("latitude", "90.5"),
        ("latitude", "nan"),
        ("longitude", ""),
        ("longitude", "-181"),
    ],
)
def test_a_row_with_a_wrong_value_is_refused_by_name(column, value):
    swahili = next(row for row in TABLE if row["tag"] == "swh_Latn")
    with pytest.raises(ValueError, match=r"swh_Latn"):
        read_inventory([{**swahili, column: value}])
