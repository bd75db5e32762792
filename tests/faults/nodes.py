"""A Ray cluster of nodes on this machine, which are lost, frozen, preempted and added; trials that are killed."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import psutil
import ray
from ray.cluster_utils import Cluster
from ray.core.generated import autoscaler_pb2

N_CPUS = 2
PATIENCE_S = 60.0
HEALTH = {
    "RAY_health_check_period_ms": "2000", "RAY_health_check_timeout_ms": "10000",
    "RAY_health_check_failure_threshold": "5",
}  # fmt: skip
"""Nodes of a busy machine are given time before Ray takes them for lost."""


class Nodes:
    """A head without CPUs and `n` workers with `N_CPUS` each, made when they are first asked for."""

    def __init__(self) -> None:
        self._cluster: Cluster | None = None
        os.environ.update(HEALTH)  # of the processes that Ray starts

    @property
    def cluster(self) -> Cluster:
        """Alive."""
        if self._cluster is None:
            head = {"num_cpus": 0, "include_dashboard": False}
            self._cluster = Cluster(initialize_head=True, head_node_args=head)
        return self._cluster

    def exactly(self, n: int) -> str:
        """As many workers as this; the cluster's address."""
        while len(self.cluster.worker_nodes) < n:
            self.add()
        for node in list(self.cluster.worker_nodes)[n:]:
            self.cluster.remove_node(node, allow_graceful=False)
        return str(self.cluster.address)

    def add(self) -> Any:
        """One more worker."""
        for _ in range(3):
            try:
                return self.cluster.add_node(num_cpus=N_CPUS)
            except Exception:  # Ray gives a node half a minute, which is little on a machine that is busy otherwise
                self._end_half_started()
        return self.cluster.add_node(num_cpus=N_CPUS)

    def _end_half_started(self) -> None:
        """Ends what no node of ours knows: trials would run there, out of reach of all faults."""
        nodes = (self.cluster.head_node, *self.cluster.worker_nodes)
        known = {info.process.pid for node in nodes for info in self._infos(node)}
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                if child.pid not in known and child.name() == "raylet":
                    kill([child.pid, *(below.pid for below in child.children(recursive=True))])

    def lose(self, node: Any) -> None:
        """SIGKILL for a node and all that runs on it."""
        pids = [process.pid for process in self.processes(node)]
        self.cluster.remove_node(node, allow_graceful=False)
        kill(pids)

    def preempt(self, node: Any) -> None:
        """The announcement that a cloud gives, then the end."""
        client = ray._raylet.GcsClient(address=self.cluster.address)
        reason = autoscaler_pb2.DrainNodeReason.Value("DRAIN_NODE_REASON_PREEMPTION")
        with contextlib.suppress(Exception):  # a node may be lost without a word, too
            client.drain_node(node.node_id, reason, "spot", (time.time_ns() // 1_000_000) + 1000)
        time.sleep(1)
        self.lose(node)

    def freeze(self, node: Any, seconds: float) -> None:
        """A node that says nothing for a while: to Ray, it is as lost as one behind a cut cable."""
        frozen = [psutil.Process(info.process.pid) for info in self._infos(node)] + self.processes(node)
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for process in frozen:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(number)
            time.sleep(seconds if number == signal.SIGSTOP else 0)

    def lose_head(self) -> None:
        """SIGKILL for all processes of the head; the rest of the cluster is cleared away, and made anew when needed."""
        assert self._cluster is not None
        kill([info.process.pid for info in self._infos(self._cluster.head_node)])
        self.close()

    def close(self) -> None:
        """Nothing of the cluster is left."""
        cluster, self._cluster = self._cluster, None
        if cluster is None:
            return
        left = [p.pid for node in (*cluster.worker_nodes, cluster.head_node) for p in self.processes(node)]
        cluster.shutdown()
        kill(left)

    def trials(self) -> dict[int, Any]:
        """The processes that trials run in, by id -> their node."""
        found = {}
        for node in self.cluster.worker_nodes:
            for process in self.processes(node):
                with contextlib.suppress(psutil.Error):
                    title = " ".join(process.cmdline())
                    if title.startswith("ray::") and "Trial" in title:
                        found[process.pid] = node
        return found

    def some_trial(self, over: Any, avoid: Any = None) -> tuple[int, Any] | None:
        """A process that runs a trial, and its node; waits for one.

        Args:
            over: says whether there is no need to wait any longer. avoid: a node that is not meant.
        """
        ends_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends_s and not over():
            for pid, node in sorted(self.trials().items()):
                if node is not avoid:
                    return pid, node
            time.sleep(0.1)
        return None

    def processes(self, node: Any) -> list[psutil.Process]:
        """All below a node's raylet."""
        below = list[psutil.Process]()
        for info in self._infos(node, "raylet"):
            with contextlib.suppress(psutil.Error):
                below += psutil.Process(info.process.pid).children(recursive=True)
        return below

    @staticmethod
    def _infos(node: Any, kind: str | None = None) -> Iterator[Any]:
        for name, infos in (node.all_processes if node is not None else {}).items():
            if kind in (None, name):
                yield from infos


def kill(pids: list[int]) -> None:
    """SIGKILL for each that is still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
