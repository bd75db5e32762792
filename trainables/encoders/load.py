"""From `run.encoder` to an encoder: the provider's, with the options that apply to all of them."""

from pathlib import Path

from trainables.data.folder import DataFolder
from trainables.encoders import ENCODERS
from trainables.encoders.architecture import freeze_word_embeddings, keep_first_layers
from trainables.encoders.base import Encoder, Source, resolve_seen
from trainables.encoders.loading import load_folder
from trainables.encoders.vocabulary import trim, used_ids
from trainables.quiet_transformers import quiet_transformers
from trainables.run_config import EncoderConfig
from trainables.store.fingerprint import fingerprint, libraries
from trainables.store.stage_store import StageStore
from trainables.tasks.texts import texts_fingerprint

TRIMMING = 3  # raise it when a change of `vocabulary.py` changes which pieces are kept


def load_encoder(config: EncoderConfig, data: DataFolder, store: StageStore) -> Encoder:
    """The encoder that `config` describes, in fp32 on the CPU, in eval mode.

    Raises:
        EncoderError: it cannot be found or read, or an option does not fit it.
    """
    source = ENCODERS[config.provider](config, data, store)
    identity = {**source.identity, **ENCODERS.plugin_identity(config.provider)}
    if config.trim_vocabulary:
        texts = texts_fingerprint(data)
        tokenizing = libraries("tokenizers", "transformers")  # they decide which pieces occur
        identity = {"source": identity, "texts": texts, "trimming": TRIMMING, "libraries": tokenizing}

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
    if config.freeze_embeddings:
        freeze_word_embeddings(model)
    whole = {"identity": identity, "n_layers": config.n_layers, "libraries": libraries()}
    return Encoder(model, tokenizer, _seen(source, config), fingerprint(whole), _origin(source, config, data))


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
