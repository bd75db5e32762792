"""File locks: who excludes whom."""

from pathlib import Path

from trainables.store.file_locks import FileLock


def test_shared_holders_exclude_only_an_exclusive_one(tmp_path: Path) -> None:
    one, two, exclusive = (FileLock(tmp_path / "folder" / "lock") for _ in range(3))
    assert one.acquire(shared=True) and two.acquire(shared=True, wait=False)
    assert not exclusive.acquire(wait=False)
    one.release()
    assert not exclusive.acquire(wait=False)
    two.release()
    two.release()  # harmless
    assert exclusive.acquire(wait=False) and exclusive.acquire(wait=False)
    assert not one.acquire(shared=True, wait=False) and not one.acquire(wait=False)
