"""Grammars against facts about the real languages that are stated here by hand, and against URIEL read directly."""

import pytest

from search_spaces.distances.uriel import load_uriel
from search_spaces.inventory import INVENTORY
from search_spaces.languages import Language
from trainables.parallel_data.synthetic.grammar import SWITCHES, WORD_ORDERS, grammar_of
from trainables.parallel_data.synthetic.meaning import Clause, Meaning, NounPhrase
from trainables.parallel_data.synthetic.realize import Token, Voice

NAME = NounPhrase(words=("given-0",), entity="PER")
DOG = NounPhrase(words=("dog",))


def said(language: str, clause: Clause) -> list[Token]:
    return Voice(Language(language), world_seed=0).say(Meaning(clause=clause))


def order(tokens: list[Token], **tags: str) -> str:
    """The letters (keyword names) in the order in which the tags (keyword values) first occur."""
    upos = [token.upos for token in tokens]
    return "".join(sorted(tags, key=lambda letter: upos.index(tags[letter])))


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("eng_Latn", "SVO"), ("fra_Latn", "SVO"), ("swh_Latn", "SVO"), ("zho_Hans", "SVO"), ("yor_Latn", "SVO"),
        ("tur_Latn", "SOV"), ("jpn_Jpan", "SOV"), ("hin_Deva", "SOV"), ("kor_Hang", "SOV"), ("amh_Ethi", "SOV"),
        ("gle_Latn", "VSO"), ("tgl_Latn", "VSO"),
    ],
)  # fmt: skip
def test_word_order_of_known_languages(language: str, expected: str) -> None:
    tokens = said(language, Clause(verb="see", subject=NAME, object=DOG))
    assert order(tokens, S="PROPN", V="VERB", O="NOUN") == expected


def test_word_order_is_the_one_that_uriel_marks() -> None:
    imputed = load_uriel(INVENTORY, "syntax", "knn")
    described = [language for language, known in zip(imputed.languages, imputed.known, strict=True) if known.any()]
    matrix = load_uriel(described, "syntax", "average")
    n_checked = 0
    for i, language in enumerate(matrix.languages):
        marks = {o: matrix.values[i, matrix.features.index(f"S_{o}")] for o in WORD_ORDERS}
        certain = [o for o in WORD_ORDERS if marks[o] == 1.0]
        if len(certain) == 1:
            tokens = said(language, Clause(verb="see", subject=NAME, object=DOG))
            assert order(tokens, S="PROPN", V="VERB", O="NOUN") == certain[0], language
            n_checked += 1
    assert n_checked > 70


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("eng_Latn", "AN"),
        ("arb_Arab", "AN"),
        ("swh_Latn", "AN"),
        ("tur_Latn", "NA"),
        ("jpn_Jpan", "NA"),
        ("hin_Deva", "NA"),
    ],
)
def test_adpositions(language: str, expected: str) -> None:
    tokens = said(language, Clause(verb="sleep", subject=NAME, adposition="in", place=NounPhrase(words=("house",))))
    assert order(tokens, A="ADP", N="NOUN") == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("eng_Latn", "AN"),
        ("tur_Latn", "AN"),
        ("zho_Hans", "AN"),
        ("fra_Latn", "NA"),
        ("arb_Arab", "NA"),
        ("yor_Latn", "NA"),
    ],
)
def test_adjectives(language: str, expected: str) -> None:
    tokens = said(language, Clause(verb="see", subject=NAME, object=NounPhrase(words=("dog",), adjective="big")))
    assert order(tokens, A="ADJ", N="NOUN") == expected


def test_every_language_has_a_whole_grammar_with_origins() -> None:
    for language in INVENTORY:
        grammar = grammar_of(language)
        assert set(grammar.values) == set(grammar.origins) == {switch.name for switch in SWITCHES}
    # Nigerian Pidgin has no row with syntax: everything comes from its relatives
    assert "uriel" not in grammar_of(Language("pcm_Latn")).origins.values()


def test_switch_features_exist_in_uriel() -> None:
    features = load_uriel([Language("eng_Latn")], "syntax", "average").features
    assert {f"S_{feature}" for switch in SWITCHES for feature in switch.features} <= set(features)
