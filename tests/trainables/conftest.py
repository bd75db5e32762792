"""Fixtures: a tiny random encoder with a SentencePiece-style tokenizer, made in memory: real classes, no downloads."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from trainables.encoders.base import Encoder

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


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


def _conllu(sentences: list[list[tuple[str, str]]]) -> str:
    rows = [[f"{i}\t{word}\t_\t{tag}" + "\t_" * 6 for i, (word, tag) in enumerate(s, 1)] for s in sentences]
    return "".join("\n".join(sentence) + "\n\n" for sentence in rows)


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which Swahili and Yoruba are English with shifted letters."""
    root = tmp_path_factory.mktemp("data")
    nouns, verbs = ["dog", "cat", "cow", "hen", "fox", "owl"], ["sees", "eats", "hears", "likes"]
    english = [(a, v, b) for a in nouns for v in verbs for b in nouns if a != b]

    def say(words: tuple[str, ...], shift: int) -> list[str]:
        return ["".join(LETTERS[(LETTERS.index(c) + shift) % 26] for c in word) for word in words]

    for split, part in (("train", english[0::3]), ("dev", english[1::3]), ("test", english[2::3])):
        sentences = [list(zip(words, ("NOUN", "VERB", "NOUN"), strict=True)) for words in part]
        _write(root / f"pos/eng/{split}.conllu.gz", _conllu(sentences))
    shifts = {"eng_Latn": 0, "swh_Latn": 1, "yor_Latn": 2}
    for tag, shift in shifts.items():
        said = [" ".join(say(words, shift)) for words in english]
        rows = [f"{i}\t{'dev' if i % 4 == 0 else 'train'}\tx\t{text}" for i, text in enumerate(said)]
        _write(root / f"flores/{tag}.tsv.gz", "\n".join(rows) + "\n")
        if shift:
            pairs = [
                f"{i}\t{' '.join(words)}\t{text}" for i, (words, text) in enumerate(zip(english, said, strict=True))
            ]
            _write(root / f"bitext/{tag[:3]}.tsv.gz", "\n".join(pairs) + "\n")
            tagged = [list(zip(say(words, shift), ("NOUN", "VERB", "NOUN"), strict=True)) for words in english[::4]]
            _write(root / f"pos/{tag[:3]}/test.conllu.gz", _conllu(tagged))
    return root


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny encoder saved as a local Hugging Face folder."""
    folder = tmp_path_factory.mktemp("encoder")
    encoder = _encoder()
    encoder.model.save_pretrained(folder)
    encoder.tokenizer.save_pretrained(folder)
    return folder
