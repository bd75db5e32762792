"""Injects faults of every kind into tiny sweeps, and compares what comes out with the same sweeps undisturbed.

Which, where and when is drawn by --seed. It prints every fault, writes them as lines of JSON, goes on where it was
stopped, and ends with 1 if anything was lost, counted twice, an orphan in MLflow, or other than in the undisturbed run:

    python -m tests.faults.suite --faults 100 --out /tmp/faults       # most of an hour on two cores
    python -m tests.faults.suite --faults 8 --seed 1

Minutes of the product are ten times shorter (heartbeats, waiting for a sign of life, pauses after a failure of the
tracking server) or three times (how long that server may be silent), see `short_world`. A disk that can be filled needs
root, and that kind is left out elsewhere.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sweep.config.yaml_reader import write_yaml
from sweep.folders import SweepFolder
from tests.faults.driver import ROOT, Drivers
from tests.faults.episode import FAULTS, Episode, Shape, World, as_line, possible
from tests.faults.full_disk import small_disk
from tests.faults.mlflow_server import PASSWORD, USER, Server
from tests.faults.nodes import Nodes
from tests.faults.proxy import Proxy
from tests.faults.resume_damage import SWEEP, write_world
from tests.faults.short_world import CLOCK
from tests.faults.verify import Whole, problems_of

LIMIT_S = 300.0  # of a sweep
A_SWEEP = 20  # faults
FORMS: dict[str, dict[str, Any]] = {
    "search": {
        "arms": ["none", {"languages": ["deu", "swh"], "name": "two"}], "seeds": [0], "concurrency": 1,
        "search": {"kind": "evolution", "n_samples": 8, "size": [1, 3], "distances": ["featural"], "seed": 1},
    },
    "arms": {
        "arms": ["none", "full", {"languages": ["deu"], "name": "one"}, {"languages": ["swh", "wol"], "name": "two"}],
        "seeds": [0, 1, 2, 3, 4, 5],
    },
}  # fmt: skip
SHAPES = [Shape(trials, form) for trials in ("sleeping", "real") for form in FORMS]
Say = Callable[[str], None]


def write_sweeps(root: Path) -> None:
    """The data and a file for each shape."""
    write_world(root / "world")
    settings: dict[str, Any] = SWEEP["run"]  # type: ignore[assignment]
    run = {
        **settings, "data": {"source": "folder", "root": str(root / "world")}, "checkpoint_steps": 20,
        "realign": {**settings["realign"], "n_steps": 80, "learning_rate": 3e-3},
        "finetune": {**settings["finetune"], "n_steps": 120, "learning_rate": 3e-3},
    }  # fmt: skip
    # A trial that counts as failed, since it was killed too often, is a part of what its search is told.
    resources = {"cpu": 1, "gpu": 0, "max_failures": 20}
    for shape in SHAPES:
        document = {"name": str(shape), "run": run, "resources": resources}
        seeds = {"seeds": [0, 1, 2]} if str(shape) == "real-arms" else {}
        (root / f"{shape}.yaml").write_text(write_yaml({**document, **FORMS[shape.form], **seeds}))


@contextlib.contextmanager
def world_below(root: Path, with_server: bool, say: Say) -> Iterator[World]:
    """Everything that episodes share, ended with the block."""
    with contextlib.ExitStack() as stack:
        stack.callback(_restore, dict(os.environ))
        os.environ |= {
            "PYTHONPATH": str(ROOT), CLOCK: str(root / "clock"), "OMP_NUM_THREADS": "1",
            "MLFLOW_TRACKING_USERNAME": USER, "MLFLOW_TRACKING_PASSWORD": PASSWORD,
        }  # fmt: skip
        nodes = Nodes()
        stack.callback(nodes.close)
        drivers = Drivers()
        stack.callback(drivers.close)
        disk: Path | None = root / f"disk-{os.getpid()}"  # one that was killed has left its own
        try:
            assert disk is not None
            stack.enter_context(small_disk(disk))
        except PermissionError as error:
            say(f"no disk is filled: {error}")
            disk = None
        server = None
        if with_server:
            (root / "lab").mkdir(exist_ok=True)
            lab = stack.enter_context(Server(root / "lab"))
            lab.start()
            server = lab, Proxy(lab.port)
            stack.callback(server[1].close)
        yield World(root, nodes, drivers, disk, server)


def _restore(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ |= environment


def undisturbed(world: World, shape: Shape) -> Whole:
    """What a sweep of this shape has in the end, run once."""
    episode = Episode(world, -1, shape, random.Random(0), on_server=False)
    episode.root = world.root / "undisturbed"
    episode.folder = SweepFolder.below(episode.root, str(shape))
    if not (episode.folder.root / "report.csv").exists():
        world.nodes.exactly(2)
        episode.finish(LIMIT_S)
        if episode.wrong:
            raise RuntimeError(f"{episode.wrong}: {episode.log.read_text()[-3000:]}")
    return Whole.of(episode.folder)


def disturb(
    world: World, number: int, seed: int, n_faults: int, say: Say, shape: Shape | None = None,
    kinds: Sequence[str] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """One episode; returns its faults, each with what was wrong in the end.

    Args:
        shape, kinds: of the sweep and of its faults, in their order; else they are drawn.
    """
    rng = random.Random(f"{seed}/{number}")
    drawn = rng.choices(SHAPES, weights=[2, 2, 1, 1])[0]
    shape = shape or drawn
    whole = undisturbed(world, shape)
    world.clock.write_text("0")
    episode = Episode(world, number, shape, rng, on_server=rng.random() < 0.6)
    weights = possible(episode)
    kinds = kinds or rng.choices(list(weights), weights=list(weights.values()), k=n_faults)
    world.nodes.exactly(1 if "late" in kinds else 2)
    say(f"episode {number}: {shape}, {'a server' if episode.on_server else 'SQLite'}: {', '.join(kinds)}")
    began_s, done = time.monotonic(), list[dict[str, Any]]()
    try:
        for kind, at in zip(kinds, sorted(rng.random() for _ in kinds), strict=True):
            n_records = int(0.8 * at * len(whole.trials))
            if not episode.wait_for(n_records, LIMIT_S):
                break
            time.sleep(rng.uniform(0, 1))
            did = "" if episode.over else FAULTS[kind][0](episode)
            if did:
                say(f"  {time.monotonic() - began_s:5.0f} s, {episode.n_records:2} records: {kind}: {did}")
                done.append({"episode": number, "shape": str(shape), "kind": kind, "did": did})
        episode.finish(LIMIT_S)
    finally:
        episode.end()
    world.clock.write_text("0")
    episode.settle()
    steps = episode.steps if shape.trials == "sleeping" and not episode.two_ran else None
    wrong = episode.wrong or problems_of(episode.folder, whole, episode.uri, episode.study, steps)
    seconds = round(time.monotonic() - began_s)
    say(f"  {'WRONG: ' + '; '.join(wrong) if wrong else 'identical'}, {seconds} s")
    if wrong:
        shutil.copytree(episode.root, world.root / f"wrong-{number}", dirs_exist_ok=True)
    shutil.rmtree(episode.root, ignore_errors=True)
    return [{**one, "wrong": wrong, "seconds": seconds} for one in done]


def inject(
    root: Path, *, seed: int, n_faults: int, server: bool = True, limit_s: float = float("inf"), say: Say
) -> list[dict[str, Any]]:  # fmt: skip
    """Episodes until so many faults were injected; returns all faults, those of earlier calls with this `root` too."""
    write_sweeps(root)
    listed = root / f"faults-{seed}.jsonl"
    done = [json.loads(line) for line in listed.read_text().splitlines()] if listed.exists() else []
    began_s = time.monotonic()
    with world_below(root, server, say) as world:
        number = max((one["episode"] for one in done), default=-1) + 1
        while len(done) < n_faults and time.monotonic() < began_s + limit_s:
            faults = disturb(world, number, seed, min(A_SWEEP, n_faults - len(done)), say)
            done += faults
            with listed.open("a") as file:
                file.writelines(as_line(**one) for one in faults)
            number += 1
    return done


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--out", type=Path, help="where to keep what was done, to go on with it")
    parser.add_argument("--no-server", action="store_true", help="without the faults of a tracking server")
    parser.add_argument("--limit-s", type=float, default=float("inf"))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # by way of all that is to be ended
    with tempfile.TemporaryDirectory() as temporary:
        root = (options.out or Path(temporary)).absolute()
        root.mkdir(parents=True, exist_ok=True)
        faults = inject(
            root, seed=options.seed, n_faults=options.faults, server=not options.no_server, limit_s=options.limit_s,
            say=lambda text: print(text, flush=True),
        )  # fmt: skip
    for kind, n in sorted(Counter(one["kind"] for one in faults).items()):
        print(f"{n:5} {kind}")
    wrong = sorted({one["episode"] for one in faults if one["wrong"]})
    print(f"{len(faults)} faults, wrong: {wrong or 'nothing'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
