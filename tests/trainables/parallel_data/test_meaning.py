"""Meanings of the synthetic world: selection, agreement and keys, over many draws."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from trainables.parallel_data.synthetic.meaning import (
    ANIMATE,
    ANTONYMS,
    NOUNS,
    UPOS_OF,
    VERBS,
    Clause,
    Meaning,
    NounPhrase,
    Speaker,
    draw_meanings,
)

CLASS_OF = {noun: name for name, nouns in NOUNS.items() for noun in nouns}


@pytest.fixture(scope="module")
def meanings() -> list[Meaning]:
    return draw_meanings(Speaker(np.random.default_rng(0)), 2_000, set())


def clauses(meanings: list[Meaning]) -> Iterator[Clause]:
    for meaning in meanings:
        for clause in (meaning.clause, meaning.second):
            while clause is not None:
                yield clause
                clause = clause.complement


def test_participants_are_what_their_verb_takes(meanings: list[Meaning]) -> None:
    for clause in clauses(meanings):
        if clause.verb not in VERBS:
            assert clause.complement is not None and clause.object is None
            continue
        for phrase, classes in zip((clause.subject, clause.object), VERBS[clause.verb], strict=True):
            assert (phrase is None) == (not classes)
            if phrase is None:
                continue
            kind = CLASS_OF.get(phrase.words[0], "person")  # pronouns and names are persons (or act like them)
            assert kind in classes, (clause.verb, phrase)
        assert bool(clause.place) == bool(clause.adposition)


def test_a_numeral_stands_with_plurals_only_and_a_degree_with_adjectives(meanings: list[Meaning]) -> None:
    phrases = [one for clause in clauses(meanings) for one in (clause.subject, clause.object, clause.place) if one]
    assert all(phrase.plural for phrase in phrases if phrase.numeral)
    assert all(phrase.adjective for phrase in phrases if phrase.degree)
    assert all(not phrase.determiner for phrase in phrases if phrase.possessor)
    assert {phrase.entity for phrase in phrases} == {"", "PER", "ORG", "LOC"}


def test_frequencies_fall_with_the_rank_as_zipf_has_it(meanings: list[Meaning]) -> None:
    """The weight of rank r, from 0, is 1 / (r + 2): the first animal is three times as frequent as the fifth."""
    n = Counter(one.words[0] for clause in clauses(meanings) for one in (clause.subject, clause.object) if one)
    counts = [n[animal] for animal in NOUNS["animal"]]
    assert sum(counts) > 500
    expected = sum(counts) * np.array([1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6]) / sum(1 / r for r in range(2, 7))
    # chi-square with 4 degrees of freedom: 18.5 at the 0.1 % level
    assert ((np.array(counts) - expected) ** 2 / expected).sum() < 18.5


def test_no_two_parts_share_a_sentence(meanings: list[Meaning]) -> None:
    used = {meaning.key() for meaning in meanings}
    assert len(used) == len(meanings)
    more = draw_meanings(Speaker(np.random.default_rng(0)), 50, used)  # the same generator from its start
    assert not {meaning.key() for meaning in more} & {meaning.key() for meaning in meanings} and len(used) == 2_050


def test_a_key_keeps_roles_apart_and_leaves_out_what_some_languages_do_not_say() -> None:
    dog, cat = NounPhrase(words=("dog",)), NounPhrase(words=("cat",))
    one = Clause(verb="see", subject=dog, object=cat)
    assert one.key() != Clause(verb="see", subject=cat, object=dog).key()
    plain = Clause(
        verb="see", subject=NounPhrase(words=("dog",), plural=True, determiner="the"), object=cat, tense="past"
    )
    assert plain.key() == one.key()


def test_every_concept_has_a_part_of_speech_and_every_opposite_an_opposite() -> None:
    assert {UPOS_OF[noun] for noun in CLASS_OF} == {"NOUN"} and {UPOS_OF[verb] for verb in VERBS} == {"VERB"}
    assert all(ANTONYMS[ANTONYMS[word]] == word != ANTONYMS[word] for word in ANTONYMS)
    assert set(ANIMATE) <= set(NOUNS)
