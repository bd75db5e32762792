"""Says a meaning in a language: grammar and lexicon turn it into words with their part of speech and entity tags.

The same few rules serve every language; what differs are the grammar's switches. Word-order generalisations that
URIEL does not hold are fixed here: an auxiliary stands beside the verb on the side away from the object's (Greenberg
1963, universal 16), an adverb before the verb phrase, the sentence ends in a full stop.
"""

from dataclasses import dataclass

from search_spaces.languages import Language
from trainables.parallel_data.synthetic.grammar import Grammar, grammar_of
from trainables.parallel_data.synthetic.lexicon import Lexicon, lexicon_of
from trainables.parallel_data.synthetic.meaning import UPOS_OF, Clause, Meaning, NounPhrase

FULL_STOP = "."


@dataclass(frozen=True)
class Token:
    """A word as it is written, its UPOS tag and its entity tag (IOB2 with PER, LOC, ORG)."""

    form: str
    upos: str
    entity: str = "O"


class Voice:
    """A language that can say meanings.

    Args:
        language: of the inventory.
        world_seed: decides the lexicon.
    """

    def __init__(self, language: Language, world_seed: int) -> None:
        self.grammar: Grammar = grammar_of(language)
        self.lexicon: Lexicon = lexicon_of(language, world_seed)
        self._verb_first = self.grammar["word_order"].index("V") < self.grammar["word_order"].index("O")

    def say(self, meaning: Meaning) -> list[Token]:
        """The sentence as a list of tokens."""
        tokens = self._clause(meaning.clause)
        if meaning.second:
            tokens += [self._word(meaning.link), *self._clause(meaning.second)]
        return [*tokens, Token(FULL_STOP, "PUNCT")]

    def text(self, meaning: Meaning) -> str:
        """The sentence with a space between all tokens, whatever the script."""
        return " ".join(token.form for token in self.say(meaning))

    def _clause(self, clause: Clause) -> list[Token]:
        parts = {"S": self._noun_phrase(clause.subject), "V": self._verb_group(clause), "O": self._object(clause)}
        oblique = self._oblique(clause)
        if oblique and self.grammar["oblique"] == "before":
            parts["V"] = oblique + parts["V"]
        adverb = [self._word(clause.adverb)] if clause.adverb else []
        tokens = [token for part in self.grammar["word_order"] for token in parts[part]]
        if self.grammar["oblique"] == "after":
            tokens += oblique
        return tokens + adverb if self._verb_first else adverb + tokens

    def _object(self, clause: Clause) -> list[Token]:
        if clause.complement:
            complementizer, inner = [self._word("complementizer")], self._clause(clause.complement)
            return complementizer + inner if self.grammar["complementizer"] == "before" else inner + complementizer
        return self._noun_phrase(clause.object, role="-accusative") if clause.object else []

    def _oblique(self, clause: Clause) -> list[Token]:
        if not clause.place:
            return []
        return self._beside([self._word(clause.adposition)], self._noun_phrase(clause.place), "adposition")

    def _verb_group(self, clause: Clause) -> list[Token]:
        """Verb with its tense and negation, as affixes or as words."""
        form = self.lexicon.words[clause.verb]
        auxiliaries = []
        if clause.tense != "present":
            side = self.grammar["tense_side"]
            if self.grammar[clause.tense] == "affix" and side != "none":
                form = self._attach(form, f"-{clause.tense}", side)
            else:
                auxiliaries = [self._word({"past": "did", "future": "will"}[clause.tense])]
        negation = self.grammar["negation"] if clause.negative else ""
        if negation in ("prefix", "suffix"):
            form = self._attach(form, "-not", negation)
        tokens = [Token(form, "VERB")]
        if negation == "word_before":
            tokens = [self._word("not"), *tokens]
        elif negation == "word_after":
            tokens = [*tokens, self._word("not")]
        return auxiliaries + tokens if self._verb_first else tokens + auxiliaries

    def _noun_phrase(self, phrase: NounPhrase, role: str = "") -> list[Token]:
        """From the noun outwards: adjective, numeral, article or demonstrative, possessor."""
        if phrase.entity:
            return self._name(phrase)
        plural = phrase.plural and UPOS_OF[phrase.words[0]] == "NOUN"
        tokens = [Token(self._noun_form(phrase, plural, role), UPOS_OF[phrase.words[0]])]
        if phrase.adjective:
            tokens = self._beside(self._adjective(phrase, plural), tokens, "adjective")
        if phrase.numeral:
            tokens = self._beside([self._word(phrase.numeral)], tokens, "numeral")
        elif plural and self.grammar["plural"] == "word":
            tokens = self._beside([self._word("plural")], tokens, "numeral")
        if phrase.determiner in ("this", "that"):
            tokens = self._beside([self._word(phrase.determiner)], tokens, "demonstrative")
        elif self._has_article(phrase, plural):
            tokens = self._beside([self._word(phrase.determiner)], tokens, "article")
        if phrase.possessor:
            tokens = self._beside(self._possessor(phrase.possessor), tokens, "possessor")
        return tokens

    def _name(self, phrase: NounPhrase) -> list[Token]:
        """Names do not inflect and keep their order."""
        return [
            Token(self.lexicon.words[word], "PROPN", f"{'I' if i else 'B'}-{phrase.entity}")
            for i, word in enumerate(phrase.words)
        ]

    def _noun_form(self, phrase: NounPhrase, plural: bool, role: str) -> str:
        form = self.lexicon.words[phrase.words[0]]
        if plural and self.grammar["plural"] in ("prefix", "suffix"):
            form = self._attach(form, "-plural", self.grammar["plural"])
        if phrase.determiner == "the" and self.grammar["definite"] == "suffix":
            form = self._attach(form, "-the", "suffix")
        if role and self.grammar["case"] != "none":
            form = self._attach(form, role, self.grammar["case"])
        return form

    def _adjective(self, phrase: NounPhrase, plural: bool) -> list[Token]:
        form = self.lexicon.words[phrase.adjective]
        if plural and self.grammar["agreement"] == "adjective" and self.grammar["plural"] in ("prefix", "suffix"):
            form = self._attach(form, "-plural", self.grammar["plural"])
        tokens = [Token(form, "ADJ")]
        return self._beside([self._word(phrase.degree)], tokens, "degree") if phrase.degree else tokens

    def _possessor(self, owner: NounPhrase) -> list[Token]:
        """In the genitive where the language has cases (names aside), else with an adposition."""
        if self.grammar["case"] != "none" and not owner.entity:
            return self._noun_phrase(owner, role="-genitive")
        return self._beside([self._word("of")], self._noun_phrase(owner), "adposition")

    def _has_article(self, phrase: NounPhrase, plural: bool) -> bool:
        if phrase.determiner == "the":
            return self.grammar["definite"] == "word"
        return phrase.determiner == "a" and not plural and self.grammar["indefinite"] == "word"

    def _beside(self, dependent: list[Token], head: list[Token], switch: str) -> list[Token]:
        return dependent + head if self.grammar[switch] == "before" else head + dependent

    def _attach(self, form: str, affix: str, side: str) -> str:
        return self.lexicon.affixes[affix] + form if side == "prefix" else form + self.lexicon.affixes[affix]

    def _word(self, concept: str) -> Token:
        return Token(self.lexicon.words[concept], UPOS_OF[concept])
