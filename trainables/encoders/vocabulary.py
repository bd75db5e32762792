"""Trimming an encoder's vocabulary to the pieces that the data's texts use (Abdaoui et al. 2020, "Load What You Need").

Most parameters of a multilingual encoder are embedding rows of pieces that a sweep never meets. Dropping those leaves
the tokenization of the data's texts, and so every hidden state, unchanged; other texts may be cut differently.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy
import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from search_spaces.languages import ENGLISH
from trainables.data.folder import DataFolder
from trainables.data.words import split_regex
from trainables.encoders.base import EncoderError, Loaded
from trainables.tasks import TASKS
from trainables.tasks.base import Task

CHUNK = 2_000  # texts tokenized at once


def used_ids(tokenizer: PreTrainedTokenizerFast, data: DataFolder) -> list[int]:
    """Ids of all pieces that occur in bitext, held-out FLORES sentences and labelled text (test sets included), sorted.

    Sentences are tokenized as realignment and retrieval do it (as text, and as the words of `realign.words: regex`),
    examples of a task that labels words word by word, others as text.
    """
    used: set[int] = set()
    for texts, are_words in _texts(data):
        for first in range(0, len(texts), CHUNK):
            encoded = tokenizer(
                texts[first : first + CHUNK], add_special_tokens=False, is_split_into_words=are_words, verbose=False
            )
            used.update(numpy.unique(numpy.concatenate([numpy.asarray(ids) for ids in encoded["input_ids"]])).tolist())
    return sorted(used)


def trim(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, used: Sequence[int]) -> Loaded:
    """Model (changed in place) and a new tokenizer with the pieces `used` and the special ones only, in the old order.

    Raises:
        EncoderError: the tokenizer is neither Unigram nor WordPiece (leaving out a piece of BPE changes its merges).
    """
    state = json.loads(tokenizer.backend_tokenizer.to_str())
    added = {entry["id"] for entry in state["added_tokens"]}
    kept = sorted(set(used) | added | set(tokenizer.all_special_ids) | _needed(state["model"]))
    new_id = {old: new for new, old in enumerate(kept)}
    if new_id[tokenizer.pad_token_id] != tokenizer.pad_token_id:
        raise EncoderError(
            "To be trimmed, a vocabulary must have the padding among its first ids, but this one does not. "
            "Set `encoder.trim_vocabulary: false`."
        )
    _renumber(state, new_id)
    trimmed = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(state)),
        model_max_length=tokenizer.model_max_length,
        model_input_names=tokenizer.model_input_names,
        **tokenizer.special_tokens_map,
    )
    old = model.get_input_embeddings()
    rows = old.weight.detach()[torch.tensor(kept)].clone()
    model.set_input_embeddings(torch.nn.Embedding.from_pretrained(rows, freeze=False, padding_idx=old.padding_idx))
    model.config.vocab_size = len(kept)
    for name in ("bos_token_id", "eos_token_id", "sep_token_id", "cls_token_id"):
        if getattr(model.config, name, None) in new_id:
            setattr(model.config, name, new_id[getattr(model.config, name)])
    return model, trimmed


def _texts(data: DataFolder) -> Iterator[tuple[list[Any], bool]]:
    """(texts, False) or (lists of words, True): what realignment, retrieval probe and every task read.

    A list holds one word: where words are tokenized one by one, a word has the same pieces in every sentence.
    """
    english: set[str] = set()  # the same sentence stands in many bitexts
    for language in data.bitext_languages:
        pairs = data.bitext(language)
        english.update(text for text, _ in pairs)
        yield from _both_ways([text for _, text in pairs])
    yield from _both_ways(sorted(english))
    labelled = {language for task in TASKS.values() for language in data.labelled_languages(task)}
    for language in sorted({ENGLISH, *data.bitext_languages, *labelled} & set(data.flores_languages)):
        yield from _both_ways(list(data.flores(language, "dev").values()))
    for task in TASKS.values():
        for examples in _examples(data, task):
            if task.has_words:
                yield _once(word for sentence in examples for word in sentence.words), True
            else:
                yield sorted({text for one in examples for text in one.sentences}), False  # many share a premise


def _both_ways(texts: list[str]) -> Iterator[tuple[list[Any], bool]]:
    yield texts, False
    yield _once(word for text in texts for word in split_regex(text).words), True


def _once(words: Iterable[str]) -> list[list[str]]:
    return [[word] for word in sorted(set(words))]


def _examples(data: DataFolder, task: Task) -> Iterator[list[Any]]:
    """The English training set and every test set of one task, "dev" and "test"."""
    for language in data.labelled_languages(task):
        if language == ENGLISH:
            yield data.labelled(task, ENGLISH, "train")
        for source in data.sources(task, language):
            for split in ("dev", "test"):
                yield data.labelled(task, language, split, source)


def _needed(model: dict[str, Any]) -> set[int]:
    """Pieces without which the others would be cut differently."""
    if model["type"] == "Unigram":
        scores = [score for _, score in model["vocab"]]
        # The cost of <unk> is reckoned from the lowest score.
        return {scores.index(min(scores)), *([model["unk_id"]] if model["unk_id"] is not None else [])}
    if model["type"] == "WordPiece":
        return {model["vocab"][model["unk_token"]]}
    raise EncoderError(
        f"To trim a vocabulary, the tokenizer must be Unigram or WordPiece, but it is {model['type']}. "
        "Set `encoder.trim_vocabulary: false`."
    )


def _renumber(state: dict[str, Any], new_id: dict[int, int]) -> None:
    """Drops pieces and puts new ids everywhere in a tokenizer's state, in place."""
    model = state["model"]
    if model["type"] == "Unigram":
        model["vocab"] = [entry for i, entry in enumerate(model["vocab"]) if i in new_id]
        model["unk_id"] = None if model["unk_id"] is None else new_id[model["unk_id"]]
    else:
        model["vocab"] = {piece: new_id[i] for piece, i in model["vocab"].items() if i in new_id}
    for entry in state["added_tokens"]:
        entry["id"] = new_id[entry["id"]]
    for processor in _processors(state.get("post_processor")):
        for special in processor.get("special_tokens", {}).values():  # TemplateProcessing
            special["ids"] = [new_id[i] for i in special["ids"]]
        for name in ("sep", "cls"):  # BertProcessing, RobertaProcessing
            if name in processor:
                processor[name][1] = new_id[processor[name][1]]


def _processors(processor: dict[str, Any] | None) -> list[dict[str, Any]]:
    if processor is None:
        return []
    return list(processor["processors"]) if processor["type"] == "Sequence" else [processor]
