"""One sweep under faults: its driver, which is started again until all is over, and what can be done to it."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.folders import SweepFolder
from sweep.records.session import RUNNING
from tests.faults.driver import ROOT, Driver, Drivers
from tests.faults.full_disk import filled
from tests.faults.mlflow_server import Server
from tests.faults.nodes import Nodes
from tests.faults.proxy import Proxy
from tests.faults.short_world import SERVER_FACTOR, SPACE

ENDS_S = 120.0  # a driver that has lost its cluster, or its sweep, ends within so many seconds
SILENCE_S = 60.0 / SERVER_FACTOR
JUMPS_S = (-172_800.0, -3_600.0, -30.0, 30.0, 3_600.0, 172_800.0, 1e9)


@dataclass(frozen=True)
class Shape:
    """What sweep is disturbed.

    trials: "sleeping" or "real". form: "search" (one trial at a time) or "arms" (all slots).
    """

    trials: str
    form: str

    def __str__(self) -> str:
        return f"{self.trials}-{self.form}"


@dataclass(frozen=True)
class World:
    """What all episodes share. disk: a small one of its own, or None; server: with a proxy before it, or None."""

    root: Path
    nodes: Nodes
    drivers: Drivers
    disk: Path | None
    server: tuple[Server, Proxy] | None

    @property
    def clock(self) -> Path:
        """By how much the clocks are off."""
        return self.root / "clock"

    def sweep_file(self, shape: Shape) -> Path:
        """Its config."""
        return self.root / f"{shape}.yaml"


class Episode:
    """A sweep, disturbed.

    Args:
        on_server: whether its runs go to the tracking server, and not into a file.
    """

    def __init__(self, world: World, number: int, shape: Shape, rng: random.Random, on_server: bool) -> None:
        self.world, self.shape, self.rng = world, shape, rng
        self.root = (world.disk or world.root) / f"episode-{number}"
        self.name, self.study = str(shape), f"faults-{number}"  # tables name the sweep
        self.folder = SweepFolder.below(self.root / "mlruns", self.name)
        self.on_server = on_server and world.server is not None
        self.log = world.root / f"episode-{number}.log"
        self.log.unlink(missing_ok=True)
        self.process: Driver | None = None
        self.two_ran = False
        self.wrong: list[str] = []

    @property
    def uri(self) -> str:
        """Of the MLflow store, without anything in between."""
        if self.on_server:
            assert self.world.server is not None
            return self.world.server[0].uri
        return self.folder.tracking_uri

    @property
    def n_records(self) -> int:
        """Trials that are over."""
        return len(list(self.folder.records.glob("*.json")))

    def command(self) -> list[str]:
        """What runs the sweep, or what is left of it."""
        begun = self.folder.config.exists() and self.rng.random() < 0.5
        study = ["--set", f"study={self.study}"]
        what = ["resume", self.name] if begun else ["run", str(self.world.sweep_file(self.shape)), *study]
        address = str(self.world.nodes.cluster.address)
        command = [*what, "--mlruns", str(self.folder.mlruns), "--address", address]
        if self.on_server:
            assert self.world.server is not None
            command += ["--tracking-uri", self.world.server[1].uri]
        return command

    def driver(self, machine: str = "") -> Driver:
        """A driver. machine: which one it claims to be on; "" = this one."""
        command = self.command()
        with self.log.open("a") as log:
            log.write(f"--- {' '.join(command)}\n")
        return self.world.drivers.start(self.shape.trials, command, {SPACE: machine}, self.log)

    def start(self, machine: str = "") -> None:
        """The driver."""
        self.process = self.driver(machine)

    @property
    def ended(self) -> bool:
        """Whether no driver runs."""
        return self.process is None or self.process.poll() is not None

    @property
    def over(self) -> bool:
        """Whether a driver has said that nothing is left to do."""
        return self.process is not None and self.process.poll() == 0

    def wait_for(self, n_records: int, limit_s: float) -> bool:
        """Whether so many trials are over before everything is; starts the driver again where it has ended early."""
        ends_s = time.monotonic() + limit_s
        while self.n_records < n_records or not self.folder.config.exists():
            if time.monotonic() > ends_s:
                return False
            if self.ended:
                if self.over:
                    return False
                self.start()
            time.sleep(0.1)
        return True

    def finish(self, limit_s: float) -> None:
        """Until a driver says that all is over."""
        ends_s, n_starts = time.monotonic() + limit_s, 0
        while self.process is None or self.process.returncode != 0:
            if self.ended:
                n_starts += 1
                if n_starts > 5:
                    self.wrong.append(f"not over after {n_starts} more starts")
                    return
                self.start()
            try:
                assert self.process is not None
                self.process.wait(max(0.1, ends_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.wrong.append(f"not over after {limit_s:g} s")
                self.end()
                return
        said = self.log.read_text(errors="replace")
        if "Write it by `realign-sweep sync" in said.rpartition("--- ")[2]:
            self.sync()

    def sync(self) -> None:
        """As a driver says that found no server at its end."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "sweep.commands.main", "sync", self.name, "--mlruns", str(self.folder.mlruns)]
        with self.log.open("ab") as log:
            subprocess.run([*command, "--tracking-uri", self.uri], env=environment, stdout=log, stderr=log, cwd=ROOT)

    def end(self) -> None:
        """No driver runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(ENDS_S)

    def settle(self) -> None:
        """Checks what drivers have said."""
        said = self.log.read_text(errors="replace")
        if "Traceback (most recent call last)" in said:
            self.wrong.append("a traceback")

    # The faults: each does its worst and says in a few words what.

    def trial(self) -> str:
        """A trial's process is killed."""
        found = self.world.nodes.some_trial(lambda: self.ended)
        if found is None:
            return ""
        with contextlib.suppress(ProcessLookupError):
            os.kill(found[0], signal.SIGKILL)
        return "SIGKILL for the process of a trial"

    def node(self) -> str:
        """The node of a trial is lost or frozen; another one joins."""
        found = self.world.nodes.some_trial(lambda: self.ended)
        if found is None:
            return ""
        if self.rng.random() < 0.3:
            self.world.nodes.freeze(found[1], 15)
            with contextlib.suppress(Exception):  # Ray has given it up, and it has ended itself
                self.world.nodes.lose(found[1])
            self.world.nodes.add()
            return "a node was silent for 15 s and came back"
        self.world.nodes.lose(found[1])
        time.sleep(self.rng.choice((0, 2)))
        self.world.nodes.add()
        return "SIGKILL for a node and all its processes"

    def head(self) -> str:
        """The head is lost, and with it the cluster."""
        running, before = not self.ended, self.log.stat().st_size if self.log.exists() else 0
        self.world.nodes.lose_head()
        self._must_end("the loss of the head")
        said = self.log.read_bytes()[before:].decode(errors="replace")
        # A driver that has not yet joined the cluster is told so when it tries to.
        if running and "must answer, but has been silent" not in said and "cluster must answer at" not in said:
            self.wrong.append("nothing was said of the loss of the head")
        self.world.nodes.exactly(2)
        return "SIGKILL for the head"

    def driver_killed(self) -> str:
        """The driver is killed; its sweep is continued here or on what claims to be another machine."""
        if self.ended:
            return ""
        self.end()
        machine = self.rng.choice(("", "another machine"))
        self.start(machine)
        return f"SIGKILL for the driver, continued on {machine or 'the same machine'}"

    def server(self) -> str:
        """The tracking server is killed and started again."""
        assert self.world.server is not None
        self.world.server[0].kill()
        time.sleep(self.rng.uniform(0, 4))
        self.world.server[0].start()
        return "SIGKILL for the MLflow server, which is started again"

    def silence(self) -> str:
        """The tracking server does not answer for a (short) minute."""
        assert self.world.server is not None
        deaf = self.rng.random() < 0.5
        self.world.server[1].silence(SILENCE_S, deaf)
        lost = "answers were lost" if deaf else "nothing got through"
        return f"{SILENCE_S:g} s between driver and MLflow server in which {lost}"

    def disk(self) -> str:
        """The disk is full for some seconds."""
        assert self.world.disk is not None
        free_kb, seconds = self.rng.choice((0, 0, 8, 40, 200)), self.rng.uniform(1, 5)
        with filled(self.world.disk, free_kb):
            time.sleep(seconds)
        return f"{free_kb} kB left on the disk for {seconds:.1f} s"

    def late(self) -> str:
        """A node joins."""
        self.world.nodes.add()
        return "a node joined"

    def preempted(self) -> str:
        """One trial loses its node twice, announced."""
        found = self.world.nodes.some_trial(lambda: self.ended)
        if found is None:
            return ""
        name = self._trial_of(found[0])
        self.world.nodes.preempt(found[1])
        self.world.nodes.add()
        again = self.world.nodes.some_trial(lambda: self.ended)
        ends_s = time.monotonic() + ENDS_S
        while name and again and self._trial_of(again[0]) != name and time.monotonic() < ends_s and not self.ended:
            time.sleep(0.1)
            at_it = [pid for pid in self.world.nodes.trials() if self._trial_of(pid) == name]
            again = (at_it[0], self.world.nodes.trials().get(at_it[0])) if at_it else again
        if again is None or again[1] is None:
            return ""
        self.world.nodes.preempt(again[1])
        self.world.nodes.add()
        return f"two preemptions of the nodes of {name or 'a trial'}"

    def lock(self) -> str:
        """The lock of a running sweep says something else."""
        lock = self.folder.root / RUNNING
        if not lock.exists():
            return ""
        if self.rng.random() < 0.5:
            lock.unlink(missing_ok=True)
            return "the lock's file was removed"
        lock.write_bytes(self.rng.randbytes(100))
        return "the lock's file was overwritten"

    def two_drivers(self) -> str:
        """Somebody else runs the same sweep."""
        if self.ended:
            return ""
        assert self.process is not None
        kind = self.rng.choice(("told", "removed", "frozen"))
        first = self.process
        if kind == "told":
            second = self.driver()
            code = self._ends(second)
            if not first.poll() and code != 2:
                self.wrong.append(f"a second driver ended with {code}")
            return "a second driver was started"
        self.two_ran = True
        if kind == "removed":
            self.start()
            ends_s = time.monotonic() + ENDS_S
            while first.poll() is None and not self.ended and time.monotonic() < ends_s:
                if not self._holder_is_another(first.pid):  # or it makes its lock again before the second one looks
                    (self.folder.root / RUNNING).unlink(missing_ok=True)
                time.sleep(0.02)
            if first.poll() is None and not self.ended:
                self.wrong.append("two drivers ran one sweep to its end")
            elif first.poll() is None:
                self.process = first
            return "a second driver was started while the lock's file was removed, again and again"
        first.send_signal(signal.SIGSTOP)
        self.start("another machine")
        ends_s = time.monotonic() + ENDS_S
        while not self._holder_is_another(first.pid) and time.monotonic() < ends_s and not self.ended:
            time.sleep(0.1)
        first.send_signal(signal.SIGCONT)
        self._ends(first)
        return "a driver was frozen, its sweep taken over from elsewhere, and it woke up"

    def clock(self) -> str:
        """The wall clock of driver and sleeping trials jumps."""
        by_s = self.rng.choice(JUMPS_S)
        self.world.clock.write_text(str(by_s))
        return f"the clock is off by {by_s:g} s"

    def _holder_is_another(self, pid: int) -> bool:
        try:
            return int(json.loads((self.folder.root / RUNNING).read_text())["process"]) != pid
        except (OSError, ValueError, KeyError):
            return False

    def _trial_of(self, pid: int) -> str:
        """What a process of sleeping trials has noted last; "" for others."""
        name = ""
        with contextlib.suppress(OSError):
            for line in self.steps.read_text().splitlines():
                if f'"pid": {pid},' in line:
                    name = str(json.loads(line)["trial"])
        return name

    @property
    def steps(self) -> Path:
        """Where sleeping trials note what they do."""
        return self.folder.mlruns / "steps.jsonl"

    def _must_end(self, after: str) -> None:
        if self.process is not None and self._ends(self.process) is None:
            self.wrong.append(f"a driver went on for {ENDS_S:g} s after {after}")

    def _ends(self, process: Driver) -> int | None:
        """The exit code; None where it took too long, and was killed."""
        try:
            return process.wait(ENDS_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.wrong.append("a driver did not end")
            return None


FAULTS: dict[str, tuple[Callable[[Episode], str], int]] = {
    "trial": (Episode.trial, 4), "node": (Episode.node, 2), "head": (Episode.head, 1),
    "driver": (Episode.driver_killed, 2), "server": (Episode.server, 1), "silence": (Episode.silence, 3),
    "disk": (Episode.disk, 3), "late": (Episode.late, 1), "preempted": (Episode.preempted, 1),
    "lock": (Episode.lock, 3), "two drivers": (Episode.two_drivers, 1), "clock": (Episode.clock, 3),
}  # fmt: skip
"""Kind -> what does it, and how often it is drawn beside the others."""


def possible(episode: Episode) -> dict[str, int]:
    """The kinds that an episode may see, with their weights."""
    weights = {kind: weight for kind, (_, weight) in FAULTS.items()}
    if not episode.on_server:
        del weights["server"], weights["silence"]
    if episode.world.disk is None:
        del weights["disk"]
    return weights


def as_line(**fields: Any) -> str:
    """Of the list of faults."""
    return json.dumps(fields) + "\n"
