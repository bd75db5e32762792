"""Fixtures: the tiny encoder of `trainables.testing`, data folders in which it can learn, and runs of a second."""

import dataclasses
import gzip
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hub_stand_in import HubStandIn

from trainables.encoders import load as encoder_loading
from trainables.encoders.base import Encoder
from trainables.run_config import DataConfig, EncoderConfig, EvaluateConfig, FinetuneConfig, RealignConfig, RunConfig
from trainables.testing.tiny import LETTERS, save_tiny_encoder, tiny_encoder, write_gzip


@pytest.fixture
def make_encoder() -> Callable[..., Encoder]:
    """(seed, n_layers) -> a fresh encoder."""
    return tiny_encoder


def _conllu(sentences: list[list[tuple[str, str]]]) -> str:
    rows = [[f"{i}\t{word}\t_\t{tag}" + "\t_" * 6 for i, (word, tag) in enumerate(s, 1)] for s in sentences]
    return "".join("\n".join(sentence) + "\n\n" for sentence in rows)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStandIn]:
    """A hub on a local port, empty, that the libraries of this process are pointed at, with a fresh cache."""
    stand_in = HubStandIn()
    stand_in.point_here(monkeypatch, tmp_path / "hf")
    yield stand_in
    stand_in.stop()


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
        write_gzip(root / f"pos/eng/{split}.conllu.gz", _conllu(sentences))
    shifts = {"eng_Latn": 0, "swh_Latn": 1, "yor_Latn": 2}
    for tag, shift in shifts.items():
        said = [" ".join(say(words, shift)) for words in english]
        rows = [f"{i}\t{'dev' if i % 4 == 0 else 'train'}\tx\t{text}" for i, text in enumerate(said)]
        write_gzip(root / f"flores/{tag}.tsv.gz", "\n".join(rows) + "\n")
        if shift:
            pairs = [
                f"{i}\t{' '.join(words)}\t{text}" for i, (words, text) in enumerate(zip(english, said, strict=True))
            ]
            write_gzip(root / f"bitext/{tag[:3]}.tsv.gz", "\n".join(pairs) + "\n")
            tagged = [list(zip(say(words, shift), ("NOUN", "VERB", "NOUN"), strict=True)) for words in english[::4]]
            write_gzip(root / f"pos/{tag[:3]}/test.conllu.gz", _conllu(tagged))
    return root


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny encoder saved as a local Hugging Face folder."""
    folder = tmp_path_factory.mktemp("encoder")
    save_tiny_encoder(folder)
    return folder


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has loaded no encoder."""
    monkeypatch.setattr(encoder_loading, "_kept", {})


@pytest.fixture
def run_config(tiny_data: Path, tiny_checkpoint: Path, tmp_path: Path) -> RunConfig:
    """A run of a second or less: two languages, six steps a stage."""
    return RunConfig(
        data=DataConfig(source="folder", root=str(tiny_data)),
        encoder=EncoderConfig(provider="hub", name=str(tiny_checkpoint)),
        languages=("swh_Latn", "yor_Latn"),
        realign=RealignConfig(n_steps=6, batch_size=4, learning_rate=1e-3, max_length=32),
        finetune=FinetuneConfig(n_steps=6, batch_size=4, learning_rate=1e-3, max_length=32),
        evaluate=EvaluateConfig(n_sentences=5, n_retrieval=8, max_length=32),
        store=str(tmp_path / "store"),
        n_threads=1,
    )


@pytest.fixture(scope="session")
def three_task_data(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`tiny_data` with names (the nouns d.., c.. and f..) and inference (equal, opposite, unrelated) in its languages.

    Wolof is a third language to realign: Yoruba's sentences under another name.
    """
    root = tmp_path_factory.mktemp("three") / "data"
    shutil.copytree(tiny_data, root)
    shutil.copy(root / "bitext/yor.tsv.gz", root / "bitext/wol.tsv.gz")
    for code, shift in (("eng", 0), ("swh", 1), ("yor", 2)):
        rows = gzip.decompress((root / f"flores/{code}_Latn.tsv.gz").read_bytes()).decode().splitlines()
        texts = [row.split("\t")[3].split() for row in rows]
        persons = {LETTERS[(LETTERS.index(letter) + shift) % 26] for letter in "dcf"}
        entities = [[(word, "B-PER" if word[0] in persons else "O") for word in text] for text in texts]
        pairs = []
        for i, (one, other) in enumerate(zip(texts, texts[7:], strict=False)):
            label = ("entailment", "neutral", "contradiction")[i % 3]
            pairs.append((" ".join(one), " ".join((one, other, one[::-1])[i % 3]), label))
        for k, split in enumerate(("train", "dev", "test") if code == "eng" else ("test",)):
            sentences = ["".join(f"{word}\t{tag}\n" for word, tag in sentence) for sentence in entities[k::3]]
            write_gzip(root / f"ner/{code}/{split}.tsv.gz", "\n".join(sentences) + "\n")
            write_gzip(
                root / f"nli/{code}/{split}.tsv.gz", "".join("\t".join(pair) + "\n" for pair in pairs[k * 9 :][:36])
            )
    return root


@pytest.fixture
def three_task_config(run_config: RunConfig, three_task_data: Path) -> RunConfig:
    """`run_config` with all three tasks."""
    data = DataConfig(source="folder", root=str(three_task_data))
    return dataclasses.replace(run_config, data=data, tasks=("pos", "ner", "nli"))
