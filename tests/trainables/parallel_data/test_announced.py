"""What data sets on the hub say they hold, against their own tables of languages."""

import dataclasses

import pytest

from search_spaces.languages import Language
from trainables.data.labelled_files import DataError
from trainables.data_sets import DATA_SETS
from trainables.parallel_data.announced import AnnouncedData
from trainables.run_config import DataConfig
from trainables.tasks.ner import NER
from trainables.tasks.pos import POS

CONFIG = DataConfig(source="hub", sets=("opus100", "wikiann"), languages=("sw", "de", "fr"))
PAIRS = [Language("deu_Latn"), Language("fra_Latn")]


def test_languages_are_those_of_the_sets_that_were_asked_for() -> None:
    data = AnnouncedData(CONFIG)
    asked = {"deu_Latn", "fra_Latn", "swh_Latn"}
    held = {name: asked & set(DATA_SETS[name].languages.values()) for name in CONFIG.sets}
    assert data.bitext_languages == tuple(sorted(held["opus100"])) and {*PAIRS} <= held["opus100"]
    assert data.labelled_languages(NER) == tuple(sorted({*held["wikiann"], "eng_Latn"}))
    assert data.labelled_languages(POS) == ()


def test_the_fingerprint_of_pairs_is_of_what_decides_them_and_of_nothing_else() -> None:
    def of(pairs: list[Language] = PAIRS, **changes: object) -> str:
        return AnnouncedData(dataclasses.replace(CONFIG, **changes)).bitext_fingerprint(pairs)

    same = of()
    assert of(PAIRS[::-1]) == of([*PAIRS, Language("yor_Latn")]) == same  # Yoruba has no pairs here
    assert of(sets=("opus100",), languages=("de", "fr")) == of(revisions={"wikiann": "0" * 40}) == same
    others = [of(PAIRS[:1]), of(max_pairs=7), of(revisions={"opus100": "0" * 40})]
    assert len({same, *others}) == 4


def test_a_language_that_no_set_has_is_refused() -> None:
    with pytest.raises(DataError, match="bbj_Latn is in none"):
        AnnouncedData(dataclasses.replace(CONFIG, languages=("bbj",)))
