"""Pre-training of a small BERT of our own on the texts of chosen languages: "seen" and "unseen" are under control.

The result is a stage of the store: model.safetensors, config.json, the tokenizer's files, seen.json (tags of the
languages read) and training.json (steps, sub-words, loss curve, seconds).
"""

import dataclasses
import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy
from transformers import PreTrainedTokenizerFast

from search_spaces.languages import Language
from trainables.data.folder import DataFolder
from trainables.pretraining.batches import EncodedCorpus
from trainables.pretraining.corpus import Texts, read_texts, resolve_seen, text_languages
from trainables.pretraining.loop import LOSS_WINDOW, Training, new_model, train
from trainables.pretraining.start import start_from_counts
from trainables.pretraining.tokenizer import train_tokenizer
from trainables.quiet_transformers import quiet_transformers
from trainables.run_config import PretrainConfig
from trainables.stepping.devices import device_identity, exactly_threads, precision_warnings, resolve_device
from trainables.store.fingerprint import libraries
from trainables.store.stage_store import StageStore
from trainables.tasks.texts import texts_fingerprint

logger = logging.getLogger(__name__)

KIND = "pretrained"
ARITHMETIC = 2  # raise it when a change of this package's code changes the weights that come out
DROPOUT = 0.1  # of the saved encoder, for the stages that follow; pre-training itself runs without


def pretrain(config: PretrainConfig, data: DataFolder, store: StageStore, device: str = "cpu") -> Path:
    """The stage of the encoder that `config` describes, trained now if the store does not hold it.

    A training that was killed goes on from its last checkpoint (every two minutes, kept in the store's work folder).
    """
    seen = resolve_seen(config.seen, data)
    what = identity(config, data, device)
    work = store.work_folder(KIND, what)

    def build(folder: Path) -> None:
        texts = read_texts(data, text_languages(data), config.n_sentences, config.seed)
        tokenizer = train_tokenizer(texts, config.vocabulary_size, config.max_length, seed=config.seed)
        corpus = encode({language: texts[language] for language in seen}, tokenizer, config.max_length)
        model = new_model(config, tokenizer)
        start_from_counts(model, corpus, config.seed)
        for warning in precision_warnings(config.precision, resolve_device(device)):
            logger.warning("Pre-training: %s", warning)
        with exactly_threads(config.n_threads):
            training = train(model, corpus, tokenizer, config, work, device=resolve_device(device))
        model.config.hidden_dropout_prob = model.config.attention_probs_dropout_prob = DROPOUT
        with quiet_transformers():
            model.to("cpu").save_pretrained(folder)
            tokenizer.save_pretrained(folder)
        _write_json(folder / "seen.json", list(seen))
        _write_json(folder / "training.json", _summary(training, corpus, texts, seen))

    stage = store.get_or_build(KIND, what, build)
    shutil.rmtree(work, ignore_errors=True)
    return stage


def identity(config: PretrainConfig, data: DataFolder, device: str = "cpu") -> dict[str, Any]:
    """What decides the weights: settings with the seen languages spelled out, the data's content, code, libraries."""
    return {
        "config": dataclasses.replace(config, seen=resolve_seen(config.seen, data)),
        "data": texts_fingerprint(data),
        "arithmetic": ARITHMETIC,
        **device_identity(device),
        "libraries": libraries(),
    }


def encode(texts: Texts, tokenizer: PreTrainedTokenizerFast, max_length: int) -> EncodedCorpus:
    """Sub-words of all sentences, each between <s> and </s>; a longer one than `max_length` becomes several."""
    pieces: list[numpy.ndarray] = []
    by_language: dict[Language, numpy.ndarray] = {}
    step = max_length - 2
    for language, group in sorted(texts.items()):
        first = len(pieces)
        for ids in tokenizer(group, add_special_tokens=False, verbose=False)["input_ids"] if group else []:
            for start in range(0, len(ids), step):
                chunk = [tokenizer.bos_token_id, *ids[start : start + step], tokenizer.eos_token_id]
                pieces.append(numpy.asarray(chunk, dtype=numpy.int32))
        by_language[language] = numpy.arange(first, len(pieces))
    if not pieces:
        raise ValueError(
            f"Pre-training must have text of the seen languages, but the data has none of {', '.join(sorted(texts))} "
            "outside its evaluation sets. Give other languages in `encoder.pretrain.seen`, or other data."
        )
    return EncodedCorpus(
        ids=numpy.concatenate(pieces),
        starts=numpy.concatenate([[0], numpy.cumsum([len(piece) for piece in pieces])]),
        by_language=by_language,
        n_bytes=sum(len(text.encode()) for group in texts.values() for text in group),
    )


def _summary(training: Training, corpus: EncodedCorpus, texts: Texts, seen: tuple[Language, ...]) -> dict[str, object]:
    return {
        "n_steps": training.step,
        "n_subwords": training.n_tokens,
        "seconds": round(training.seconds, 3),
        "first_step_seconds": round(training.first_step_seconds, 3),
        "loss_every": LOSS_WINDOW,
        "losses": training.losses,
        "corpus_subwords": len(corpus.ids),
        "corpus_bytes": corpus.n_bytes,
        "sentences": {language: len(texts[language]) for language in seen},
    }


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
