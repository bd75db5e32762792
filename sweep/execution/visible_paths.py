"""What a cluster's nodes cannot see of a sweep's files is said before anything trains, not by every trial."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from sweep.config.paths import paths_of
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from trainables.mapping import ConfigError

LOOK_S = 30.0
MAX_SAID = 8
Look = Callable[[str, Sequence[str]], list[str]]
"""(node, paths) -> those that are not there."""


@dataclass(frozen=True)
class Node:
    """A node of the cluster that trials may run on."""

    id: str
    host: str


def check_cluster_sees(config: SweepConfig, folder: SweepFolder, say: Callable[[str], None]) -> None:
    """`check_nodes_see` of the cluster that this process has joined."""
    check_nodes_see(config, folder, nodes_of(ray.nodes()), look_from, say)


def check_nodes_see(
    config: SweepConfig, folder: SweepFolder, nodes: Sequence[Node], look: Look, say: Callable[[str], None]
) -> None:
    """Looks from every node for what trials read and for the folders that they share.

    Raises:
        ConfigError: a node lacks data, the encoder's folder, alignments or a plug-in: no trial could run there.
    """
    read = paths_of(config)
    shared = {"--mlruns": folder.root}
    store = config.run.store or str(folder.store)
    if "://" not in store:
        shared["run.store"] = Path(store)
    lacking: dict[str, list[str]] = {}
    for node in nodes:
        paths = sorted({str(path) for path in [*read.values(), *shared.values()]})
        for path in look(node.id, paths):
            lacking.setdefault(path, []).append(node.host)
    problems = [
        f"`{key}` must be seen by every node, but {file} is not there on {_named(lacking[str(file)])}. Put it into a "
        "folder that all nodes share, under the same path."
        for key, file in read.items()
        if str(file) in lacking
    ]
    if problems:
        raise ConfigError(problems)
    for key, place in shared.items():
        if str(place) in lacking:
            what = "checkpoints are lost" if key == "--mlruns" else "stages are built once a node"
            say(f"`{key}`: {place} is not there on {_named(lacking[str(place)])}: {what} there. Give a shared folder.")


def nodes_of(found: Sequence[Mapping[str, object]]) -> list[Node]:
    """Of `ray.nodes()`: the living ones with CPUs."""
    return [
        Node(str(node["NodeID"]), str(node.get("NodeManagerHostname") or node.get("NodeName")))
        for node in found
        if node["Alive"] and dict(node["Resources"]).get("CPU")  # type: ignore[call-overload]
    ]


def look_from(node: str, paths: Sequence[str]) -> list[str]:
    """Asks a node by a task of its own; one that does not answer in time is taken to see everything."""
    strategy = NodeAffinitySchedulingStrategy(node, soft=False)
    task = ray.remote(num_cpus=0, max_retries=0, scheduling_strategy=strategy)(_missing)
    answer = task.remote(list(paths))
    ready, _ = ray.wait([answer], timeout=LOOK_S)
    return list(ray.get(answer)) if ready else []


def _missing(paths: list[str]) -> list[str]:
    return [path for path in paths if not Path(path).exists()]


def _named(hosts: Sequence[str]) -> str:
    names = sorted(set(hosts))
    more = len(names) - MAX_SAID
    return ", ".join(names[:MAX_SAID]) + (f" and {more} more" if more > 0 else "")
