"""Which sentences pre-training reads."""

from pathlib import Path

import pytest

from search_spaces.languages import ENGLISH, Language
from trainables.data_folder import DataFolder
from trainables.pretraining.corpus import read_texts, resolve_seen, smoothed_counts, text_languages

SWAHILI, YORUBA = Language("swh_Latn"), Language("yor_Latn")


def letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def test_no_sentence_of_an_evaluation_set_is_read(tiny_data: Path) -> None:
    data = DataFolder(tiny_data)
    for language, texts in read_texts(data, text_languages(data)).items():
        held_out = set(data.flores(language, "dev").values())
        for split in ("dev", "test"):
            held_out |= {" ".join(sentence.words) for sentence in data.pos(language, split)}
        assert texts and not {letters(t) for t in texts} & {letters(t) for t in held_out}


def test_each_sentence_is_read_once_also_the_english_side_that_bitexts_share(tiny_data: Path) -> None:
    data = DataFolder(tiny_data)
    assert len({english for english, _ in data.bitext(SWAHILI)} & {english for english, _ in data.bitext(YORUBA)}) > 0
    for texts in read_texts(data, text_languages(data)).values():
        assert len(texts) == len(set(texts))


def test_at_most_n_sentences_in_file_order(tiny_data: Path) -> None:
    data = DataFolder(tiny_data)
    everything = read_texts(data, [SWAHILI])[SWAHILI]
    some = read_texts(data, [SWAHILI], n_sentences=7, seed=1)[SWAHILI]
    assert len(some) == 7 and some == [text for text in everything if text in set(some)]
    assert some != read_texts(data, [SWAHILI], n_sentences=7, seed=2)[SWAHILI]


def test_seen_languages(tiny_data: Path) -> None:
    data = DataFolder(tiny_data)
    assert text_languages(data) == (ENGLISH, SWAHILI, YORUBA)
    assert resolve_seen("mbert", data) == (ENGLISH, SWAHILI, YORUBA)
    assert resolve_seen("xlmr", data) == (ENGLISH, SWAHILI)  # XLM-R never saw Yoruba
    assert resolve_seen(("Yoruba",), data) == (ENGLISH, YORUBA)
    assert resolve_seen((), data) == (ENGLISH,)
    with pytest.raises(ValueError, match="must be 'mbert', 'xlmr' or a list"):
        resolve_seen("swh_Latn", data)
    with pytest.raises(ValueError, match="deu_Latn has none"):
        resolve_seen(("deu_Latn", "swh_Latn"), data)


def test_smoothed_counts() -> None:
    sizes = {ENGLISH: 900, SWAHILI: 90, YORUBA: 10}
    assert smoothed_counts(sizes, 1.0) == sizes
    assert set(smoothed_counts(sizes, 0.0).values()) == {333}
    # By hand: square roots 30, 9.4868, 3.1623 of together 42.6491, times 1000.
    assert smoothed_counts(sizes, 0.5) == {ENGLISH: 703, SWAHILI: 222, YORUBA: 74}
