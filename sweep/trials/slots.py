"""How many trials fit on nodes at a time: Ray places a trial on one node, and shares of a GPU on one card."""

import math
import os
from collections.abc import Iterable, Mapping

from sweep.config.sections import SweepConfig, TrialResources
from sweep.trials.gpus import n_cards, n_usable_gpus

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


def misfit(resources: TrialResources, nodes: list[dict[str, float]], joined: bool = False) -> str:
    """Why a trial fits on none of the nodes, in a sentence; "" where it does. It must fit on one.

    Args:
        nodes: what each node has in all: "CPU", "GPU" (infinite where nobody has counted them).
        joined: whether they are somebody else's cluster.
    """
    if n_slots(nodes, resources):
        return ""
    have = "; ".join(map(_text, nodes)) or "no node"
    remedy = "declare more with `cluster.cpus` and `cluster.gpus`"
    if joined:
        remedy = "join a cluster that has them; if it starts such nodes on demand, set `cluster.autoscaling: true`"
    return (
        f"`resources` of a trial must fit on one node ({have}), but are {resources.cpu:g} CPUs and "
        f"{resources.gpu or 0:g} GPUs. Lower them, or {remedy}."
    )


def local_misfit(config: SweepConfig) -> str:
    """`misfit` on this machine, before Ray is started. Ray counts its GPUs itself; that there are none is seen here."""
    gpus: float = math.inf if n_cards() or n_usable_gpus() else 0
    node = {"CPU": float(local_cpus(config)), "GPU": gpus if config.cluster.gpus is None else config.cluster.gpus}
    return misfit(config.resources, [node])


def _text(node: Mapping[str, float]) -> str:
    gpus = node.get("GPU", 0)
    return f"{node.get('CPU', 0):g} CPUs" + ("" if math.isinf(gpus) else f", {gpus:g} GPUs")


def local_cpus(config: SweepConfig) -> int:
    """CPUs of the local Ray: the declared ones, or those this process may use."""
    if config.cluster.cpus:
        return config.cluster.cpus
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1  # macOS has none
