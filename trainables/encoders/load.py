"""From `run.encoder` to an encoder: the provider's, with the options that apply to all of them."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trainables.data.folder import DataFolder
from trainables.encoders import ENCODERS
from trainables.encoders.architecture import freeze_word_embeddings, keep_first_layers
from trainables.encoders.base import Encoder, Loaded, Source, resolve_seen
from trainables.encoders.loading import load_folder
from trainables.encoders.vocabulary import trim, used_ids
from trainables.quiet_transformers import quiet_transformers
from trainables.run_config import EncoderConfig
from trainables.store.fingerprint import fingerprint, libraries
from trainables.store.stage_store import StageStore
from trainables.tasks.texts import texts_fingerprint

TRIMMING = 3  # raise it when a change of `vocabulary.py` changes which pieces are kept


KEPT_BYTES = 256 * 2**20
"""An encoder up to this size is kept by its process for the next trial. To load a larger one is little beside training
it, and its memory is worth more."""
_kept: dict[str, Loaded] = {}
"""The encoder that was loaded last, by its fingerprint, as it was loaded."""


def load_encoder(config: EncoderConfig, data: DataFolder, store: StageStore) -> Encoder:
    """The encoder that `config` describes, in fp32 on the CPU, in eval mode. Nobody else has its weights; its tokenizer
    is that of later trials in this process too, and nobody may change it.

    Raises:
        EncoderError: it cannot be found or read, or an option does not fit it.
    """
    source = ENCODERS[config.provider](config, data, store)
    identity = {**source.identity, **ENCODERS.plugin_identity(config.provider)}
    if config.trim_vocabulary:
        texts = texts_fingerprint(data)
        tokenizing = libraries("tokenizers", "transformers")  # they decide which pieces occur
        identity = {"source": identity, "texts": texts, "trimming": TRIMMING, "libraries": tokenizing}
    whole = fingerprint({"identity": identity, "n_layers": config.n_layers, "libraries": libraries()})
    if whole not in _kept:
        _kept.clear()  # before the next one is loaded
        loaded = _load(config, source, identity, data, store)
        if sum(weight.nbytes for weight in loaded[0].parameters()) <= KEPT_BYTES:
            _kept[whole] = loaded
    model, tokenizer = (copy.deepcopy(_kept[whole][0]), _kept[whole][1]) if whole in _kept else loaded
    if config.freeze_embeddings:
        freeze_word_embeddings(model)
    return Encoder(model, tokenizer, _seen(source, config), whole, _origin(source, config, data))


def _load(
    config: EncoderConfig, source: Source, identity: Mapping[str, Any], data: DataFolder, store: StageStore
) -> Loaded:
    """With the vocabulary and the layers that are wanted."""
    if config.trim_vocabulary:

        def build(folder: Path) -> None:
            model, tokenizer = source.load()
            model, tokenizer = trim(model, tokenizer, used_ids(tokenizer, data))
            with quiet_transformers():
                model.save_pretrained(folder)
                tokenizer.save_pretrained(folder)

        model, tokenizer = load_folder(store.get_or_build("trimmed", identity, build))
    else:
        model, tokenizer = source.load()
    if config.n_layers is not None:
        keep_first_layers(model, config.n_layers)
    return model, tokenizer


def seen_languages(config: EncoderConfig, data: DataFolder, store: StageStore) -> frozenset[str] | None:
    """Tags of the languages that the encoder was pre-trained on, without loading it; None = not known.

    Raises:
        EncoderError: it cannot be found.
    """
    return _seen(ENCODERS[config.provider](config, data, store), config)


def encoder_origin(config: EncoderConfig, data: DataFolder, store: StageStore) -> dict[str, str]:
    """`Encoder.origin` of an encoder, without loading it.

    Raises:
        EncoderError: it cannot be found.
    """
    return _origin(ENCODERS[config.provider](config, data, store), config, data)


def _origin(source: Source, config: EncoderConfig, data: DataFolder) -> dict[str, str]:
    return {**source.origin, **({"texts": texts_fingerprint(data)} if config.trim_vocabulary else {})}


def _seen(source: Source, config: EncoderConfig) -> frozenset[str] | None:
    return source.seen if config.seen is None else resolve_seen(config.seen)
