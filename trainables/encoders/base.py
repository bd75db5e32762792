"""Encoder: what every provider ends in, and the options that apply to all of them.

A provider says what an encoder *is* (identity, seen languages) before it is asked to load it, so that a prepared
version (trimmed vocabulary) can be taken from the store without loading the original.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from transformers import PreTrainedModel, PreTrainedTokenizerFast

from search_spaces.inventory import seen_by
from search_spaces.languages import parse_language
from trainables.data.folder import DataFolder
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
        origin: for records: "name", and the "commit" of a repository or the "digest" of a local folder's files;
            "texts": digest of the texts that it was pre-trained on, or its vocabulary trimmed to.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast
    seen: frozenset[str] | None
    fingerprint: str
    origin: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """What a provider knows of an encoder before loading it.

    Attributes:
        identity: decides weights and tokenizer; see `fingerprint.canonical`.
        seen: languages it was pre-trained on; None = not known.
        load: the model in fp32 without pooler or head, and its tokenizer.
        origin: see `Encoder.origin`.
    """

    identity: Mapping[str, Any]
    seen: frozenset[str] | None
    load: Callable[[], Loaded]
    origin: Mapping[str, str] = field(default_factory=dict)


Provider = Callable[[EncoderConfig, DataFolder, StageStore], Source]


def resolve_seen(seen: str | tuple[str, ...]) -> frozenset[str]:
    """`encoder.seen` of a configuration as tags: "mbert", "xlmr" or a list of languages."""
    if isinstance(seen, str):
        if seen not in ("mbert", "xlmr"):
            raise EncoderError(
                f"`encoder.seen` must be 'mbert', 'xlmr' or a list of languages, but is {seen!r}. Write [{seen}]."
            )
        return frozenset(seen_by("mbert" if seen == "mbert" else "xlmr"))
    return frozenset(parse_language(tag) for tag in seen)
