"""The remote side of a store, by itself: a stage is whole or not there."""

import json
from pathlib import Path

import pytest

from trainables.store.names import UnsafeNameError
from trainables.store.remote_stages import POINTER, RemoteStages, is_url


@pytest.fixture
def remote(tmp_path: Path) -> RemoteStages:
    return RemoteStages(f"file://{tmp_path}/remote/")


@pytest.fixture
def local(tmp_path: Path) -> Path:
    (tmp_path / "local/sub").mkdir(parents=True)
    (tmp_path / "local/sub/model.bin").write_bytes(b"weights")
    (tmp_path / "local/stage.json").write_text("{}")
    return tmp_path / "local"


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_was_published_comes_back_and_the_later_one_counts(
    remote: RemoteStages, local: Path, tmp_path: Path
) -> None:
    assert not remote.holds("kind", "a") and not remote.fetch("kind", "a", tmp_path / "none")
    remote.publish("kind", "a", local)
    assert remote.holds("kind", "a") and not remote.holds("kind", "b") and not remote.holds("other", "a")
    assert remote.fetch("kind", "a", tmp_path / "first") and files(tmp_path / "first") == files(local)
    (local / "stage.json").write_text("later")
    remote.publish("kind", "a", local)
    assert remote.fetch("kind", "a", tmp_path / "second") and files(tmp_path / "second") == files(local)
    assert len([path for path in (tmp_path / "remote/kind/a").iterdir() if path.is_dir()]) == 2  # both are right


@pytest.mark.parametrize("pointer", ["", "{", "[]", "{}", '{"folder": 3}', '{"folder": "../../local"}'])
def test_a_pointer_that_points_nowhere_is_no_stage(
    pointer: str, remote: RemoteStages, local: Path, tmp_path: Path
) -> None:
    remote.publish("kind", "a", local)
    (tmp_path / "remote/kind/a" / POINTER).write_text(pointer)
    assert not remote.fetch("kind", "a", tmp_path / "fetched") and not files(tmp_path / "fetched")


def test_a_name_that_leads_out_is_refused_before_anything_is_written(
    remote: RemoteStages, local: Path, tmp_path: Path
) -> None:
    remote.publish("kind", "a", local)
    token = json.loads((tmp_path / "remote/kind/a" / POINTER).read_text())["folder"]
    (tmp_path / "remote/kind/a" / token / "..\\x").write_text("x")
    with pytest.raises(UnsafeNameError):
        remote.fetch("kind", "a", tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()


def test_urls_are_told_from_paths_and_shown_without_passwords() -> None:
    assert is_url("s3://bucket/x") and not is_url("/scratch/x") and not is_url("C:\\x")
    with pytest.raises(ValueError) as caught:
        RemoteStages("nosuch://me:secret@host/x")
    assert "must be one that fsspec can open" in str(caught.value) and "secret" not in str(caught.value)
