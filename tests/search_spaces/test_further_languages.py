"""Languages beyond the 119: their names, and facts held against URIEL's own files."""

import importlib.resources

import numpy as np
import pytest

from search_spaces.choose import known_languages, parse_pool
from search_spaces.distances.geography import unit_vectors
from search_spaces.distances.sources import can_be_placed, load_distances
from search_spaces.distances.uriel import UrielError, uriel_folder
from search_spaces.further_languages import FILE, SCRIPTS, further_languages
from search_spaces.inventory import AREAS, INVENTORY, REALIGNMENT_LANGUAGES, find_info, language_info, seen_by
from search_spaces.languages import TABLE, index_aliases, parse_language


@pytest.mark.parametrize(
    ("names", "tag"),
    [
        ("glv gv Manx glv_Latn GLV-latn", "glv_Latn"),
        ("gsw Alemannic Alsatian", "gsw_Latn"),
        ("hsb hsb_Latn", "hsb_Latn"),
        ("srp_Latn sr-Latn", "srp_Latn"),  # of the inventory, in another script than there
        ("mn mon Mongolian", "mon_Cyrl"),
    ],
)
def test_names(names, tag):
    assert {parse_language(name) for name in names.split()} == {tag}
    assert parse_language("Upper Sorbian") == "hsb_Latn"


def test_no_name_of_the_inventory_means_anything_else_now():
    for alias, tag in index_aliases(TABLE).items():
        assert parse_language(alias) == tag
    assert not {row["iso639_3"] for row in TABLE} & further_languages().keys()
    assert len(INVENTORY) == 119 and len(REALIGNMENT_LANGUAGES) == 65


def test_the_table_is_small_and_well_formed():
    assert len((importlib.resources.files("search_spaces.data") / FILE).read_bytes()) < 200_000
    assert len(further_languages()) > 7_000
    for iso, row in further_languages().items():
        assert len(iso) == 3 and row["name"] and row["script"] in SCRIPTS and row["area"] in (*AREAS, "")
        assert set(row["seen_by"].split()) <= {"mbert", "xlmr"}
        assert (row["latitude"] == "") == (row["longitude"] == "")


def test_families_are_a_node_above_the_language_in_uriel_and_no_other_family_has_it():
    with np.load(uriel_folder() / "family_features.npz") as archive:
        nodes = {node.removeprefix("F_"): i for i, node in enumerate(archive["feats"].tolist())}
        codes = {code: i for i, code in enumerate(archive["langs"].tolist())}
        is_above = archive["data"][:, :, 0] == 1
    renamed = {"Aymaran": "Aymara"}
    for iso, row in further_languages().items():
        if iso not in codes:
            assert row["family"] == row["branch"] == ""
        elif row["family"] == "isolate":
            assert not is_above[codes[iso]].any()
        else:
            top = nodes[renamed.get(row["family"], row["family"])]
            above = np.flatnonzero(is_above[codes[iso]])
            assert top in above and is_above[:, top].sum() == is_above[:, above].sum(axis=0).max()


def test_points_give_uriel_s_distances_back():
    with np.load(uriel_folder() / "geocoord_features.npz") as archive:
        codes = {code: i for i, code in enumerate(archive["langs"].tolist())}
        distances = archive["data"][:, :, 0].astype(float)
    rows = [row for row in further_languages().values() if row["latitude"]]
    i = np.arange(1, 300)
    lattice = unit_vectors(np.degrees(np.arcsin(2 * i / 299 - 1)), np.degrees(np.pi - i * np.pi * (3 - np.sqrt(5))))
    points = unit_vectors(
        np.array([float(row["latitude"]) for row in rows]), np.array([float(row["longitude"]) for row in rows])
    )
    found = np.arccos(np.clip(points @ lattice.T, -1, 1)) / np.pi
    assert np.abs(found - distances[[codes[row["iso639_3"]] for row in rows]]).max() < 0.0015


def test_what_encoders_saw():
    assert {"ltz_Latn", "bar_Latn", "deu_Latn"} <= seen_by("mbert") and "ltz_Latn" not in seen_by("xlmr")
    assert {"san_Deva", "epo_Latn"} <= seen_by("xlmr") and "glv_Latn" not in seen_by("mbert") | seen_by("xlmr")
    of_table = {tag for tag, info in INVENTORY.items() if info.seen_by_mbert}
    assert seen_by("mbert") & INVENTORY.keys() == of_table


def test_another_script_keeps_the_facts_of_the_language():
    latin, cyrillic = language_info("srp_Latn"), language_info("srp_Cyrl")
    assert (latin.family, latin.latitude, latin.script) == (cyrillic.family, cyrillic.latitude, "Latn")
    assert not latin.seen_by_mbert and cyrillic.seen_by_mbert
    assert find_info("srp_Xxxx") is None and find_info("nonsense") is None


def test_pools():
    described = parse_pool("uriel")
    assert 3_000 < len(described) < len(parse_pool("all")) == len(known_languages())
    assert "glv_Latn" in described and "hsb_Latn" not in described  # of Upper Sorbian nothing was observed
    african = parse_pool("uriel & area=Africa & family=Dogon")
    assert african and all(language_info(tag).family == "Dogon" for tag in african)


def test_what_uriel_lacks_cannot_be_placed_and_says_what_is_left_to_do():
    assert can_be_placed("featural", ["glv_Latn", "hsb_Latn", "fif_Latn"]) == {"glv_Latn", "hsb_Latn"}
    assert can_be_placed("featural(missing=observed)", ["glv_Latn", "hsb_Latn"]) == {"glv_Latn"}
    assert can_be_placed("0.5*script + 0.5*geographic", ["glv_Latn", "tlh_Zyyy"]) == {"glv_Latn"}
    with pytest.raises(UrielError, match=r"fif_.*evaluated on.*`uriel`.*`file:`"):
        load_distances("featural", [parse_language("fif"), "glv_Latn"])


def test_relatives_are_near():
    between = load_distances("genetic", ["glv_Latn", "gle_Latn", "gsw_Latn", "deu_Latn"]).matrix.between
    assert (
        between("glv_Latn", "gle_Latn")
        < between("glv_Latn", "deu_Latn")
        == pytest.approx(between("gle_Latn", "deu_Latn"), abs=0.05)
    )
    assert between("gsw_Latn", "deu_Latn") < between("gsw_Latn", "gle_Latn")
