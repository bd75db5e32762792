"""Slots: how many trials a Ray cluster holds at a time, which is how many a search is asked for.

The number changes with the cluster: a node that joins is used, one that is lost is not waited for.
"""

import math
import time
from collections.abc import Callable

import ray

from sweep.config.sections import TrialResources
from sweep.trials.slots import n_slots

REFRESH_S = 1.0


def live_nodes() -> list[dict[str, float]]:
    """What each node of the cluster has in all."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


class ClusterSlots:
    """Calling it gives the number of trials that the cluster holds now, at least 1.

    Args:
        nodes: see `live_nodes`; looked at again after REFRESH_S.
        clock_s: seconds that never go back.
    """

    def __init__(
        self,
        resources: TrialResources,
        nodes: Callable[[], list[dict[str, float]]] = live_nodes,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.resources, self._nodes, self._clock_s = resources, nodes, clock_s
        self._n, self._looked_s = 1, -math.inf

    def __call__(self) -> int:
        """Trials, running ones included."""
        now_s = self._clock_s()
        if now_s - self._looked_s >= REFRESH_S:
            self._n, self._looked_s = max(1, n_slots(self._nodes(), self.resources)), now_s
        return self._n
