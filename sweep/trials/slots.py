"""How many trials fit on nodes at a time: Ray places a trial on one node, and shares of a GPU on one card."""

import math
import os
from collections.abc import Iterable, Mapping

from sweep.config.sections import SweepConfig, TrialResources

TOLERANCE = 1e-6  # of Ray's fixed-point numbers: ten tenths of a card are ten trials


def slots_on(node: Mapping[str, float], cpu: float, gpu: float) -> int:
    """Trials of `cpu` CPUs and `gpu` GPUs that fit on a node with these resources ("CPU", "GPU") in all."""
    n = math.floor(node.get("CPU", 0) / cpu + TOLERANCE)
    if gpu:
        cards, each = node.get("GPU", 0), math.floor(1 / gpu + TOLERANCE)
        n = n if math.isinf(cards) else min(n, math.floor(cards + TOLERANCE) * each)
    return n


def n_slots(nodes: Iterable[Mapping[str, float]], resources: TrialResources) -> int:
    """Trials that fit on `nodes` together."""
    return sum(slots_on(node, resources.cpu, resources.gpu or 0) for node in nodes)


def local_cpus(config: SweepConfig) -> int:
    """CPUs of the local Ray: the declared ones, or those this process may use."""
    if config.cluster.cpus:
        return config.cluster.cpus
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1  # macOS has none
