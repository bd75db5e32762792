"""Names become paths below their folder, or nothing."""

import json
import re
from pathlib import Path

import fsspec
import pytest

from trainables.store.names import UnsafeNameError, path_below
from trainables.store.stage_store import StageStore, find_damage

IDENTITY = {"seed": 1}


def build(folder: Path) -> None:
    (folder / "model.bin").write_bytes(b"weights")


@pytest.mark.parametrize("name", ["a", "a/b.txt", "a b/ü.txt", "..a/b..", "a:b", "con"])
def test_ordinary_names_lead_below(tmp_path: Path, name: str) -> None:
    assert path_below(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/../../x", "/etc/passwd", "a//b", "a/", "a\\..\\b", "a\nb", "a\0", "n" * 256, "ü" * 200],
)
def test_all_others_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafeNameError, match="A name must lead to a file below its folder"):
        path_below(tmp_path, name)


@pytest.mark.parametrize("token", ["", "../" * 4 + "outside", "x" * 32])
def test_a_remote_key_that_leads_out_writes_nothing_outside(tmp_path: Path, token: str) -> None:
    """Whoever may write to the remote store has put `..` into a key, or into the pointer."""
    url = f"memory://hostile-{tmp_path.name}"
    StageStore(url, tmp_path / "first").get_or_build("kind", IDENTITY, build)
    files, base = fsspec.core.url_to_fs(url)
    pointer = next(path for path in files.find(base) if path.endswith("current.json"))
    if token:
        files.pipe_file(pointer, json.dumps({"folder": token}).encode())
    else:
        folder = pointer.rpartition("/")[0] + "/" + json.loads(files.cat_file(pointer))["folder"]
        files.store[f"{folder}/../../../../planted.txt"] = files.store[f"{folder}/model.bin"]
    before = {path for path in tmp_path.rglob("*") if "first" not in path.parts}
    victim = StageStore(url, tmp_path / "a" / "b" / "cache")
    assert victim.find("kind", IDENTITY) is None
    stage = victim.get_or_build("kind", IDENTITY, build)  # and what is built then is used
    assert (stage / "model.bin").read_bytes() == b"weights"
    outside = {path for path in tmp_path.rglob("*") if not {"first", "a"} & set(path.parts)}
    assert outside == before and not list(tmp_path.rglob("planted.txt"))


def test_a_manifest_that_names_files_elsewhere_is_damage(tmp_path: Path) -> None:
    stage = StageStore(tmp_path / "store").get_or_build("kind", IDENTITY, build)
    (tmp_path / "secret").write_text("x")
    for files in ({"../../../secret": {"bytes": 1, "sha256": "?"}}, ["model.bin"], {"model.bin": 3}, {"model.bin": {}}):
        (stage / "stage.json").write_text(json.dumps({"identity": IDENTITY, "files": files}))
        assert re.search("what cannot be|is not a manifest", str(find_damage(stage))), files
