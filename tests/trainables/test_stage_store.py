"""The stage store: built once, verified when read, rebuilt when damaged, never half there."""

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from trainables.stage_store import StageStore, StoreError

IDENTITY = {"seed": 1, "what": ["a", "b"]}


def writer(content: bytes = b"weights", calls: list[Path] | None = None) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        if calls is not None:
            calls.append(folder)
        (folder / "sub").mkdir()
        (folder / "sub" / "model.bin").write_bytes(content)

    return build


def test_a_stage_is_built_once_and_its_place_depends_on_identity_and_kind(tmp_path: Path) -> None:
    store, calls = StageStore(tmp_path / "new" / "store"), list[Path]()
    first = store.get_or_build("kind", IDENTITY, writer(calls=calls))
    again = store.get_or_build("kind", dict(reversed(IDENTITY.items())), writer(calls=calls))
    assert first == again == store.path_of("kind", IDENTITY) and len(calls) == 1
    assert store.get_or_build("kind", {**IDENTITY, "seed": 2}, writer(calls=calls)) != first
    assert store.get_or_build("other", IDENTITY, writer(calls=calls)).parent.name == "other"
    assert len(calls) == 3
    assert (first / "sub" / "model.bin").read_bytes() == b"weights"


def test_the_manifest_notes_identity_sizes_and_hashes(tmp_path: Path) -> None:
    stage = StageStore(tmp_path).get_or_build("kind", IDENTITY, writer(b"abc"))
    manifest = json.loads((stage / "stage.json").read_text())
    assert manifest["identity"] == IDENTITY
    assert manifest["files"] == {"sub/model.bin": {"bytes": 3, "sha256": hashlib.sha256(b"abc").hexdigest()}}


def _flip_a_byte(stage: Path) -> None:
    (stage / "sub" / "model.bin").write_bytes(b"Weights")


def _lose_a_file(stage: Path) -> None:
    (stage / "sub" / "model.bin").unlink()


def _truncate(stage: Path) -> None:
    (stage / "sub" / "model.bin").write_bytes(b"wei")


def _lose_the_manifest(stage: Path) -> None:
    (stage / "stage.json").unlink()


def _garble_the_manifest(stage: Path) -> None:
    (stage / "stage.json").write_text('{"files": ')


@pytest.mark.parametrize(
    "damage",
    [_flip_a_byte, _lose_a_file, _truncate, _lose_the_manifest, _garble_the_manifest],
    ids=lambda f: f.__name__,
)
def test_a_damaged_stage_is_told_of_and_built_again(
    tmp_path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    store, calls = StageStore(tmp_path), list[Path]()
    damage(store.get_or_build("kind", IDENTITY, writer()))
    with caplog.at_level(logging.WARNING):
        stage = store.get_or_build("kind", IDENTITY, writer(calls=calls))
    assert "damaged" in caplog.text and len(calls) == 1
    assert (stage / "sub" / "model.bin").read_bytes() == b"weights"


def test_a_build_that_fails_leaves_no_stage(tmp_path: Path) -> None:
    store = StageStore(tmp_path)

    def interrupted(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.get_or_build("kind", IDENTITY, interrupted)
    assert not store.holds("kind", IDENTITY)
    assert not [path for path in (tmp_path / "kind").iterdir() if path.suffix != ".lock"]
    store.get_or_build("kind", IDENTITY, writer())
    assert store.holds("kind", IDENTITY)


def test_what_a_killed_builder_left_is_never_read_and_goes_away(tmp_path: Path) -> None:
    store = StageStore(tmp_path)
    stage = store.path_of("kind", IDENTITY)
    leftover = stage.with_name(f".{stage.name}.killed")
    leftover.mkdir(parents=True)
    (leftover / "old").write_text("old")
    assert store.get_or_build("kind", IDENTITY, writer()) == stage
    assert not leftover.exists() and not (stage / "old").exists()


def test_of_two_that_ask_at_once_one_builds(tmp_path: Path) -> None:
    calls: list[Path] = []

    def slow(folder: Path) -> None:
        calls.append(folder)
        time.sleep(0.1)
        (folder / "x").write_text("x")

    threads = [
        threading.Thread(target=lambda: StageStore(tmp_path).get_or_build("kind", IDENTITY, slow)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def test_an_unwritable_root_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match=r"writable folder, but .*file/store.* is not .*Choose another `store`"):
        StageStore(tmp_path / "file" / "store")
    with pytest.raises(StoreError):
        StageStore("/proc/no-store-can-be-here")


def test_an_identity_without_canonical_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="identity.languages"):
        StageStore(tmp_path).get_or_build("kind", {"languages": {"a", "b"}}, writer())
