"""Letters of the world's scripts, against the Unicode database."""

import unicodedata

import pytest

from trainables.parallel_data.synthetic.script import write_down

# How the Unicode names of a script's characters begin
SCRIPT_NAMES = {
    "Latn": "LATIN", "Cyrl": "CYRILLIC", "Grek": "GREEK", "Armn": "ARMENIAN", "Geor": "GEORGIAN", "Arab":
    "ARABIC", "Hebr": "HEBREW", "Deva": "DEVANAGARI", "Beng": "BENGALI", "Gujr": "GUJARATI", "Guru": "GURMUKHI",
    "Knda": "KANNADA", "Telu": "TELUGU", "Mlym": "MALAYALAM", "Taml": "TAMIL", "Sinh": "SINHALA", "Thai":
    "THAI", "Laoo": "LAO", "Khmr": "KHMER", "Mymr": "MYANMAR", "Hans": "CJK UNIFIED", "Hant": "CJK UNIFIED",
    "Jpan": "KATAKANA", "Ethi": "ETHIOPIC", "Hang": "HANGUL",
}  # fmt: skip


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
