"""NLI labels follow from the two meanings."""

from collections import Counter

import numpy
import pytest

from trainables.parallel_data.synthetic.inference import HYPERNYM_OF, Inference, draw_inferences
from trainables.parallel_data.synthetic.meaning import ANTONYMS, UPOS_OF, Meaning, Speaker


@pytest.fixture(scope="module")
def inferences() -> list[Inference]:
    generator = numpy.random.default_rng(7)
    return draw_inferences(Speaker(generator), generator, 150, set())


def content(meaning: Meaning) -> set[str]:
    return {word for word in meaning.key() if word in UPOS_OF and word != "of"}


def test_labels_are_balanced(inferences: list[Inference]) -> None:
    assert Counter(pair.label for pair in inferences) == {"entailment": 50, "neutral": 50, "contradiction": 50}


def test_entailed_hypotheses_say_nothing_new(inferences: list[Inference]) -> None:
    for pair in inferences:
        if pair.label == "entailment":
            implied = content(pair.premise) | {
                HYPERNYM_OF[word] for word in content(pair.premise) if word in HYPERNYM_OF
            }
            assert content(pair.hypothesis) <= implied
            assert pair.hypothesis.key() != pair.premise.key()
            assert not pair.hypothesis.clause.negative


def test_neutral_hypotheses_say_something_new_and_nothing_contrary(inferences: list[Inference]) -> None:
    for pair in inferences:
        if pair.label == "neutral":
            new = content(pair.hypothesis) - content(pair.premise)
            assert len(pair.hypothesis.key()) == len(pair.premise.key())
            assert pair.hypothesis.clause.negative == pair.premise.clause.negative
            for phrase, before in (
                (pair.hypothesis.clause.subject, pair.premise.clause.subject),
                (pair.hypothesis.clause.object, pair.premise.clause.object),
            ):
                if phrase and before:
                    assert ANTONYMS.get(phrase.adjective, "-") != before.adjective
            assert new or pair.hypothesis != pair.premise


def test_contradictions_are_negations_or_opposites(inferences: list[Inference]) -> None:
    for pair in inferences:
        if pair.label == "contradiction" and not pair.hypothesis.clause.negative:
            (new,) = content(pair.hypothesis) - content(pair.premise) or {""}
            assert not new or ANTONYMS[new] in content(pair.premise)
            assert pair.hypothesis != pair.premise


def test_premises_are_affirmative(inferences: list[Inference]) -> None:
    assert not any(pair.premise.clause.negative for pair in inferences)
