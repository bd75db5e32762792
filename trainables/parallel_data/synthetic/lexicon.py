"""The words of a language: proto-words of its family, worn down branch by branch, then written in its script.

The tree is the inventory's (family, branch, language). A family coins one proto-word a concept; each node below it
replaces some words by new ones and applies its own regular sound changes, so relatives share recognisable words and
strangers share words by chance only. Names, and a few loans, are the same in the whole world. Everything is drawn
from `derived_seed(world_seed, <node and concept>)`, so no language depends on which others are generated.
"""

import functools
from dataclasses import dataclass

from search_spaces.inventory import INVENTORY
from search_spaces.languages import Language
from trainables.parallel_data.synthetic.meaning import FUNCTION_WORDS, NAMES, UPOS_OF
from trainables.parallel_data.synthetic.script import CONSONANTS, VOWELS, write_down
from trainables.stepping.derived_seed import derived_seed

# Shares of the content words that a branch or a language replaced by its own, and that are loans known everywhere.
REPLACED_IN_BRANCH = 0.15
REPLACED_IN_LANGUAGE = 0.15
LOAN_SHARE = 0.06
N_CHANGES_BRANCH = 2
N_CHANGES_LANGUAGE = 2
# Common sound changes: lenition, fortition, devoicing, rhotacism, vowel raising and lowering.
SOUND_CHANGES = (
    "pf ts kh bv dz gy sh vw fh bp dt gk zs wv yz lr rl nm ao ou ei ie uo ae"
).split()  # fmt: skip
AFFIXES = ("-plural", "-accusative", "-genitive", "-past", "-future", "-not", "-the")


@dataclass(frozen=True)
class Lexicon:
    """Written words and affixes of a language by concept; no two concepts share a word."""

    words: dict[str, str]
    affixes: dict[str, str]


@dataclass(frozen=True)
class _Node:
    """A branch or a language below its family: what changed there."""

    name: str
    replaced: float
    sound_changes: dict[int, str]


def lexicon_of(language: Language, world_seed: int) -> Lexicon:
    """Words for all concepts and shapes of all affixes (which of them are used is the grammar's business)."""
    info = INVENTORY[language]
    family = info.family if info.family != "isolate" else language
    nodes = [_node(world_seed, f"{family}/{info.branch}", REPLACED_IN_BRANCH, N_CHANGES_BRANCH)] if info.branch else []
    nodes.append(_node(world_seed, language, REPLACED_IN_LANGUAGE, N_CHANGES_LANGUAGE))
    words: dict[str, str] = {}
    taken: set[str] = set()
    for concept in UPOS_OF:
        sounds = _sounds(world_seed, family, nodes, concept)
        while (word := write_down(sounds, info.script, capital=concept in NAMES)) in taken:
            sounds += _coin(world_seed, f"{language}/again", concept, n_syllables=1)
        taken.add(word)
        words[concept] = word
    affixes = {affix: write_down(_sounds(world_seed, family, nodes, affix), info.script) for affix in AFFIXES}
    return Lexicon(words, affixes)


def _sounds(world_seed: int, family: str, nodes: list[_Node], concept: str) -> str:
    """Phonemes of the concept's word in the youngest of `nodes`, which go from old to young."""
    n_syllables = _n_syllables(concept)
    if concept in NAMES:
        return _coin(world_seed, "world", concept, n_syllables)
    lexical = n_syllables > 1  # function words and affixes are neither borrowed nor replaced
    if lexical and _uniform(world_seed, f"loan/{concept}") < LOAN_SHARE:
        return _coin(world_seed, "world", concept, n_syllables).translate(nodes[-1].sound_changes)
    sounds = _coin(world_seed, family, concept, n_syllables)
    for node in nodes:
        if lexical and _uniform(world_seed, f"replaced/{node.name}/{concept}") < node.replaced:
            sounds = _coin(world_seed, node.name, concept, n_syllables)
        sounds = sounds.translate(node.sound_changes)
    return sounds


def _n_syllables(concept: str) -> int:
    if concept in NAMES:
        return 3
    return 1 if concept in FUNCTION_WORDS or concept in AFFIXES else 2


@functools.lru_cache(maxsize=100_000)
def _coin(world_seed: int, node: str, concept: str, n_syllables: int) -> str:
    """A new word: consonant + vowel, so many times; every third word ends in a consonant."""
    bits = derived_seed(world_seed, f"word/{node}/{concept}")
    sounds = ""
    for _ in range(n_syllables):
        bits, consonant = divmod(bits, len(CONSONANTS))
        bits, vowel = divmod(bits, len(VOWELS))
        sounds += CONSONANTS[consonant] + VOWELS[vowel]
    bits, closed = divmod(bits, 3)
    return sounds + CONSONANTS[bits % len(CONSONANTS)] if closed == 0 else sounds


def _node(world_seed: int, name: str, replaced: float, n_changes: int) -> _Node:
    """`n_changes` different sound changes; of two that start from one sound the later drawn holds."""
    left = list(SOUND_CHANGES)
    bits = derived_seed(world_seed, f"sounds/{name}")
    changes = {}
    for _ in range(n_changes):
        bits, index = divmod(bits, len(left))
        change = left.pop(index)
        changes[ord(change[0])] = change[1]
    return _Node(name, replaced, changes)


def _uniform(world_seed: int, name: str) -> float:
    """A number in [0, 1) that depends on seed and name only."""
    return derived_seed(world_seed, name) / 2**63
