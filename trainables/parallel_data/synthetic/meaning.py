"""What sentences of the synthetic world mean, before any language says it.

A meaning is one or two clauses over a closed list of concepts: a predicate, its participants, adjectives, numerals,
possessors, adpositional phrases, adverbs, tense, negation. Selection (who eats what) and Zipfian frequencies give
words a distribution that is the same in every language, which is what a masked language model can learn from.
Concepts are named by English glosses for the reader's sake; the world's "English" does not use those words.
"""

import functools
from dataclasses import dataclass
from typing import Literal

import numpy

Tense = Literal["past", "present", "future"]

# Nouns by semantic class, most frequent first; the first of each class is its hypernym (used by the NLI task).
NOUNS: dict[str, tuple[str, ...]] = {
    "person": tuple("person child teacher farmer mother doctor king singer".split()),
    "animal": tuple("animal dog bird horse cat".split()),
    "food": tuple("food bread fish fruit rice".split()),
    "thing": tuple("thing book house tree stone boat knife road".split()),
    "place": tuple("place village river field market".split()),
}
ANIMATE = ("person", "animal")
# Verb -> classes of its subject and of its object (none = intransitive).
VERBS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "see": (ANIMATE, ("person", "animal", "thing")),
    "eat": (ANIMATE, ("food",)),
    "go": (ANIMATE, ()),
    "make": (("person",), ("thing", "food")),
    "sleep": (ANIMATE, ()),
    "buy": (("person",), ("food", "thing", "animal")),
    "find": (ANIMATE, ("thing", "food")),
    "call": (("person",), ANIMATE),
    "run": (ANIMATE, ()),
    "carry": (("person",), ("thing", "food")),
    "follow": (ANIMATE, ANIMATE),
    "sing": (("person", "animal"), ()),
}
SAYING_VERBS = ("say", "know", "think")  # take a clause instead of an object
# Antonym pairs: an adjective and its opposite exclude each other.
ANTONYMS: dict[str, str] = {"big": "small", "good": "bad", "new": "old", "white": "black", "wet": "dry"}
ANTONYMS |= {opposite: adjective for adjective, opposite in ANTONYMS.items()}
ADJECTIVES = ("big", "good", "new", "small", "old", "white", "bad", "black", "wet", "dry")
DEGREES = ("very", "almost")
ADVERBS = ("today", "often", "again", "slowly", "here")
ADPOSITIONS = ("in", "near", "behind", "from")
NUMERALS = ("two", "three", "four", "ten")
PRONOUNS = ("I", "you", "he", "we", "they")
PLURAL_PRONOUNS = ("we", "they")
GIVEN_NAMES = tuple(f"given-{i}" for i in range(10))
SURNAMES = tuple(f"surname-{i}" for i in range(8))
PLACE_NAMES = tuple(f"place-{i}" for i in range(8))
ORGANISATION_NAMES = tuple(f"organisation-{i}" for i in range(6))
ORGANISATION_SUFFIX = "organisation-suffix"  # "Ltd": the second word of some organisations' names
NAMES = (*GIVEN_NAMES, *SURNAMES, *PLACE_NAMES, *ORGANISATION_NAMES, ORGANISATION_SUFFIX)
FUNCTION_WORDS = ("the", "a", "this", "that", "not", "will", "did", "and", "but", "complementizer", "plural", "of")

# concept -> part of speech (UPOS)
UPOS_OF: dict[str, str] = (
    {noun: "NOUN" for nouns in NOUNS.values() for noun in nouns}
    | {verb: "VERB" for verb in (*VERBS, *SAYING_VERBS)}
    | dict.fromkeys(ADJECTIVES, "ADJ")
    | dict.fromkeys((*DEGREES, *ADVERBS), "ADV")
    | dict.fromkeys((*ADPOSITIONS, "of"), "ADP")
    | dict.fromkeys(NUMERALS, "NUM")
    | dict.fromkeys(PRONOUNS, "PRON")
    | dict.fromkeys(NAMES, "PROPN")
    | dict.fromkeys(("the", "a", "this", "that", "plural"), "DET")
    | {"not": "PART", "will": "AUX", "did": "AUX", "and": "CCONJ", "but": "CCONJ", "complementizer": "SCONJ"}
)


@dataclass(frozen=True, kw_only=True)
class NounPhrase:
    """A participant.

    words: the concept of the noun or pronoun, or the one or two concepts of a name.
    entity: "PER", "LOC" or "ORG" of a name, else "".
    """

    words: tuple[str, ...]
    entity: str = ""
    plural: bool = False
    determiner: str = ""
    adjective: str = ""
    degree: str = ""
    numeral: str = ""
    possessor: "NounPhrase | None" = None

    def key(self) -> tuple[str, ...]:
        """The content words: what every language says aloud (number and articles some languages leave unsaid)."""
        owner = self.possessor.key() if self.possessor else ()
        return (*self.words, self.adjective, self.numeral, "of", *owner)


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A predicate with its participants. `complement` is the clause that a verb of saying takes."""

    verb: str
    subject: NounPhrase
    object: NounPhrase | None = None
    adposition: str = ""
    place: NounPhrase | None = None
    adverb: str = ""
    tense: Tense = "present"
    negative: bool = False
    complement: "Clause | None" = None

    def key(self) -> tuple[str, ...]:
        """The content words, in an order that keeps the roles apart."""
        parts = [(self.verb, self.adverb, self.adposition), self.subject.key()]
        parts += [part.key() if part else ("-",) for part in (self.object, self.place, self.complement)]
        return tuple(word for part in parts for word in part)


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """One sentence: a clause, or two of them linked by "and" or "but"."""

    clause: Clause
    link: str = ""
    second: Clause | None = None

    def key(self) -> tuple[str, ...]:
        """Two meanings with different keys are said differently in every language (tense, number, articles aside)."""
        return (*self.clause.key(), self.link, *(self.second.key() if self.second else ()))


class Speaker:
    """Draws meanings from one generator.

    Args:
        generator: all choices come from it.
        name_share: share of the animate participants and places that are names.
    """

    def __init__(self, generator: numpy.random.Generator, name_share: float = 0.2) -> None:
        self._generator = generator
        self._name_share = name_share

    def meaning(self) -> Meaning:
        """One sentence; one in eight has two clauses."""
        if self._chance(0.12):
            return Meaning(
                clause=self._clause(brief=True), link=self._pick(("and", "but")), second=self._clause(brief=True)
            )
        return Meaning(clause=self._clause())

    def _clause(self, brief: bool = False) -> Clause:
        if not brief and self._chance(0.12):
            return Clause(
                verb=self._pick(SAYING_VERBS),
                subject=self._animate(("person",), brief=True),
                tense=self._tense(),
                complement=self._clause(brief=True),
            )
        verb = self._pick(tuple(VERBS))
        subject_classes, object_classes = VERBS[verb]
        located = self._chance(0.1 if brief else (0.3 if object_classes else 0.6))
        return Clause(
            verb=verb,
            subject=self._animate(subject_classes, brief),
            object=self._participant(object_classes, brief) if object_classes else None,
            adposition=self._pick(ADPOSITIONS) if located else "",
            place=self._place() if located else None,
            adverb=self._pick(ADVERBS) if self._chance(0.2) else "",
            tense=self._tense(),
            negative=self._chance(0.15),
        )

    def _participant(self, classes: tuple[str, ...], brief: bool) -> NounPhrase:
        drawn = self._pick(classes)
        return self._animate((drawn,), brief) if drawn in ANIMATE else self._noun(drawn, brief)

    def _animate(self, classes: tuple[str, ...], brief: bool) -> NounPhrase:
        if "person" in classes and self._chance(self._name_share):
            return self._organisation() if self._chance(0.25) else self._person()
        if "person" in classes and self._chance(0.2):
            pronoun = self._pick(PRONOUNS)
            return NounPhrase(words=(pronoun,), plural=pronoun in PLURAL_PRONOUNS)
        return self._noun(self._pick(classes), brief)

    def _person(self) -> NounPhrase:
        given = self._pick(GIVEN_NAMES)
        return NounPhrase(words=(given, self._pick(SURNAMES)) if self._chance(0.4) else (given,), entity="PER")

    def _organisation(self) -> NounPhrase:
        name = self._pick(ORGANISATION_NAMES)
        return NounPhrase(words=(name, ORGANISATION_SUFFIX) if self._chance(0.5) else (name,), entity="ORG")

    def _place(self) -> NounPhrase:
        if self._chance(1.5 * self._name_share):
            return NounPhrase(words=(self._pick(PLACE_NAMES),), entity="LOC")
        return self._noun("place", brief=True)

    def _noun(self, semantic_class: str, brief: bool) -> NounPhrase:
        plural = self._chance(0.3)
        owned = not brief and self._chance(0.1)
        adjective = self._pick(ADJECTIVES) if self._chance(0.15 if brief else 0.3) else ""
        return NounPhrase(
            words=(self._pick(NOUNS[semantic_class]),),
            plural=plural,
            determiner="" if owned else self._pick(("the", "a", "this", "that")),
            adjective=adjective,
            degree=self._pick(DEGREES) if adjective and self._chance(0.2) else "",
            numeral=self._pick(NUMERALS) if plural and self._chance(0.4) else "",
            possessor=self._animate(("person",), brief=True) if owned else None,
        )

    def _tense(self) -> Tense:
        return ("past", "present", "future")[int(self._generator.choice(3, p=(0.4, 0.4, 0.2)))]

    def _chance(self, probability: float) -> bool:
        return bool(self._generator.random() < probability)

    def _pick(self, options: tuple[str, ...]) -> str:
        """Zipf-like: the option of rank r (from 0) has a weight of 1 / (r + 2)."""
        index = int(numpy.searchsorted(_cumulative(len(options)), self._generator.random(), side="right"))
        return options[min(index, len(options) - 1)]


def draw_meanings(speaker: Speaker, n: int, used: set[tuple[str, ...]]) -> list[Meaning]:
    """`n` meanings whose keys are not in `used`; adds their keys to it, so that no two parts share a sentence."""
    meanings: list[Meaning] = []
    while len(meanings) < n:
        meaning = speaker.meaning()
        if meaning.key() not in used:
            used.add(meaning.key())
            meanings.append(meaning)
    return meanings


@functools.cache
def _cumulative(n: int) -> numpy.ndarray:
    weights = 1.0 / (numpy.arange(n) + 2.0)
    cumulative: numpy.ndarray = numpy.cumsum(weights) / weights.sum()
    return cumulative
