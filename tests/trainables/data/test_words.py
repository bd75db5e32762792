"""Where words begin: marks never leave their letter, in any script; what the reference's expression does instead."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.registry import UnknownNameError
from trainables.data.words import SPLITTERS, split_regex, split_unicode


def alphabet(first: int, last: int) -> str:
    """The assigned letters, marks and digits of a Unicode block."""
    return "".join(chr(c) for c in range(first, last + 1) if unicodedata.category(chr(c))[0] in "LMN")


DEVANAGARI, TAMIL = alphabet(0x900, 0x97F), alphabet(0xB80, 0xBFF)
THAI, BURMESE = alphabet(0xE00, 0xE7F), alphabet(0x1000, 0x109F)
TEXT = st.text(st.sampled_from(DEVANAGARI + TAMIL + THAI + BURMESE + "abcé中かア 1.,!?-'  "), max_size=40)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी भाषा सुंदर है।", ["हिन्दी", "भाषा", "सुंदर", "है", "।"]),
        ("தமிழ் மொழி, அழகு.", ["தமிழ்", "மொழி", ",", "அழகு", "."]),
        ("የአማርኛ ቋንቋ።", ["የአማርኛ", "ቋንቋ", "።"]),
        ("مرحبًا بالعالم", ["مرحبًا", "بالعالم"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        # cut per character, marks and stacked consonants with the letter they stand on
        ("น้ำดื่ม", ["น้ำ", "ดื่", "ม"]),
        ("မြန်မာ", ["မြ", "န်", "မာ"]),
        ("က္ကသိ", ["က္က", "သိ"]),
        ("ខ្មែរ", ["ខ្មែ", "រ"]),
        ("我爱 Beijing北京。", ["我", "爱", "Beijing", "北", "京", "。"]),
        ("コーヒーが", ["コー", "ヒー", "が"]),
        ("Ng'ombe don\u2019t 'go' wa-na ...", ["Ng'ombe", "don\u2019t", "'", "go", "'", "wa", "-", "na", "..."]),
        ("v2.0 e\u0301te\u0301", ["v2", ".", "0", "e\u0301te\u0301"]),
        ("  ", []),
        ("", []),
    ],
)
def test_examples(text: str, words: list[str]) -> None:
    assert list(split_unicode(text).words) == words


def test_the_reference_shatters_brahmic_words_and_ours_does_not() -> None:
    assert len(split_regex("हिन्दी").spans) == 6 and len(split_unicode("हिन्दी").spans) == 1
    assert split_regex("It's 5.").words == ("It", "'", "s", "5", ".")


@given(TEXT)
def test_words_are_the_text_without_its_spaces_in_order(text: str) -> None:
    split = split_unicode(text)
    assert "".join(split.words) == "".join(text.split())
    ends = [0] + [end for _, end in split.spans]
    assert all(before <= start < end for before, (start, end) in zip(ends, split.spans, strict=False))


@given(TEXT)
def test_a_mark_stays_with_what_it_stands_on(text: str) -> None:
    for start, _ in split_unicode(text).spans:
        if unicodedata.category(text[start])[0] == "M" and start:
            assert unicodedata.category(text[start - 1])[0] not in "LMN"


@given(st.lists(st.text(st.sampled_from(DEVANAGARI), min_size=1), max_size=5), st.integers(0, 3))
def test_words_of_spaced_scripts_are_the_white_space_words(words: list[str], n_spaces: int) -> None:
    words = [word for word in words if all(unicodedata.category(char)[0] in "LMN" for char in word)]
    assert list(split_unicode((" " * (n_spaces + 1)).join(words)).words) == words


@given(TEXT)
def test_composed_and_decomposed_text_have_as_many_words(text: str) -> None:
    counts = {len(split_unicode(unicodedata.normalize(form, text)).spans) for form in ("NFC", "NFD")}
    assert len(counts) == 1


def test_an_unknown_splitter_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Nearest: 'unicode'"):
        SPLITTERS["unicod"]
