"""Words of languages without spaces, against the examples in the segmenters' own documentation."""

import pytest

from search_spaces.languages import parse_language
from trainables.data import segmenters
from trainables.data.words import split_reference, split_regex
from trainables.run_config import RealignConfig
from trainables.shared_stages import versions_of


@pytest.mark.parametrize(
    ("package", "text", "words"),
    [
        # https://pythainlp.org/docs/, word_tokenize
        ("pythainlp", "โอเคบ่พวกเรารักภาษาบ้านเกิด", "โอเค บ่ พวกเรา รัก ภาษา บ้านเกิด"),
        # https://github.com/WorksApplications/SudachiPy, the README's example of mode C
        ("sudachipy", "国家公務員が 来る", "国家公務員 が 来る"),
        # https://github.com/fxsjy/jieba, the README's example of the accurate mode
        ("jieba", "我来到北京清华大学", "我 来到 北京 清华大学"),
    ],
)
def test_words_are_those_of_the_segmenter_and_lie_in_the_text(package: str, text: str, words: str) -> None:
    pytest.importorskip(package)
    split = split_reference(text)
    assert split.words == tuple(words.split())
    assert [text[start:end] for start, end in split.spans] == words.split()
    assert split.words != split_regex(text).words


@pytest.mark.parametrize("text", ["A dog's life.", "हिन्दी है", "", "한국어 문장"])
def test_other_languages_are_cut_by_the_expression(text: str) -> None:
    assert split_reference(text) == split_regex(text)


def test_a_segmenter_that_is_not_installed_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segmenters, "find_spec", lambda name: None)
    segmenters.check_installed([parse_language("fra"), parse_language("ara")])
    with pytest.raises(ValueError, match=r"need jieba, which is not installed. Run `pip install '.*\[reference\]'`"):
        segmenters.check_installed([parse_language("fra"), parse_language("zho")])
    assert segmenters.versions([parse_language("zho")]) == {"jieba": ""}


@pytest.mark.parametrize(("stray", "package"), [("ไทย", "pythainlp"), ("かな", "sudachipy"), ("北京", "jieba")])
def test_letters_of_another_language_need_its_segmenter_and_say_so(
    stray: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So an English sentence is cut otherwise by another version: every realignment's identity has all of them."""
    monkeypatch.setattr(segmenters, "find_spec", lambda name: None)
    for loaded in (segmenters._thai, segmenters._japanese, segmenters._chinese):
        loaded.cache_clear()
    with pytest.raises(ValueError, match=rf"need {package}.* Run `pip install '.*\[reference\]'`"):
        split_reference(f"She lives in {stray}.")
    reference, ours = versions_of(RealignConfig(fidelity="reference")), versions_of(RealignConfig())
    assert package in reference and reference == segmenters.versions() and ours == {}
