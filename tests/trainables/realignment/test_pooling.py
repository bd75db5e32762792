"""Sentence and word vectors: which sub-words count, which word they belong to, which layer is meant."""

from collections.abc import Callable

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from search_spaces.registry import UnknownNameError
from trainables.encoders.base import Encoder
from trainables.realignment.pooling import hidden_states, sentence_vectors, tokenize, word_vectors
from trainables.realignment.subwords import tokenize_words

# "dog ab" -> <s> ▁dog ▁ a b </s>: word 0 = position 1, word 1 = positions 3 and 4 (2 is a lone word start); 2 words
TEXTS = ["dog ab", "cat"]


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        ("mean", [[0, 1, 1, 1, 1, 0], [0, 1, 0, 0, 0, 0]]),
        ("first_subword", [[0, 1, 0, 1, 0, 0], [0, 1, 0, 0, 0, 0]]),
        ("prefix", [[1, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]]),
    ],
)
def test_which_positions_count(make_encoder: Callable[..., Encoder], pooling: str, expected: list[list[int]]) -> None:
    batch = tokenize(make_encoder().tokenizer, TEXTS, max_length=16, pooling=pooling)
    assert batch["pool_mask"].int().tolist() == expected
    assert batch["attention_mask"].tolist() == [[1] * 6, [1, 1, 1, 0, 0, 0]]


@pytest.mark.parametrize("words", ["unicode", "regex"])
def test_truncation_counts_only_words_that_are_left(make_encoder: Callable[..., Encoder], words: str) -> None:
    batch = tokenize(make_encoder().tokenizer, ["dog cat dog cat"], max_length=4, pooling="prefix", words=words)
    assert batch["pool_mask"].int().tolist() == [[1, 1, 0, 0]]  # <s> ▁dog ▁cat </s>: two words are left


def test_the_references_words_are_tokenized_one_by_one_without_lone_word_starts(
    make_encoder: Callable[..., Encoder],
) -> None:
    tokenizer = make_encoder().tokenizer
    # "dog-ab" as text is one white-space word; the expression makes three: dog, -, ab
    subwords = tokenize_words(tokenizer, ["dog-ab"], max_length=16, words="regex")
    assert tokenizer.convert_ids_to_tokens(subwords.inputs["input_ids"][0]) == [
        "<s>",
        "▁dog",
        "<unk>",
        "a",
        "b",
        "</s>",
    ]
    assert subwords.word_BT.tolist() == [[-1, 0, 1, 2, 2, -1]]
    batch = tokenize(tokenizer, ["dog-ab"], max_length=16, pooling="prefix", words="regex")
    assert batch["pool_mask"].int().tolist() == [[1, 1, 1, 0, 0, 0]]


def test_the_words_of_subwords(make_encoder: Callable[..., Encoder]) -> None:
    subwords = tokenize_words(make_encoder().tokenizer, ["cat, ab", ""], max_length=16, words="unicode")
    # <s> ▁cat , ▁ a b </s>
    assert subwords.word_BT.tolist() == [[-1, 0, 1, -1, 2, 2, -1], [-1] * 7]
    assert subwords.first_BT.int().tolist() == [[0, 1, 1, 0, 1, 0, 0], [0] * 7]
    assert subwords.real_BT.int().tolist() == [[0, 1, 1, 1, 1, 1, 0], [0] * 7]
    assert [sentence.words for sentence in subwords.sentences] == [("cat", ",", "ab"), ()]


def test_word_pieces_of_a_bert_tokenizer_find_their_words() -> None:
    pieces = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "中", "国", "हि", "##न्दी", "don", "'", "t", "."]
    backend = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )
    subwords = tokenize_words(tokenizer, ["中国 हिन्दी Don't."], max_length=32, words="unicode")
    assert tokenizer.convert_ids_to_tokens(subwords.inputs["input_ids"][0]) == (
        ["[CLS]", "中", "国", "हि", "##न्दी", "don", "'", "t", ".", "[SEP]"]
    )
    assert subwords.word_BT.tolist() == [[-1, 0, 1, 2, 2, 3, 3, 3, 4, -1]]


def test_a_piece_of_two_characters_stands_for_the_first() -> None:
    backend = Tokenizer(models.Unigram([("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0),
                                        ("中国", -2.0), ("人", -2.0)], unk_id=3))  # fmt: skip
    backend.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>", pad_token="<pad>")
    subwords = tokenize_words(tokenizer, ["中国人"], max_length=32, words="unicode")
    assert subwords.word_BT.tolist() == [[-1, 0, 2]]  # ▁ 中国 人; the word 国 has no sub-word of its own


def test_a_sentence_of_nothing_still_has_a_vector(make_encoder: Callable[..., Encoder]) -> None:
    batch = tokenize(make_encoder().tokenizer, ["", "dog"], max_length=8, pooling="mean")
    assert batch["pool_mask"].any(dim=1).all()


@pytest.mark.parametrize("layer", [0, 1, 2, -1, -2])
def test_the_layer_is_an_index_into_hidden_states(make_encoder: Callable[..., Encoder], layer: int) -> None:
    encoder = make_encoder()
    encoder.model.eval()
    batch = tokenize(encoder.tokenizer, TEXTS, max_length=16, pooling="mean")
    with torch.no_grad():
        states = encoder.model(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], output_hidden_states=True
        ).hidden_states
        vectors = sentence_vectors(encoder.model, batch, layer)
    torch.testing.assert_close(vectors[0], states[layer][0, 1:5].mean(dim=0))
    torch.testing.assert_close(vectors[1], states[layer][1, 1])


@pytest.mark.parametrize("pooling", ["mean", "first_subword"])
def test_word_vectors_are_the_means_of_their_subwords(make_encoder: Callable[..., Encoder], pooling: str) -> None:
    subwords = tokenize_words(make_encoder().tokenizer, ["ab dog", "", "cat abc"], max_length=16, words="unicode")
    hidden = torch.randn(*subwords.word_BT.shape, 4, generator=torch.Generator().manual_seed(0))
    vectors, places = word_vectors(hidden, subwords, pooling)
    assert places.tolist() == [[0, 0], [0, 1], [2, 0], [2, 1]]
    # <s> ▁ a b ▁dog </s>,  <s> ▁cat ▁ a b c </s>
    spans = [(0, 2, 4), (0, 4, 5), (2, 1, 2), (2, 3, 6)]
    last = (lambda start, end: end) if pooling == "mean" else (lambda start, end: start + 1)
    expected = torch.stack([hidden[i, start : last(start, end)].mean(dim=0) for i, start, end in spans])
    torch.testing.assert_close(vectors, expected)


def test_what_is_not_there_is_refused(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    batch = tokenize(encoder.tokenizer, TEXTS, max_length=16, pooling="mean")
    with pytest.raises(ValueError, match=r"between -3 and 2 for this encoder \(2 blocks; 0 = embeddings\), but is 3"):
        sentence_vectors(encoder.model, batch, 3)
    with pytest.raises(UnknownNameError, match="but is 'meen'. Nearest: 'mean'"):
        tokenize(encoder.tokenizer, TEXTS, max_length=16, pooling="meen")
    subwords = tokenize_words(encoder.tokenizer, TEXTS, max_length=16, words="unicode")
    with pytest.raises(ValueError, match="must be 'mean' or 'first_subword', but is 'prefix'"):
        word_vectors(hidden_states(encoder.model, dict(subwords.inputs), -1), subwords, "prefix")
