"""Meanings said in languages, against facts about these languages that are stated here by hand."""

from search_spaces.languages import Language
from trainables.parallel_data.synthetic.meaning import Clause, Meaning, NounPhrase
from trainables.parallel_data.synthetic.realize import Token, Voice

NAME = NounPhrase(words=("given-0",), entity="PER")


DOG = NounPhrase(words=("dog",))


def said(language: str, clause: Clause) -> list[Token]:
    return Voice(Language(language), world_seed=0).say(Meaning(clause=clause))


def test_verb_final_languages_end_in_the_verb() -> None:
    clause = Clause(
        verb="see", subject=NAME, object=DOG, adposition="in", place=NounPhrase(words=("house",)), adverb="today"
    )
    for language in ("tur_Latn", "jpn_Jpan", "tam_Taml"):
        assert [token.upos for token in said(language, clause)][-2:] == ["VERB", "PUNCT"], language


def test_affixes_stand_on_their_side() -> None:
    for language, starts in (("swh_Latn", False), ("zul_Latn", False), ("tur_Latn", True), ("hin_Deva", True)):
        forms = [
            next(token.form for token in said(language, Clause(verb="sleep", subject=phrase)) if token.upos == "NOUN")
            for phrase in (DOG, NounPhrase(words=("dog",), plural=True))
        ]
        assert forms[0] != forms[1]
        assert forms[1].startswith(forms[0]) if starts else forms[1].endswith(forms[0]), language


def test_languages_without_articles_say_none() -> None:
    clause = Clause(verb="sleep", subject=NounPhrase(words=("dog",), determiner="the"))
    assert "DET" in {token.upos for token in said("eng_Latn", clause)}
    for language in ("rus_Cyrl", "fin_Latn", "jpn_Jpan"):
        assert "DET" not in {token.upos for token in said(language, clause)}, language
