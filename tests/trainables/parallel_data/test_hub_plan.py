"""What the source "hub" is asked to fetch."""

from typing import Any

import pytest

from search_spaces.languages import parse_language
from trainables.data.labelled_files import DataError
from trainables.data_sets import DATA_SETS
from trainables.parallel_data import hub_plan
from trainables.parallel_data.hub_plan import planned, unpinned
from trainables.run_config import DataConfig


def test_the_inventory_decides_between_two_bitexts() -> None:
    sets = [DATA_SETS["nllb"], DATA_SETS["opus100"]]
    tasks = planned(DataConfig(source="hub", sets=("nllb", "opus100"), languages=("afr", "xho", "isl", "sin")), sets)
    chosen = {language: data_set.name for data_set, language in tasks}
    # Both hold Afrikaans, Xhosa and Sinhala; the paper took the first from OPUS-100 and the second from NLLB.
    assert chosen == {"afr_Latn": "opus100", "xho_Latn": "nllb", "isl_Latn": "opus100", "sin_Sinh": "nllb"}


def test_a_given_revision_pins() -> None:
    assert unpinned(DataConfig(sets=("opus100", "wikiann"))) == ["wikiann"]
    assert unpinned(DataConfig(sets=("opus100", "wikiann"), revisions={"wikiann": "0" * 40})) == []


def test_only_the_wanted_languages_of_a_set_are_fetched() -> None:
    config = DataConfig(
        sets=("opus100", "nllb", "xtremer", "wikiann", "masakhaner2"),
        bitext_languages=("fra", "swh"), languages_of={"wikiann": ("fra", "deu"), "xtremer": ("yor",)},
    )  # fmt: skip
    tasks = hub_plan.planned(config, hub_plan.checked_sets(config))
    found = {name: {lang for one, lang in tasks if one.name == name} for name in config.sets}
    assert found["opus100"] | found["nllb"] == {"fra_Latn", "swh_Latn"}
    assert found["wikiann"] == {"eng_Latn", "fra_Latn", "deu_Latn"}  # English is trained on, whatever is evaluated
    assert found["xtremer"] == {"eng_Latn", "yor_Latn"}
    assert len(found["masakhaner2"]) == 20


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"languages_of": {"wikiann": ("tsn",)}}, "must be languages of that set, but tsn_Latn is not"),
        ({"languages_of": {"ud": ("fra",)}}, "`data.languages_of` must be of sets in `data.sets`, but has ud"),
        ({"codes": {"ud": {"fra": "x"}}}, "`data.codes` must be of sets"),
        ({"revisions": {"nllb": "abc"}}, "nllb have no revision in common"),
        ({"bitext_languages": ("bbj",)}, "bbj_Latn is in none"),
        ({"sets": ("nllb", "wikiann", "wikiann")}, "may be named once in `data.sets`, but wikiann is again"),
        ({"codes": {"wikiann": {"zho_Hant": "zh"}}}, "'zh' is of zho_Hans and zho_Hant"),
        ({"codes": {"wikiann": {"ces": "sk"}}}, "'sk' is of slk_Latn and ces_Latn"),
        ({"codes": {"wikiann": {"ces": "x", "slk": "x"}}}, "A code of wikiann must .* 'x' is of ces_Latn and slk_Latn"),
        ({"codes": {"wikiann": {"ces": "cs", "cs": "sk"}}}, "ces_Latn has 'cs' and 'sk'"),
    ],
)
def test_settings_that_cannot_be_followed_are_refused(settings: dict[str, Any], message: str) -> None:
    config = DataConfig(**{"sets": ("nllb", "wikiann"), **settings})
    with pytest.raises(DataError, match=message):
        hub_plan.planned(config, hub_plan.checked_sets(config))


def pairs_of(**settings: Any) -> dict[str, str]:
    config = DataConfig(sets=("nllb", "opus100", "wikiann"), **settings)
    tasks = planned(config, hub_plan.checked_sets(config))
    return {str(language): one.name for one, language in tasks if one.part == "bitext"}


def test_codes_may_be_swapped_said_as_they_are_and_new() -> None:
    codes = {"ces": "sk", "slk": "cs", "fra": "fr", "bem": "bem"}
    config = DataConfig(sets=("nllb", "wikiann"), codes={"wikiann": codes})
    wikiann = hub_plan.checked_sets(config)[1]
    before = DATA_SETS["wikiann"].languages
    assert {wikiann.code_of(lang) for lang in before.values()} == set(before)
    assert [wikiann.code_of(parse_language(name)) for name in codes] == list(codes.values())


def test_the_set_that_is_asked_for_a_language_is_read() -> None:
    """The inventory says NLLB of Xhosa and Sinhala and OPUS-100 of Afrikaans: another wish dropped them silently."""
    languages = ("afr", "xho", "sin")
    asked = {"opus100": ("xho", "afr")}
    assert pairs_of(languages=languages, languages_of=asked) == {
        "afr_Latn": "opus100", "xho_Latn": "opus100", "sin_Sinh": "nllb"
    }  # fmt: skip
    assert pairs_of(languages=languages, languages_of={"opus100": ("xho",)})["afr_Latn"] == "nllb"
    both = {"opus100": ("xho",), "nllb": ("sin",)}
    assert pairs_of(languages=languages, languages_of=both) == {"xho_Latn": "opus100", "sin_Sinh": "nllb"}


def test_what_is_asked_for_and_not_fetched_is_found() -> None:
    config = DataConfig(
        sets=("opus100", "wikiann", "sib200"), bitext_languages=("fra",),
        languages_of={"opus100": ("fra", "deu"), "wikiann": ("eng", "fra"), "sib200": ("fra", "yor")},
    )  # fmt: skip
    tasks = planned(config, hub_plan.checked_sets(config))
    assert hub_plan.unread(config, tasks) == {"opus100": ["deu_Latn"], "sib200": ["yor_Latn"]}


def test_a_language_of_a_set_that_is_not_fetched_at_all_is_refused() -> None:
    with pytest.raises(DataError, match=r"languages_of.wikiann` must be of .*languages`, but swh_Latn is not. Add"):
        pairs_of(languages=("fra",), languages_of={"wikiann": ("eng", "fra", "swh")})
