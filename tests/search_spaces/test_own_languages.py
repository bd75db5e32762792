"""A table of languages of the user's own."""

import pytest

from search_spaces.choose import choose
from search_spaces.distances.sources import load_distances
from search_spaces.inventory import INVENTORY, OWN, language_info, seen_by
from search_spaces.languages import OWN_ALIASES, parse_language
from search_spaces.own_languages import read_own_languages, use_languages
from search_spaces.reading import DataError

HEADER = "iso,script,name,family,branch,latitude,longitude,class,seen by,uriel,note\n"


@pytest.fixture
def taken(tmp_path, monkeypatch):
    """Writes rows into a table and takes it; what was known is known again afterwards."""

    def take(rows):
        path = tmp_path / "languages.csv"
        path.write_text(HEADER + rows)
        return use_languages(read_own_languages(path))

    own, aliases = dict(OWN), dict(OWN_ALIASES)
    yield take
    OWN.clear()
    OWN.update(own)
    OWN_ALIASES.clear()
    OWN_ALIASES.update(aliases)


def test_empty_cells_are_completed(taken):
    assert taken("glv,,,,,,,1,xlmr,,x\n") == ("glv_Latn",)
    manx = language_info("glv_Latn")
    assert (manx.name, manx.family, manx.branch, manx.area) == ("Manx", "Indo-European", "Celtic", "Eurasia")
    assert (manx.resource, manx.seen_by_xlmr, manx.seen_by_mbert) == ("<=2", True, False)
    assert "glv_Latn" in seen_by("xlmr")


def test_own_cells_win_and_a_script_is_what_the_code_alone_means_from_then_on(taken):
    taken("gsw,Runr,Runic Swiss,,,47.5,8.0,,none,deu,\n")
    swiss = language_info("gsw_Runr")
    assert parse_language("gsw") == parse_language("Runic Swiss") == "gsw_Runr"
    assert (swiss.latitude, swiss.uriel_code, swiss.family) == (47.5, "deu", "Indo-European")
    assert load_distances("featural", ["gsw_Runr", "deu_Latn"]).matrix.between("gsw_Runr", "deu_Latn") == 0.0


def test_a_language_that_no_table_lists_is_placed_by_the_row_named_for_it(taken):
    taken("qaa,Latn,Southern Cant,Indo-European,Celtic,52,-8,0,,gle,\n")
    assert language_info("qaa_Latn").name == "Southern Cant"
    choice = choose(1, "target-coverage", pool="gle, deu", targets="qaa", n_random=0)
    assert choice.selection.subset.languages == ("gle_Latn",)


def test_facts_change_where_the_row_of_uriel_changes(taken):
    taken("qab,Latn,Cant,,,,,,,gle,\n")
    assert load_distances("featural", ["qab_Latn", "gle_Latn"]).matrix.values.max() == 0.0
    taken("qab,Latn,Cant,,,,,,,deu,\n")  # the same languages again: nothing may be remembered of the first table
    assert load_distances("featural", ["qab_Latn", "gle_Latn"]).matrix.values.max() > 0.0


def test_languages_of_the_inventory_may_be_listed_but_not_changed(taken):
    before = dict(INVENTORY)
    assert taken("gle,,,,,,,,,,\n") == ("gle_Latn",)
    with pytest.raises(DataError, match=r"facts about the 119 .* gle_Latn\. Keep"):
        taken("gle,,,,,,,5,,,\n")
    assert before == INVENTORY and "gle_Latn" not in OWN


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("Manx,,,,,,,,,,\n", r"`iso` must be .* 'Manx' in .*line 2"),
        ("glv,Latin,,,,,,,,,\n", "`script` must be .* 'Latin'"),
        ("glv,,,,,,,7,,,\n", "`class` must be one of 0, .* '7'"),
        ("glv,,,,,,,,bert,,\n", "`seen by` must be one of mbert, xlmr, both, none, but is 'bert'"),
        ("glv,,,,,,,,none xlmr,,\n", "`seen by` must be `none` or name encoders, but is 'none xlmr'"),
        ("glv,,,,,54,,,,,\n", "glv has a `latitude` and no `longitude` in .*line 2. Give both"),
        ("glv,,,,,,-4,,,,\n", "glv has a `longitude` and no `latitude`"),
        ("glv,,,,,95,0,,,,\n", "`latitude` must be degrees from -90 to 90, but is 95"),
        ("glv,,,,,north,0,,,,\n", "finite number, but is 'north'"),
        ("qaa,,,,,,,,,,\n", "needs a `name`, but qaa has none"),
        ("glv,,,,,,,,,,\nglv,Latn,,,,,,,,,\n", "glv_Latn occurs again in .*line 3"),
    ],
)
def test_rows_that_are_refused(taken, rows, message):
    with pytest.raises(DataError, match=message):
        taken(rows)


SQUARE = "language,qaa,gle,cym\nqaa,0,.3,.1\ngle,.3,0,.2\ncym,.1,.2,0\n"
FEATURES = "language,word order,tones\nqaa,1,0\ngle,0,1\ncym,1,1\n"


@pytest.mark.parametrize(
    ("criterion", "distance", "best"),
    [
        ("max-sum", "file:{}/d.csv", "gle_Latn qaa_Latn"),  # 0.3 of 0.3, 0.2 and 0.1
        ("facility-location", "file:{}/d.csv", "cym_Latn"),  # 0.3 in all, of 0.4 (qaa) and 0.5 (gle)
        ("max-sum", "features:{}/f.csv", "gle_Latn qaa_Latn"),  # they differ in both features
        ("max-sum", "geographic", "gle_Latn qaa_Latn"),  # Ireland is farther from 30 S 140 E than Wales
        ("geographic-spread", "script", "gle_Latn qaa_Latn"),
    ],
)
def test_a_language_that_uriel_lacks_is_chosen_by_what_there_is(taken, tmp_path, criterion, distance, best):
    taken("qaa,Latn,X,,,-30,140,,,,\n")
    (tmp_path / "d.csv").write_text(SQUARE)
    (tmp_path / "f.csv").write_text(FEATURES)
    given = {"pool": "qaa, gle, cym", "anchor": None, "distance": distance.format(tmp_path), "n_random": 0}
    chosen = choose(len(best.split()), criterion, **given).selection.subset.languages
    assert " ".join(chosen) == best
    assert len(choose(2, "random", seed=1, **given).selection.subset) == 2


def test_a_target_that_uriel_lacks_is_in_the_way_of_no_criterion(taken, tmp_path):
    taken("qaa,Latn,X,,,,,,,,\n")
    (tmp_path / "d.csv").write_text(SQUARE)
    given = {"pool": "gle, cym", "targets": "qaa", "anchor": None, "distance": f"file:{tmp_path}/d.csv"}
    assert choose(1, "target-coverage", n_random=0, **given).selection.subset.languages == ("cym_Latn",)
    assert len(choose(1, "feature-entropy", n_random=0, **given).selection.subset) == 1


def test_features_that_a_criterion_reads_are_needed_all_the_same(taken, tmp_path):
    taken("qaa,Latn,X,,,,,,,,\n")
    (tmp_path / "f.csv").write_text(FEATURES)
    given = {"pool": "qaa, gle, cym", "anchor": None, "distance": "script", "n_random": 0}
    with pytest.raises(ValueError, match="must have a row in URIEL, but there is none for qaa_Latn"):
        choose(2, "feature-inclusion", **given)
    own = choose(2, "feature-inclusion", features=f"features:{tmp_path}/f.csv", **given)
    assert own.selection.value == 1.0  # gle and qaa show all four values
    with pytest.raises(ValueError, match="Features must be named by one of .* 'geographic'"):
        choose(2, "max-sum", features="geographic", **given)


@pytest.mark.parametrize(
    ("cell", "mbert", "xlmr"),
    [
        ("both", True, True), ('"mbert, xlmr"', True, True), ("xlmr;mbert", True, True), ("mBERT xlmr", True, True),
        ("xlmr;", False, True), ("none", False, False),
    ],
)  # fmt: skip
def test_encoders_that_have_seen_a_language(taken, cell, mbert, xlmr):
    taken(f"glv,,,,,,,,{cell},,\n")
    assert (language_info("glv_Latn").seen_by_mbert, language_info("glv_Latn").seen_by_xlmr) == (mbert, xlmr)


def test_seen_by_may_be_one_word(taken, tmp_path):
    path = tmp_path / "languages.csv"
    path.write_text("iso,seen_by\nglv,xlmr\n")
    rows = read_own_languages(path)
    assert rows == ({"iso": "glv", "seen by": "xlmr"},)
    use_languages([{"iso": "glv", "seen_by": "mbert"}])
    assert language_info("glv_Latn").seen_by_mbert and not language_info("glv_Latn").seen_by_xlmr
    path.write_text("iso,seen_by,seen by\nglv,xlmr,mbert\n")
    with pytest.raises(DataError, match="'seen by' is also 'seen_by'"):
        read_own_languages(path)


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        ("Seen by", "seen by"), ("seen_by_mbert", "seen by"), ("lat", "latitude"), ("Longitude", "longitude"),
        ("longitute", "longitude"), ("famliy", "family"), ("aera", "area"), ("Class", "class"), ("resource", "class"),
        ("uriel_code", "uriel"),
    ],
)  # fmt: skip
def test_a_misspelt_column_is_refused_with_the_one_that_is_meant(tmp_path, column, meant):
    path = tmp_path / "languages.csv"
    path.write_text(f"iso,{column}\nglv,1\n")
    with pytest.raises(DataError, match=f"languages.csv has '{column}'. Write '{meant}', or"):
        read_own_languages(path)


def test_columns_of_other_tables_may_stand_in_the_same_file(tmp_path):
    path = tmp_path / "languages.csv"
    path.write_text(
        "iso,language,pool,target,cost,dialect area,subfamily,corpus,tones,note\nglv,Manx,yes,2,1,a,b,c,d,e\n"
    )
    assert read_own_languages(path) == ({"iso": "glv"},)


def test_languages_without_a_place_are_named(taken):
    taken("qaa,Latn,X,,,,,,,,\n")
    with pytest.raises(ValueError, match="place, but that of qaa_Latn is not known"):
        choose(1, pool="qaa, gle", distance="geographic")
