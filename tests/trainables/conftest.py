"""Fixtures: a tiny random encoder with a SentencePiece-style tokenizer, made in memory: real classes, no downloads."""

from collections.abc import Callable

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from trainables.encoders.base import Encoder
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _tokenizer() -> PreTrainedTokenizerFast:
    """Pieces: the letters, the lone word start, and `▁dog`, `▁cat`."""
    special = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("<mask>", 0.0)]
    pieces = [("▁", -2.0), ("▁dog", -3.0), ("▁cat", -3.0), *[(letter, -4.0) for letter in LETTERS]]
    tokenizer = Tokenizer(models.Unigram(special + pieces, unk_id=3))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
        pad_token="<pad>", unk_token="<unk>", mask_token="<mask>",
    )  # fmt: skip


def _encoder(seed: int = 0, n_layers: int = 2) -> Encoder:
    """BERT of 2 blocks x 16, random weights."""
    torch.manual_seed(seed)
    tokenizer = _tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=n_layers, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return Encoder(model=BertModel(config, add_pooling_layer=False), tokenizer=tokenizer, seen=None, fingerprint="tiny")


@pytest.fixture
def make_encoder() -> Callable[..., Encoder]:
    """(seed, n_layers) -> a fresh encoder."""
    return _encoder
