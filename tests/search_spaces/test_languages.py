import pytest

from search_spaces.languages import ENGLISH, TABLE, UnknownLanguageError, index_aliases, parse_language


def row(tag, name="Someish", iso639_3="xxx", aliases=""):
    return {"tag": tag, "name": name, "iso639_3": iso639_3, "aliases": aliases}


@pytest.mark.parametrize(
    "name", ["sw", "swa", "swh", "swh_Latn", "swh-Latn", "SWH-latn", "swa_Latn", " Swahili ", "sWAHILI"]
)
def test_usual_names_of_swahili(name):
    assert parse_language(name) == "swh_Latn"


@pytest.mark.parametrize(
    ("names", "tag"),
    [
        ("zh zho cmn cmn_Hans zho-Hans zh-CN Mandarin chinese", "zho_Hans"),
        ("zh-TW cmn_Hant zho_Hant", "zho_Hant"),
        ("et est ekk ekk_Latn Estonian", "est_Latn"),
        ("ar ara arb ara_Arab Arabic", "arb_Arab"),
        ("az aze azj", "azj_Latn"),
        ("fa fas pes Farsi Persian", "pes_Arab"),
        ("ms msa zsm Malay", "zsm_Latn"),
        ("om orm gaz Oromo", "gaz_Latn"),
        ("sq sqi als", "als_Latn"),
        ("lv lav lvs", "lvs_Latn"),
        ("no nor nb nob", "nob_Latn"),
        ("aym ay ayr", "ayr_Latn"),
        ("qu que quy", "quy_Latn"),
        ("kk kaz kaz_Cyrl", "kaz_Cyrl"),
        ("en eng English", "eng_Latn"),
        ("bbj Ghomala", "bbj_Latn"),
    ],
)
def test_codes_of_other_collections(names, tag):
    assert {parse_language(name) for name in names.split()} == {tag}


def test_a_tag_names_itself():
    assert [parse_language(r["tag"]) for r in TABLE] == [r["tag"] for r in TABLE]
    assert parse_language("eng_Latn") == ENGLISH


@pytest.mark.parametrize(("name", "nearest"), [("Swahilli", "Swahili"), ("swh_Lat", "swh_Latn"), ("Yorubaa", "Yoruba")])
def test_unknown_name_is_refused_with_the_nearest(name, nearest):
    with pytest.raises(UnknownLanguageError) as error:
        parse_language(name)
    assert repr(name) in str(error.value) and repr(nearest) in str(error.value)


@pytest.mark.parametrize("name", ["", "_", "kz", "swh_Arax", "swh_", "Swahili_Arab"])
def test_not_quite_a_language(name):
    with pytest.raises(UnknownLanguageError):
        parse_language(name)


def test_alias_of_two_languages_is_refused():
    with pytest.raises(ValueError, match="'qq' is claimed by 'aaa_Latn' and 'bbb_Latn'"):
        index_aliases([row("aaa_Latn", "Aish", "aaa", "qq"), row("bbb_Latn", "Bish", "bbb", "qq")])


def test_alias_clash_is_seen_through_case_and_hyphen():
    with pytest.raises(ValueError, match="claimed by"):
        index_aliases([row("aaa_Latn", "Aish", "aaa", "Old-ish"), row("bbb_Latn", "old_ISH", "bbb")])


def test_language_listed_twice_is_refused():
    with pytest.raises(ValueError, match="listed again"):
        index_aliases([row("aaa_Latn"), row("aaa_Latn")])


@pytest.mark.parametrize("tag", ["aaa", "aaa_latn", "aa_Latn", "aaa-Latn", "aaa_Latnx"])
def test_malformed_tag_is_refused(tag):
    with pytest.raises(ValueError, match="three lower-case letters"):
        index_aliases([row(tag)])
