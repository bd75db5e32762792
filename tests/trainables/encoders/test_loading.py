"""A folder without an encoder is refused before anything of it is loaded. What can be loaded: `test_repository.py`."""

import json
from pathlib import Path

import pytest

from trainables.encoders.base import EncoderError
from trainables.encoders.loading import check_files, no_weights, unreadable


def folder_of(tmp_path: Path, *files: str, **config: str) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(config))
    for file in files:
        (tmp_path / file).touch()
    return tmp_path


@pytest.mark.parametrize("weights", ["model.safetensors", "model.safetensors.index.json"])
def test_a_known_family_with_its_weights_passes(weights: str, tmp_path: Path) -> None:
    check_files(folder_of(tmp_path, weights, model_type="bert"), "mine")


def test_each_fault_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"must have a config.json .* but that of mine cannot be read \(FileNotF"):
        check_files(tmp_path, "mine")
    with pytest.raises(EncoderError, match=r"that of mine cannot be read \(KeyError: 'model_type'\)"):
        check_files(folder_of(tmp_path), "mine")
    with pytest.raises(EncoderError) as caught:
        check_files(folder_of(tmp_path, model_type="no-such"), "mine")
    assert str(caught.value) == (
        "An encoder must be of a family that the installed transformers knows, but mine is of 'no-such'. Choose an "
        "encoder, or a conversion of this one, that transformers knows by itself, or update transformers."
    )
    with pytest.raises(EncoderError, match="must run without code of its own, but mine .* which is never run here"):
        check_files(folder_of(tmp_path, model_type="no-such", auto_map="x"), "mine")
    with pytest.raises(EncoderError, match="must be in model.safetensors, but mine has no such file"):
        check_files(folder_of(tmp_path, model_type="bert"), "mine")
    with pytest.raises(EncoderError, match=r"mine has only a pickle \(pytorch_model.bin\)"):
        check_files(folder_of(tmp_path, "pytorch_model.bin", model_type="bert"), "mine")


def test_the_hubs_own_conversion_is_the_remedy_where_there_is_one() -> None:
    assert str(no_weights("mine", True, "refs/pr/1")).endswith("`encoder.revision: refs/pr/1`.")
    assert "docs/encoders.md" in str(no_weights("mine", True))


def test_of_a_long_error_the_first_line_is_said() -> None:
    assert "mine is not (first)" in str(unreadable("mine", OSError("first\nsecond")))
    assert "mine is not (OSError)" in str(unreadable("mine", OSError()))


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_clone_without_its_large_files_is_told_how_to_fetch_them(tmp_path: Path, file: str) -> None:
    folder = folder_of(tmp_path, "model.safetensors", model_type="bert")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
    (folder / "tf_model.h5").write_text(pointer)
    check_files(folder, "mine")  # which nobody reads
    (folder / file).write_text(pointer)
    with pytest.raises(EncoderError, match=rf"of mine {file} is a pointer of Git LFS. Fetch them: `git lfs pull`"):
        check_files(folder, "mine")


def test_weights_under_names_that_no_fingerprint_holds_are_refused(tmp_path: Path) -> None:
    for name in ("index", "named"):
        (tmp_path / name).mkdir()
    folder = folder_of(tmp_path / "index", "model.safetensors.index.json", model_type="bert")
    index = {"weight_map": {"a": "part-a.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(EncoderError, match="but those of mine are in part-a.safetensors. Save it again"):
        check_files(folder, "mine")
    named = folder_of(tmp_path / "named", "model.safetensors", model_type="bert", transformers_weights="x.safetensors")
    with pytest.raises(EncoderError, match="but those of mine are in x.safetensors"):
        check_files(named, "mine")
