"""Fills the disk under a sweep, at points that differ in what still fits, and goes on once there is room again.

The disk is a real one of a few megabytes (a tmpfs), which only root can mount. Run it from the repository's root; it
prints one line a command and ends with 1 if one said more or less than a sentence, or if the sweep did not end complete
with the scores of an undisturbed one:

    python -m tests.faults.full_disk                     # all points, minutes on two cores
    python -m tests.faults.full_disk --free-kb 0 200
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sweep.config.yaml_reader import write_yaml
from sweep.folders import SweepFolder
from tests.faults.resume_damage import SWEEP, scores_in, write_world

ROOT = Path(__file__).parents[2]
FREE_KB = (0, 40, 200, 500, 900, 1400, 2000)
DISK_MB = 64
COMPLETE, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130


@contextlib.contextmanager
def small_disk(path: Path) -> Iterator[None]:
    """A file system of its own at `path`, which is made.

    Raises:
        PermissionError: this user, or this container, may mount none.
    """
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(path)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        raise PermissionError("no tmpfs can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


@contextlib.contextmanager
def filled(disk: Path, free_kb: int) -> Iterator[None]:
    """During the block only so much room is left, or less: others write while the disk is filled."""
    ballast = disk / "ballast"
    try:
        with ballast.open("wb") as file:
            for _ in range(100):
                room = os.statvfs(disk)
                n_bytes = room.f_bavail * room.f_frsize - free_kb * 1024
                with contextlib.suppress(OSError):  # somebody was faster: look again
                    if n_bytes > 0:
                        os.posix_fallocate(file.fileno(), 0, n_bytes)
                    break
        yield
    finally:
        ballast.unlink()


def command(*arguments: str) -> tuple[int, str, list[str]]:
    """Exit code, standard output and lines of standard error of one `realign-sweep`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "sweep.commands.main", *arguments], env=environment, capture_output=True, text=True,
        cwd=ROOT,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr.splitlines()


def problem_of(code: int, said: Sequence[str], allowed: Sequence[int]) -> str:
    """What is wrong with how a command ended; "" if nothing is."""
    if code not in allowed:
        return f"exit code {code}"
    if any("Traceback" in line for line in said):
        return "a traceback"
    last = said[-1] if said else ""
    if code and not last.startswith("realign-sweep: "):
        return "no last sentence of ours"
    return ""


def fill(root: Path, free_kb: Sequence[int], say: Callable[[str], None]) -> list[str]:
    """All points; returns what went wrong."""
    write_world(root / "world")
    data = {"source": "folder", "root": str(root / "world")}
    (root / "tiny.yaml").write_text(write_yaml({**SWEEP, "run": {**SWEEP["run"], "data": data}}))  # type: ignore[dict-item]
    wrong: list[str] = []

    def run(free: int | None, *arguments: str, allowed: Sequence[int]) -> int:
        code, _, said = command(*arguments)
        problem = problem_of(code, said, allowed)
        where = "with room" if free is None else f"{free} kB free"
        say(f"{where:14}{arguments[0]:8}{code:4}  {problem and f'WRONG: {problem}: '}{said[-1] if said else ''}")
        if problem:
            wrong.append(f"{where}, {arguments[0]}: {problem}: {said}")
        return code

    whole = SweepFolder.below(root / "whole", "tiny")
    run(None, "run", str(root / "tiny.yaml"), "--mlruns", str(whole.mlruns), allowed=[COMPLETE])
    with small_disk(root / "disk"):
        for free in free_kb:
            folder = SweepFolder.below(root / "disk" / f"after-{free}", "tiny")
            options = ["--mlruns", str(folder.mlruns)]
            with filled(root / "disk", free):
                code = run(free, "run", str(root / "tiny.yaml"), *options, allowed=[COMPLETE, FAILED, REFUSED])
                if code and folder.config.exists():
                    run(free, "resume", "tiny", *options, allowed=[FAILED, REFUSED])
            begun = ["resume", "tiny"] if folder.config.exists() else ["run", str(root / "tiny.yaml")]
            run(None, *begun, *options, allowed=[COMPLETE])
            if scores_in(folder) != scores_in(whole):
                wrong.append(f"{free} kB free: other scores")
            with filled(root / "disk", 0):
                run(0, "report", "tiny", *options, allowed=[COMPLETE, REFUSED])
                run(0, "sync", "tiny", *options, allowed=[COMPLETE, REFUSED])
            run(None, "report", "tiny", "--no-figures", *options, allowed=[COMPLETE])
            run(None, "sync", "tiny", *options, allowed=[COMPLETE])
            shutil.rmtree(folder.mlruns)
    return wrong


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--free-kb", type=int, nargs="+", default=list(FREE_KB))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        try:
            wrong = fill(Path(root), options.free_kb, lambda text: print(text, flush=True))
        except PermissionError as error:
            print(f"skipped: {error}")
            return 0
    print("\n".join(wrong) or "nothing went wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
