"""The tokenizer of an encoder of our own."""

import unicodedata

import pytest
from transformers import PreTrainedTokenizerFast

from search_spaces.languages import Language
from trainables.pretraining.tokenizer import SPECIAL_TOKENS, covering_characters, train_tokenizer

TEXTS = {
    Language("eng_Latn"): ["the cat sees the dog", "the dog sees the cat", "dogs, cats and the hens"] * 5,
    Language("ell_Grek"): ["η γάτα βλέπει", "ο σκύλος βλέπει"] * 5,
    Language("amh_Ethi"): ["ድመት ውሻ አየ", "ውሻ ድመት አየ"] * 5,
}


def unknown_fraction(tokenizer, texts):
    """The share of sub-words of `texts` that are <unk>."""
    ids = [i for text in texts for i in tokenizer(text, add_special_tokens=False)["input_ids"]]
    return sum(i == tokenizer.unk_token_id for i in ids) / max(1, len(ids))


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return train_tokenizer(TEXTS, vocabulary_size=120, max_length=16)


def test_special_tokens_come_first_and_frame_a_sentence(tokenizer: PreTrainedTokenizerFast) -> None:
    assert tokenizer.convert_ids_to_tokens(list(range(5))) == list(SPECIAL_TOKENS)
    assert (tokenizer.bos_token_id, tokenizer.pad_token_id, tokenizer.eos_token_id) == (0, 1, 2)
    ids = tokenizer("the cat")["input_ids"]
    assert ids[0] == 0 and ids[-1] == 2 and tokenizer.decode(ids, skip_special_tokens=True) == "the cat"


def test_no_language_is_unknown_and_the_size_is_kept(tokenizer: PreTrainedTokenizerFast) -> None:
    assert len(tokenizer) <= 120
    assert all(unknown_fraction(tokenizer, group) == 0.0 for group in TEXTS.values())
    assert unknown_fraction(tokenizer, ["жж"]) > 0.0


def test_composed_and_decomposed_text_are_the_same(tokenizer: PreTrainedTokenizerFast) -> None:
    text = "γάτα"
    assert unicodedata.normalize("NFD", text) != text
    assert tokenizer(unicodedata.normalize("NFD", text))["input_ids"] == tokenizer(text)["input_ids"]


def test_words_keep_their_places(tokenizer: PreTrainedTokenizerFast) -> None:
    batch = tokenizer([["the", "cats", ","]], is_split_into_words=True)
    words = [word for word in batch.word_ids(0) if word is not None]
    assert sorted(set(words)) == [0, 1, 2] and words == sorted(words)


def test_training_is_deterministic(tokenizer: PreTrainedTokenizerFast) -> None:
    again = train_tokenizer(TEXTS, vocabulary_size=120, max_length=16)
    assert again.backend_tokenizer.to_str() == tokenizer.backend_tokenizer.to_str()


def test_rare_characters_cost_no_piece() -> None:
    texts = {Language("eng_Latn"): ["ab" * 400 + "c"]}
    assert covering_characters(texts, coverage=0.99) == {"a", "b"}
    assert covering_characters(texts, coverage=1.0) == {"a", "b", "c"}


def test_a_vocabulary_smaller_than_the_alphabet_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`pretrain.vocabulary_size` must be larger than the \d+ characters"):
        train_tokenizer(TEXTS, vocabulary_size=20, max_length=16)
