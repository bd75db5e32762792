"""Encoder: what every provider ends in, and the options that apply to all of them.

A provider says what an encoder *is* (identity, seen languages) before it is asked to load it, so that a prepared
version (trimmed vocabulary) can be taken from the store without loading the original.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from search_spaces.inventory import seen_by
from search_spaces.languages import parse_language
from trainables.data.folder import DataFolder
from trainables.quiet_transformers import quiet_transformers
from trainables.run_config import EncoderConfig
from trainables.store.stage_store import StageStore

Loaded = tuple[PreTrainedModel, PreTrainedTokenizerFast]


class EncoderError(ValueError):
    """An encoder that cannot be found, read or changed as asked."""


@dataclass
class Encoder:
    """A bare encoder (no task head, fp32) with its tokenizer.

    Attributes:
        seen: tags of the languages it was pre-trained on; None = not known.
        fingerprint: of its weights and tokenizer; not of which weights are frozen.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast
    seen: frozenset[str] | None
    fingerprint: str


@dataclass(frozen=True)
class Source:
    """What a provider knows of an encoder before loading it.

    Attributes:
        identity: decides weights and tokenizer; see `fingerprint.canonical`.
        seen: languages it was pre-trained on; None = not known.
        load: the model in fp32 without pooler or head, and its tokenizer.
    """

    identity: Mapping[str, Any]
    seen: frozenset[str] | None
    load: Callable[[], Loaded]


Provider = Callable[[EncoderConfig, DataFolder, StageStore], Source]


def load_folder(name: str | Path, revision: str | None = None) -> Loaded:
    """Model and fast tokenizer of a folder (or hub name) in the Hugging Face layout."""
    with quiet_transformers():
        model = AutoModel.from_pretrained(name, revision=revision, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(name, revision=revision, use_fast=True)
    if getattr(model, "pooler", None) is not None:
        model.pooler = None  # reads <s> only, nobody here uses it, and masked-LM checkpoints do not even hold it
    return model.eval(), tokenizer


def resolve_seen(seen: str | tuple[str, ...]) -> frozenset[str]:
    """`encoder.seen` of a configuration as tags: "mbert", "xlmr" or a list of languages."""
    if isinstance(seen, str):
        if seen not in ("mbert", "xlmr"):
            raise EncoderError(
                f"`encoder.seen` must be 'mbert', 'xlmr' or a list of languages, but is {seen!r}. Write [{seen}]."
            )
        return frozenset(seen_by("mbert" if seen == "mbert" else "xlmr"))
    return frozenset(parse_language(tag) for tag in seen)


def keep_first_layers(model: PreTrainedModel, n_layers: int) -> None:
    """Drops all blocks after the first `n_layers`, in place.

    Raises:
        EncoderError: the encoder has fewer blocks, or keeps them where we do not know.
    """
    layers = getattr(getattr(model, "encoder", None), "layer", None)
    if not isinstance(layers, torch.nn.ModuleList):
        raise EncoderError(
            f"`encoder.n_layers` needs an encoder built like BERT, but this is a {type(model).__name__}. Leave it out."
        )
    if not 1 <= n_layers <= len(layers):
        raise EncoderError(
            f"`encoder.n_layers` must be between 1 and {len(layers)} (blocks of the encoder), but is {n_layers}."
        )
    model.encoder.layer = layers[:n_layers]
    model.config.num_hidden_layers = n_layers


def freeze_word_embeddings(model: PreTrainedModel) -> None:
    """No gradient for the word embeddings, in any later stage."""
    model.get_input_embeddings().weight.requires_grad_(False)
