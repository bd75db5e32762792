"""A tiny random encoder, in memory or saved like one of the hub, and a tiny data folder: nothing is downloaded."""

import gzip
from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from trainables.encoders.base import Encoder
from trainables.tasks.base import Task

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def tiny_tokenizer(letters: str = LETTERS) -> PreTrainedTokenizerFast:
    """Unigram pieces: the letters, the lone word start, and "dog" and "cat" with it."""
    special = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("<mask>", 0.0)]
    pieces = [("▁", -2.0), ("▁dog", -3.0), ("▁cat", -3.0), *[(letter, -4.0) for letter in letters]]
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


def tiny_encoder(seed: int = 0, n_layers: int = 2, letters: str = LETTERS) -> Encoder:
    """BERT of `n_layers` blocks x 16, random weights."""
    torch.manual_seed(seed)
    tokenizer = tiny_tokenizer(letters)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=n_layers, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return Encoder(model=BertModel(config, add_pooling_layer=False), tokenizer=tokenizer, seen=None, fingerprint="tiny")


def save_tiny_encoder(folder: Path, letters: str = LETTERS) -> None:
    """The tiny encoder as a local Hugging Face folder."""
    encoder = tiny_encoder(letters=letters)
    encoder.model.save_pretrained(folder)
    encoder.tokenizer.save_pretrained(folder)


def write_gzip(path: Path, text: str) -> Path:
    """A gzipped UTF-8 file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))
    return path


def write_tiny_data(root: Path, tasks: Iterable[Task]) -> None:
    """A data folder of Swahili and Yoruba sentence pairs, and the sample of each task in English and Swahili."""
    pairs = [("dog", "mbwa"), ("cat", "paka"), ("big dog", "mbwa kubwa"), ("a cat", "paka moja")]
    for code in ("swh", "yor"):
        rows = [f"{code}.{i}\t{english}\t{code[0]} {other}\n" for i, (english, other) in enumerate(pairs)]
        write_gzip(root / f"bitext/{code}.tsv.gz", "".join(rows))
    for task in tasks:
        for name in ("eng/train", "eng/test", "swh/test"):
            write_gzip(root / task.name / f"{name}{task.suffix}", task.sample)
