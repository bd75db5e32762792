"""Words follow the family tree and the script."""

import itertools
import unicodedata

import pytest

from search_spaces.inventory import INVENTORY
from search_spaces.languages import Language
from tests.trainables.parallel_data.script_names import SCRIPT_NAMES
from trainables.parallel_data.synthetic.lexicon import lexicon_of
from trainables.parallel_data.synthetic.meaning import NAMES, UPOS_OF

WORDS = [concept for concept in UPOS_OF if concept not in NAMES]


def shared(one: str, other: str, world_seed: int = 0) -> float:
    """Share of the words (names aside) that two languages write alike."""
    first, second = (lexicon_of(Language(tag), world_seed).words for tag in (one, other))
    return sum(first[concept] == second[concept] for concept in WORDS) / len(WORDS)


@pytest.mark.parametrize("world_seed", [0, 1])
def test_relatives_share_more_words_than_strangers(world_seed: int) -> None:
    branches = (
        ("deu_Latn", "nld_Latn", "afr_Latn"),
        ("zul_Latn", "xho_Latn", "swh_Latn"),
        ("spa_Latn", "ita_Latn", "por_Latn"),
    )
    within = [shared(a, b, world_seed) for branch in branches for a, b in itertools.combinations(branch, 2)]
    across = [shared(a, b, world_seed) for x, y in itertools.combinations(branches, 2) for a in x for b in y]
    family = [shared(a, b, world_seed) for a in branches[0] for b in branches[2]]  # Germanic and Romance: one family
    strangers = [shared(a, b, world_seed) for a in branches[1] for b in (*branches[0], *branches[2])]
    assert min(within) > max(strangers)
    assert sum(within) / len(within) > sum(family) / len(family) > sum(strangers) / len(strangers)
    assert max(across) < 0.6


def test_names_are_shared_within_a_script() -> None:
    english, zulu = (lexicon_of(Language(tag), 0).words for tag in ("eng_Latn", "zul_Latn"))
    n_alike = sum(english[name] == zulu[name] for name in NAMES)
    assert n_alike > 0.9 * len(NAMES)


def test_letters_belong_to_the_script() -> None:
    for language, info in INVENTORY.items():
        letters = set("".join(lexicon_of(language, 0).words.values()))
        wrong = [letter for letter in letters if not unicodedata.name(letter).startswith(SCRIPT_NAMES[info.script])]
        assert not wrong, (language, wrong)


def test_no_language_has_two_concepts_with_one_word() -> None:
    for language in INVENTORY:
        words = list(lexicon_of(language, 0).words.values())
        assert len(set(words)) == len(words), language


def test_world_seed_changes_the_words() -> None:
    one, other = (lexicon_of(Language("fin_Latn"), seed).words for seed in (0, 1))
    assert sum(one[concept] == other[concept] for concept in WORDS) < 0.1 * len(WORDS)
