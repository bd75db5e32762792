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
        ("glv,,,,,,,,bert,,\n", "`seen by` must be one of mbert, xlmr, none, but is 'bert'"),
        ("glv,,,,,95,0,,,,\n", "`latitude` must be degrees from -90 to 90, but is 95"),
        ("glv,,,,,north,0,,,,\n", "finite number, but is 'north'"),
        ("qaa,,,,,,,,,,\n", "needs a `name`, but qaa has none"),
        ("glv,,,,,,,,,,\nglv,Latn,,,,,,,,,\n", "glv_Latn occurs again in .*line 3"),
    ],
)
def test_rows_that_are_refused(taken, rows, message):
    with pytest.raises(DataError, match=message):
        taken(rows)
