"""Labels on the right sub-words: by hand for a lone word start, for words that are cut off, and for none at all."""

from collections.abc import Callable

from trainables.data.labelled_files import TaggedSentence
from trainables.encoders.base import Encoder
from trainables.tasks.word_labels import IGNORED, n_letters, tokenize_tagged

LABELS = ("NOUN", "VERB")
SENTENCES = [
    TaggedSentence(("dog", "ab"), ("NOUN", "VERB")),
    TaggedSentence(("cat", "cd", "dog"), ("NOUN", "VERB", "NOUN")),
]


def test_the_first_real_subword_carries_the_label(make_encoder: Callable[..., Encoder]) -> None:
    batch = tokenize_tagged(make_encoder().tokenizer, SENTENCES, LABELS, max_length=16)
    n, v, x = 0, 1, IGNORED
    # <s> ▁dog ▁ a b </s> .. / <s> ▁cat ▁ c d ▁dog </s>: the lone ▁ before "ab" carries nothing
    assert batch["labels"].tolist() == [[x, n, x, v, x, x, x], [x, n, x, v, x, n, x]]


def test_words_that_are_cut_off_are_not_scored(make_encoder: Callable[..., Encoder]) -> None:
    batch = tokenize_tagged(make_encoder().tokenizer, [SENTENCES[1]], LABELS, max_length=4)
    assert (batch["labels"] != IGNORED).sum() == 2  # <s> ▁cat ▁ </s>: the third word is gone


def test_length_is_counted_in_letters() -> None:
    assert [n_letters(sentence) for sentence in SENTENCES] == [5, 8]
