"""From words with labels to sub-words with labels: the first sub-word of a word carries its label, all else is
ignored.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trainables.data.labelled_files import TaggedSentence
from trainables.encoders.word_starts import as_words, bare_space_id

if TYPE_CHECKING:
    from torch import nn
    from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerBase

IGNORED = -100  # torch's cross-entropy skips it


def tokenize_tagged(
    tokenizer: "PreTrainedTokenizerBase", sentences: Sequence[TaggedSentence], labels: tuple[str, ...], max_length: int
) -> "BatchEncoding":
    """Model inputs (B, T) plus `labels` (B, T).

    A lone word-start piece never carries the label where the word has another piece (frequent in Chinese, Japanese,
    Thai; the reference code deletes such pieces instead). Words cut off by `max_length` carry no label and are not
    scored.
    """
    import torch  # here, as reports read the table of tasks without it

    index = {label: i for i, label in enumerate(labels)}
    bare = bare_space_id(tokenizer)
    batch = tokenizer(
        as_words(tokenizer, (sentence.words for sentence in sentences)),
        is_split_into_words=True, truncation=True, max_length=max_length, padding=True, return_tensors="pt",
    )  # fmt: skip
    labels_BT = torch.full_like(batch["input_ids"], IGNORED)
    for i, sentence in enumerate(sentences):
        carrier: dict[int, int] = {}  # word -> position of the sub-word that carries its label
        pieces = batch["input_ids"][i].tolist()
        for position, word in enumerate(batch.word_ids(i)):
            if word is not None and (word not in carrier or pieces[carrier[word]] == bare):
                carrier[word] = position
        for word, position in carrier.items():
            labels_BT[i, position] = index[sentence.tags[word]]
    batch["labels"] = labels_BT
    return batch


def word_tagger(encoder: "PreTrainedModel", n_labels: int) -> "nn.Module":
    """A fresh `WordTagger` on top of `encoder`."""
    from trainables.tasks.heads import WordTagger  # here, as it needs torch

    return WordTagger(encoder, n_labels)


def n_letters(sentence: TaggedSentence) -> int:
    """Length of a sentence in characters, spaces not counted."""
    return sum(map(len, sentence.words))
