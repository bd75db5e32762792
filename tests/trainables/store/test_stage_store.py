"""The stage store: built once, verified when read, rebuilt when damaged, never half there."""

import hashlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest

from trainables.store.stage_store import StageStore, StoreError

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
    assert not list((tmp_path / "kind").iterdir())
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


def test_a_process_that_waits_is_told_so_and_takes_over_from_a_builder_that_gave_up(tmp_path: Path) -> None:
    def in_steps(folder: Path) -> Iterator[str]:
        (folder / "half").write_text("half")
        yield "half"
        (folder / "rest").write_text("rest")
        yield "whole"

    first, second = (
        StageStore(tmp_path).build_in_steps("kind", IDENTITY, in_steps, "waiting") for _ in range(2)
    )  # fmt: skip
    assert next(first) == "half"
    assert next(second) == "waiting" == next(second)
    first.close()
    assert not StageStore(tmp_path).holds("kind", IDENTITY)
    assert [next(second), next(second)] == ["half", "whole"]
    with pytest.raises(StopIteration) as end:
        next(second)
    stage, built = end.value.value
    assert built and sorted(path.name for path in stage.iterdir()) == ["half", "rest", "stage.json"]
    with pytest.raises(StopIteration) as end:
        next(StageStore(tmp_path).build_in_steps("kind", IDENTITY, in_steps, "waiting"))
    assert end.value.value == (stage, False)


BUILDER = """
import sys, time
from trainables.store.stage_store import StageStore
def build(folder):
    (folder / "half").write_text("half")
    print("building", flush=True)
    time.sleep(60)
StageStore(sys.argv[1]).get_or_build("kind", {"seed": 1, "what": ["a", "b"]}, build)
"""


@pytest.mark.slow
def test_a_killed_builder_blocks_nobody_and_nothing_of_it_is_read(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    builder = subprocess.Popen(
        [sys.executable, "-c", BUILDER, str(tmp_path)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert builder.stdout is not None and builder.stdout.readline() == "building\n"
    store = StageStore(tmp_path)
    with store.claim("kind", IDENTITY) as folder:
        assert folder is None
    builder.kill()
    builder.wait()
    assert list((tmp_path / "kind").glob("*/half")) and not store.holds("kind", IDENTITY)
    stage = store.get_or_build("kind", IDENTITY, writer())
    assert not list((tmp_path / "kind").glob("**/half")) and (stage / "sub" / "model.bin").read_bytes() == b"weights"


def _size(stage: Path) -> int:
    return sum(path.stat().st_size for path in stage.rglob("*") if path.is_file())


def _named(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def _use_in_order(root: Path, identities: list[dict[str, str]]) -> None:
    """Sets the times of last use, one second apart."""
    for k, identity in enumerate(identities):
        lease = StageStore(root).path_of("kind", identity).with_suffix(".lease")
        os.utime(lease, (1_000_000 + k, 1_000_000 + k))


def test_least_recently_used_stages_go_first(tmp_path: Path) -> None:
    a, b, c, d = _named("a", "b", "c", "d")
    size = _size(StageStore(tmp_path).get_or_build("kind", a, writer(b"x" * 1000)))
    for identity in (b, c):
        StageStore(tmp_path).get_or_build("kind", identity, writer(b"x" * 1000))
    _use_in_order(tmp_path, [b, c, a])
    store = StageStore(tmp_path, limit_bytes=2 * size)
    store.get_or_build("kind", d, writer(b"x" * 1000))
    assert [store.holds("kind", identity) for identity in (a, b, c, d)] == [True, False, False, True]
    assert not list((tmp_path / "kind").glob(".*"))
    assert store.get_or_build("kind", b, writer(b"x" * 1000)).is_dir()  # and can be built again
    assert not store.holds("kind", a)


def test_finding_a_stage_counts_as_using_it(tmp_path: Path) -> None:
    a, b, c = _named("a", "b", "c")
    size = _size(StageStore(tmp_path).get_or_build("kind", a, writer(b"x" * 1000)))
    StageStore(tmp_path).get_or_build("kind", b, writer(b"x" * 1000))
    _use_in_order(tmp_path, [a, b])
    assert StageStore(tmp_path).find("kind", a)
    StageStore(tmp_path, limit_bytes=2 * size).get_or_build("kind", c, writer(b"x" * 1000))
    assert StageStore(tmp_path).holds("kind", a) and not StageStore(tmp_path).holds("kind", b)


def test_a_stage_in_use_is_never_evicted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    a, b = _named("a", "b")
    reader = StageStore(tmp_path)
    stage = reader.get_or_build("kind", a, writer(b"x" * 1000))
    other = StageStore(tmp_path, limit_bytes=10)
    other.get_or_build("kind", b, writer(b"x" * 1000))
    assert (stage / "sub" / "model.bin").exists() and other.holds("kind", b)
    assert "over its limit" in caplog.text
    reader.close()
    other.evict()
    assert not stage.exists() and other.holds("kind", b)
    del other  # a store that is dropped gives its stages back too
    StageStore(tmp_path, limit_bytes=10).evict()
    assert not reader.holds("kind", b)


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"memory://stages-{tmp_path.name}" if request.param == "memory" else f"file://{tmp_path}/remote"


def test_a_store_behind_a_url_is_filled_by_one_machine_and_read_by_another(url: str, tmp_path: Path) -> None:
    calls: list[Path] = []
    here, there = StageStore(url, tmp_path / "here"), StageStore(url, tmp_path / "there")
    assert not there.holds("kind", IDENTITY) and there.find("kind", IDENTITY) is None
    here.get_or_build("kind", IDENTITY, writer(calls=calls))
    assert there.holds("kind", IDENTITY)
    stage = there.get_or_build("kind", IDENTITY, writer(calls=calls))
    assert stage.is_relative_to(tmp_path / "there") and (stage / "sub" / "model.bin").read_bytes() == b"weights"
    assert len(calls) == 1
    assert StageStore(url, tmp_path / "third").find("kind", IDENTITY)


def test_a_damaged_remote_stage_is_built_and_uploaded_again(url: str, tmp_path: Path) -> None:
    StageStore(url, tmp_path / "here").get_or_build("kind", IDENTITY, writer())
    files, base = fsspec.core.url_to_fs(url)
    damaged = next(path for path in files.find(base) if path.endswith("model.bin"))
    files.pipe_file(damaged, b"Weights")
    calls: list[Path] = []
    stage = StageStore(url, tmp_path / "there").get_or_build("kind", IDENTITY, writer(calls=calls))
    assert len(calls) == 1 and (stage / "sub" / "model.bin").read_bytes() == b"weights"
    assert StageStore(url, tmp_path / "third").find("kind", IDENTITY)


def test_an_upload_that_was_cut_off_is_never_read(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    store = StageStore(url, tmp_path / "here")
    assert store.remote is not None
    with monkeypatch.context() as patch:
        patch.setattr(store.remote.files, "pipe_file", cut_off)
        with pytest.raises(KeyboardInterrupt):
            store.get_or_build("kind", IDENTITY, writer())
    files, base = fsspec.core.url_to_fs(url)
    assert [path for path in files.find(base) if path.endswith("model.bin")]
    assert not StageStore(url, tmp_path / "there").holds("kind", IDENTITY)
    assert StageStore(url, tmp_path / "there").get_or_build("kind", IDENTITY, writer()).is_dir()


def test_a_url_needs_a_cache_and_a_known_file_system(tmp_path: Path) -> None:
    with pytest.raises(
        StoreError, match=r"needs a local folder to work in, but memory://x has none. Set `store_cache`"
    ):
        StageStore("memory://x")
    with pytest.raises(ValueError, match=r"must be one that fsspec can open, but nosuch://x is not"):
        StageStore("nosuch://x", tmp_path)


def test_two_builders_whom_no_lock_keeps_apart_both_succeed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One was frozen so long that its lock was taken over: neither may delete the other's folder."""
    first, second = StageStore(tmp_path), StageStore(tmp_path)
    with first.claim("kind", IDENTITY) as one:
        assert one is not None
        (one / "x").write_text("of the first")
        next(iter((tmp_path / "kind").glob("*.building"))).unlink()
        with second.claim("kind", IDENTITY) as two:
            assert two is not None and two != one and (one / "x").exists()
            (two / "x").write_text("of the second")
    stage = first.find("kind", IDENTITY)
    assert stage is not None and (stage / "x").read_text() == "of the second"
    assert not list((tmp_path / "kind").glob(".*"))
