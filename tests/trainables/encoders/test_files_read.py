"""Of an encoder's folder those files count that an encoder is read from: all of them, and no others."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from encoder_layouts import LAYOUTS
from hypothesis import given
from hypothesis import strategies as st

from trainables.data.folder import DataFolder
from trainables.encoders import ENCODERS
from trainables.encoders.base import EncoderError
from trainables.encoders.loading import is_read, load_folder
from trainables.run_config import EncoderConfig
from trainables.store.fingerprint import fingerprint
from trainables.store.stage_store import StageStore

NOTES = ("README.md", "notes.txt", "requirements.txt", "train_results.json", "trainer_state.json", "modules.json",
         "sentence_bert_config.json", "generation_config.json", "preprocessor_config.json", "eval/config.json",
         "model.safetensors.txt", "labels.model", "vocabulary.json", "tokenizer_notes.json")  # fmt: skip


def print_of(folder: Path, tiny_data: Path) -> str:
    source = ENCODERS["hub"](
        EncoderConfig(name=str(folder)), DataFolder(tiny_data), StageStore(folder.parent / "store")
    )
    return fingerprint(source.identity)


def note(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("{}")


@pytest.mark.parametrize("name", NOTES)
def test_what_nothing_reads_does_not_count(tiny_checkpoint: Path, tiny_data: Path, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "x")
    before = print_of(folder, tiny_data)
    note(folder, name)
    assert print_of(folder, tiny_data) == before


@given(st.from_regex(r"[a-z_]{1,12}\.(json|txt|model|md|log)", fullmatch=True))
def test_no_name_that_a_person_makes_up_is_read(name: str) -> None:
    stem, _, end = name.rpartition(".")
    known = ("config", "vocab", "merges", "dict", "tokenizer", "emoji", "normalizer", "tekken", "byte_maps")
    known += ("spiece", "spm", "spm_char", "sentencepiece", "tiktoken", "tokenizer_config", "added_tokens")
    assert not is_read(name) or stem in known and end != "md"


@pytest.mark.parametrize("family", LAYOUTS)
def test_every_file_that_is_opened_counts_and_they_are_enough(family: str, tiny_data: Path, tmp_path: Path) -> None:
    """What Python opens is seen by an audit hook, what libraries in Rust open by doing without the rest."""
    folder = tmp_path / "whole"
    LAYOUTS[family].write(folder)
    for name in NOTES:
        note(folder, name)
    opened: set[str] = set()
    is_watched = [True]

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and is_watched and str(arguments[0]).startswith(f"{folder}/"):
            opened.add(Path(arguments[0]).name)

    sys.addaudithook(watch)
    whole, tokenizer = load_folder(folder)
    is_watched.clear()
    # Looked at, but of what a model writes: the encoder alone has none of it.
    assert "config.json" in opened and {name for name in opened if not is_read(name)} <= {"generation_config.json"}
    counted = [path for path in folder.iterdir() if path.is_file() and is_read(path.name)]
    bare = tmp_path / "bare"
    bare.mkdir()
    for path in counted:
        shutil.copy(path, bare)
    again, other = load_folder(bare)
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in whole.state_dict().items())
    assert tokenizer.backend_tokenizer.to_str() == other.backend_tokenizer.to_str()
    before = print_of(folder, tiny_data)
    for path in counted:
        content = path.read_bytes()
        path.write_bytes(content + b" ")
        assert print_of(folder, tiny_data) != before
        path.write_bytes(content)
    assert print_of(folder, tiny_data) == before


def test_every_file_name_of_a_tokenizer_of_transformers_counts() -> None:
    """Read out of the sources: the classes are many, and some need libraries that are not here."""
    found: set[str] = set()
    for path in (Path(transformers.__file__).parent / "models").glob("*/tokenization_*.py"):
        for block in re.findall(r"VOCAB_FILES_NAMES\s*=\s*\{(.*?)\}", path.read_text(encoding="utf-8"), re.DOTALL):
            found |= set(re.findall(r":\s*\"([^\"]+)\"", block))
    assert {"vocab.txt", "bpe.codes", "spiece.model", "tokenizer.json"} <= found
    assert {name for name in found if not is_read(name)} == set()


def test_a_configuration_of_some_release_counts(tiny_checkpoint: Path, tiny_data: Path, tmp_path: Path) -> None:
    """`configuration_files` names such files, and transformers reads the newest that is not above its own release."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "x")
    whole = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**whole, "configuration_files": ["config.4.0.0.json"]}))
    prints = []
    for epsilon in (1e-5, 1e-2):
        (folder / "config.4.0.0.json").write_text(json.dumps({**whole, "layer_norm_eps": epsilon}))
        assert load_folder(folder)[0].config.layer_norm_eps == epsilon
        prints.append(print_of(folder, tiny_data))
    assert prints[0] != prints[1]


def test_a_local_folder_is_named_by_its_files_and_has_no_revision(tiny_checkpoint: Path, tiny_data: Path) -> None:
    data, store = DataFolder(tiny_data), StageStore(tiny_checkpoint.parent / "store")
    origin = ENCODERS["hub"](EncoderConfig(name=str(tiny_checkpoint)), data, store).origin
    assert origin.keys() == {"name", "digest"} and len(origin["digest"]) == 20
    with pytest.raises(EncoderError, match=r"of a repository of the hub, but is 'v1' and .* is a local folder"):
        ENCODERS["hub"](EncoderConfig(name=str(tiny_checkpoint), revision="v1"), data, store)


def test_an_adapter_is_no_encoder(tiny_checkpoint: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "x")
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "team/other"}))
    with pytest.raises(EncoderError, match=r"mine is an adapter of another one \(adapter_config.json\). Merge the two"):
        load_folder(folder, "mine")
