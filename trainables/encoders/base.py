"""Encoder: what every provider returns."""

from dataclasses import dataclass

from transformers import PreTrainedModel, PreTrainedTokenizerFast


@dataclass
class Encoder:
    """A bare encoder (no task head) with its tokenizer.

    Attributes:
        seen: tags of the languages it was pre-trained on; None = not known.
        fingerprint: of its weights and tokenizer.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast
    seen: frozenset[str] | None
    fingerprint: str
