"""Letters of the world's scripts, against the Unicode database."""

import unicodedata

import pytest

from tests.trainables.parallel_data.script_names import SCRIPT_NAMES
from trainables.parallel_data.synthetic.script import write_down


def test_no_normalisation_changes_a_word() -> None:
    for script in SCRIPT_NAMES:
        word = write_down("pabetidokugafevizosuhaminolarewey", script)
        stripped = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
        assert unicodedata.normalize("NFC", word) == unicodedata.normalize("NFKC", word) == word
        assert script in ("Jpan", "Hang") or stripped == word  # kana and Hangul do come apart, as they really do
        assert all(unicodedata.category(letter).startswith("L") for letter in word)


def test_phonemes_of_an_alphabet_have_letters_of_their_own() -> None:
    for script in SCRIPT_NAMES:
        assert len({write_down(phoneme + "a", script) for phoneme in "pbtdkgfvszhmnlrwy"}) == 17, script
        assert len({write_down("p" + vowel, script) for vowel in "aeiou"}) == 5, script


def test_unknown_script_is_refused() -> None:
    with pytest.raises(ValueError, match="Cher"):
        write_down("pa", "Cher")
