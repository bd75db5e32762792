"""Premise and hypothesis pairs: the hypothesis is the premise's meaning, changed in a way that fixes the label.

entailment: a modifier is dropped, or a noun becomes the hypernym of its class. neutral: a modifier is added that the
premise does not mention, or a hypernym becomes one of its nouns. contradiction: the clause is negated, or an
adjective becomes its opposite. Premises are affirmative, because under negation dropping and adding change places.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy

from trainables.parallel_data.synthetic.meaning import (
    ADJECTIVES,
    ADVERBS,
    ANTONYMS,
    NOUNS,
    Clause,
    Meaning,
    NounPhrase,
    Speaker,
)

LABELS = ("entailment", "neutral", "contradiction")
HYPERNYM_OF = {noun: nouns[0] for nouns in NOUNS.values() for noun in nouns[1:]}
HYPONYMS_OF = {nouns[0]: nouns[1:] for nouns in NOUNS.values()}


@dataclass(frozen=True)
class Inference:
    """A labelled pair of meanings."""

    premise: Meaning
    hypothesis: Meaning
    label: str


def draw_inferences(
    speaker: Speaker, generator: numpy.random.Generator, n: int, used: set[tuple[str, ...]]
) -> list[Inference]:
    """`n` pairs, labels in turn. Neither side says a sentence whose key is in `used`; adds the keys of both."""
    inferences: list[Inference] = []
    while len(inferences) < n:
        label = LABELS[len(inferences) % len(LABELS)]
        premise = speaker.meaning()
        if premise.second or premise.clause.complement or premise.clause.negative or premise.key() in used:
            continue
        changed = [Meaning(clause=clause) for clause in _CHANGES[label](premise.clause)]
        options = [meaning for meaning in changed if meaning.key() == premise.key() or meaning.key() not in used]
        if options:
            hypothesis = options[int(generator.integers(len(options)))]
            used |= {premise.key(), hypothesis.key()}
            inferences.append(Inference(premise, hypothesis, label))
    return inferences


def _entailed(clause: Clause) -> Iterator[Clause]:
    if clause.place:
        yield replace(clause, place=None, adposition="")
    if clause.adverb:
        yield replace(clause, adverb="")
    for role, phrase in _nouns(clause):
        if phrase.adjective:
            yield _with(clause, role, adjective="", degree="")
        if phrase.words[0] in HYPERNYM_OF:
            yield _with(clause, role, words=(HYPERNYM_OF[phrase.words[0]],), adjective="", degree="")


def _neutral(clause: Clause) -> Iterator[Clause]:
    if not clause.adverb:
        yield from (replace(clause, adverb=adverb) for adverb in ADVERBS)
    for role, phrase in _nouns(clause):
        if not phrase.adjective:
            yield from (_with(clause, role, adjective=adjective) for adjective in ADJECTIVES)
        yield from (_with(clause, role, words=(noun,)) for noun in HYPONYMS_OF.get(phrase.words[0], ()))


def _contradicted(clause: Clause) -> Iterator[Clause]:
    yield replace(clause, negative=True)
    for role, phrase in _nouns(clause):
        if phrase.adjective and not phrase.degree:
            yield _with(clause, role, adjective=ANTONYMS[phrase.adjective])


_CHANGES = {"entailment": _entailed, "neutral": _neutral, "contradiction": _contradicted}


def _nouns(clause: Clause) -> list[tuple[str, NounPhrase]]:
    """Subject and object, where they are common nouns."""
    roles = {"subject": clause.subject, "object": clause.object}
    return [
        (role, phrase) for role, phrase in roles.items() if phrase and phrase.words[0] in {**HYPERNYM_OF, **HYPONYMS_OF}
    ]


def _with(clause: Clause, role: str, **changes: Any) -> Clause:
    return replace(clause, **{role: replace(getattr(clause, role), **changes)})
