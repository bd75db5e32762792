"""Locks with a heartbeat: who excludes whom, when a holder counts as gone, and what happens to one that was frozen."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from trainables.store import leases
from trainables.store.leases import HEARTBEAT_S, SHARED, STALE_S, Lease, Owner, is_free

ELSEWHERE = Owner("token", "node-b", 4711, "1", "another machine's boot")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the monotonic clock on."""
    now = [1000.0]
    time = SimpleNamespace(monotonic=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr(leases, "time", time)
    monkeypatch.setattr(leases._heart, "add", lambda lease: None)  # nothing beats by itself
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


def held_elsewhere(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(vars(ELSEWHERE)))


def test_shared_holders_exclude_only_an_exclusive_one(tmp_path: Path) -> None:
    one, two, exclusive = (Lease(tmp_path / "folder" / "lock") for _ in range(3))
    assert one.acquire(shared=True) and two.acquire(shared=True, wait=False)
    assert not exclusive.acquire(wait=False)
    one.release()
    assert not exclusive.acquire(wait=False)
    two.release()
    two.release()  # harmless
    assert exclusive.acquire(wait=False) and exclusive.acquire(wait=False)
    assert not one.acquire(shared=True, wait=False) and not one.acquire(wait=False)
    exclusive.release()
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_file_system_that_has_no_locks_or_lies_about_them_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(*arguments: object) -> None:
        raise OSError(37, "No locks available")

    for flock in (without, lambda *arguments: None):  # ENOLCK, and a lock that everybody gets
        monkeypatch.setattr("fcntl.flock", flock)
        monkeypatch.setattr("fcntl.lockf", flock)
        one, two = Lease(tmp_path / "lock"), Lease(tmp_path / "lock")
        assert one.acquire(wait=False) and not two.acquire(wait=False)
        one.release()


HOLDER = """
import sys, time
from pathlib import Path
from trainables.store.leases import Lease
lease = Lease(Path(sys.argv[1]))
assert lease.acquire()
print("held", flush=True)
time.sleep(60)
"""


@pytest.mark.slow
def test_a_killed_holder_of_this_machine_blocks_nobody(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lock")]
    holder = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    lease = Lease(tmp_path / "lock")
    assert not lease.acquire(wait=False)
    said = lease.acquire_unless_alive(lambda owner: None)
    assert said is not None and str(said).startswith(f"process {holder.pid} on ")
    holder.kill()
    while not os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT):  # dead, but nobody has asked how it ended
        pass
    assert lease.acquire(wait=False)
    holder.wait()


RACER = """
import sys, time
from pathlib import Path
from trainables.store.leases import Lease
folder, wins = Path(sys.argv[1]), 0
for _ in range(30):
    lease = Lease(folder / "lock")
    lease.acquire()
    inside = folder / "inside"
    inside.mkdir()  # fails where somebody else is inside
    time.sleep(0.001)
    inside.rmdir()
    lease.release()
"""


@pytest.mark.slow
def test_of_several_processes_one_is_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    racer = RACER.replace("lease.acquire()", "while not lease.acquire(wait=False): time.sleep(0.001)", 1)
    racers = [
        subprocess.Popen([sys.executable, "-c", racer, str(tmp_path)], env=environment, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [one.communicate()[1] for one in racers] == [b"", b"", b""]
    assert [one.returncode for one in racers] == [0, 0, 0] and list(tmp_path.iterdir()) == []


def test_a_silent_holder_elsewhere_is_given_a_minute_as_the_waiter_counts_it(
    tmp_path: Path, clock: Callable[[float], None]
) -> None:
    path = tmp_path / "lock"
    held_elsewhere(path)
    lease = Lease(path)
    for _ in range(int(STALE_S / HEARTBEAT_S)):
        assert not lease.acquire(wait=False)
        clock(HEARTBEAT_S)
    assert lease.acquire(wait=False) and json.loads(path.read_text())["process"] == os.getpid()


def test_a_holder_that_beats_is_never_gone_whatever_its_clock_says(
    tmp_path: Path, clock: Callable[[float], None]
) -> None:
    path = tmp_path / "lock"
    held_elsewhere(path)
    lease = Lease(path)
    for jump in (0, 10**9, -(10**9), 3600, -3600) * 10:  # of the wall clock of the holder, or of the server
        os.utime(path, (1_700_000_000 + jump,) * 2)
        assert not lease.acquire(wait=False)
        clock(HEARTBEAT_S)


def test_time_in_which_the_waiter_did_not_look_does_not_count(tmp_path: Path, clock: Callable[[float], None]) -> None:
    """A machine that was suspended, or a disk that hung: the holder may have been as well."""
    path = tmp_path / "lock"
    held_elsewhere(path)
    lease = Lease(path)
    assert not lease.acquire(wait=False)
    clock(24 * 3600)
    assert not lease.acquire(wait=False)


def test_who_is_alive_elsewhere_is_seen_at_its_next_beat(tmp_path: Path, clock: Callable[[float], None]) -> None:
    path = tmp_path / "lock"
    held_elsewhere(path)
    said: list[Owner] = []
    assert Lease(path).acquire_unless_alive(said.append) is None and said == [ELSEWHERE]  # silent: taken over
    assert not path.exists()  # and dropped
    held_elsewhere(path)
    sleep = leases.time.sleep

    def and_beat(seconds: float) -> None:
        sleep(seconds)
        os.utime(path, (0, leases.time.monotonic()))

    leases.time.sleep = and_beat
    assert Lease(path).acquire_unless_alive(said.append) == ELSEWHERE and len(said) == 1


def test_a_holder_that_was_frozen_learns_who_has_taken_over(tmp_path: Path, clock: Callable[[float], None]) -> None:
    lost: list[Owner] = []
    frozen, other = Lease(tmp_path / "lock", lost.append), Lease(tmp_path / "lock")
    assert frozen.acquire() and frozen.beat()
    held = json.loads((tmp_path / "lock").read_text())
    (tmp_path / "lock").write_text(json.dumps({**held, "space": "another machine's boot"}))
    frozen._owner = Owner(**{**held, "space": "another machine's boot"})
    assert other.acquire() and frozen.beat() is False
    assert lost == [other._owner] and other.beat()
    frozen.release()
    assert other.beat() and (tmp_path / "lock").exists()


def test_a_file_that_was_cleared_away_is_made_again(tmp_path: Path) -> None:
    lease = Lease(tmp_path / "lock")
    assert lease.acquire()
    (tmp_path / "lock").unlink()
    assert lease.beat() and not Lease(tmp_path / "lock").acquire(wait=False)


def test_files_of_the_dead_are_free_and_half_written_ones_are_not_yet(tmp_path: Path) -> None:
    lease = Lease(tmp_path / "lock")
    assert lease.acquire(shared=True)
    (mine,) = tmp_path.glob(f"lock{SHARED}*")
    owner = json.loads(mine.read_text())
    assert not is_free(mine)
    cases = (({"began": "0"}, True), ({"process": 2**22 + 1}, True), ({"space": "elsewhere"}, False), ({}, False))
    for before, is_over in cases:
        path = tmp_path / "of another"
        path.write_text(json.dumps({**owner, **before}))
        assert is_free(path) is is_over and path.exists() is not is_over
    path.write_text("")
    assert not is_free(path)


def test_a_full_disk_leaves_no_lock_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(leases.json, "dump", full)
    with pytest.raises(OSError, match="No space left"):
        Lease(tmp_path / "lock").acquire()
    assert list(tmp_path.iterdir()) == []


def test_a_process_of_another_user_that_is_hidden_is_not_taken_for_dead(
    tmp_path: Path, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `hidepid`, /proc shows a user's own processes only; its file must speak for it."""

    def not_ours(process: int, number: int) -> None:
        raise PermissionError

    first, second = Lease(tmp_path / "lock"), Lease(tmp_path / "lock")
    assert first.acquire()
    monkeypatch.setattr(leases, "_status", lambda process: [])
    monkeypatch.setattr(os, "kill", not_ours)
    assert not second.acquire(wait=False)
    clock(STALE_S)
    assert not second.acquire(wait=False) and first.beat()
    assert second.acquire()  # after a minute of silence


def test_one_that_is_alive_here_is_never_taken_over_however_long_it_is_silent(
    tmp_path: Path, clock: Callable[[float], None]
) -> None:
    """It may be stopped, or busy in a library that lets no other thread run."""
    first, second = Lease(tmp_path / "lock"), Lease(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire(limit_s=10 * STALE_S)
    del first
    assert second.acquire(wait=False)  # dropped without being released


@pytest.mark.parametrize("kind", ["dangling link", "folder", "pipe"])
def test_what_is_no_lock_stands_in_nobodys_way_for_ever(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "nowhere")
    lock = Lease(path)
    assert not lock.seems_held
    with pytest.raises(OSError, match="the lock lock must be a file, but is something else; take it away"):
        lock.acquire_unless_alive(lambda owner: None)


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000, '{"token": "", "host": "", "process": 1e999, "began": "", "space": ""}'],
    ids=["deep", "endless"],
)
def test_a_damaged_lock_is_one_of_nobody_known(text: str, tmp_path: Path, clock: Callable[[float], None]) -> None:
    path = tmp_path / "lock"
    path.write_text(text)
    lock = Lease(path)
    assert lock.holder == leases.UNKNOWN and not lock.acquire(wait=False)
    assert lock.acquire(limit_s=2 * STALE_S)  # as nothing touches it


def test_a_lock_of_the_far_future_does_not_seem_held(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("")
    assert Lease(path).seems_held
    os.utime(path, (4e9, 4e9))
    assert not Lease(path).seems_held


def test_a_holder_mends_its_damaged_file_and_leaves_none_behind(tmp_path: Path) -> None:
    lock = Lease(tmp_path / "lock")
    assert lock.acquire(wait=False)
    lock.path.write_bytes(b"\xff\x00")
    assert (
        lock.beat() and lock.holder == leases.UNKNOWN
    )  # it may be half-written: somebody is given until the next beat
    assert lock.beat() and lock.holder is not None and lock.holder.process == os.getpid()
    lock.path.write_bytes(b"\xff\x00")
    lock.release()
    assert not lock.path.exists()


def test_a_file_that_somebody_else_completes_meanwhile_is_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, text = Lease(tmp_path / "lock"), '{"token": "t", "host": "h", "process": 1, "began": "", "space": ""}'
    assert lock.acquire(wait=False)
    lock.path.write_text("")
    monkeypatch.setattr("time.sleep", lambda seconds: lock.path.write_text(text))
    lock.release()
    assert lock.path.read_text() == text
