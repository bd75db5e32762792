"""What a cluster's nodes must have in common: the software, and where the hub's cache is. Files: `visible_paths`.

On a node without the software each trial would fail with a traceback of Ray's.
"""

import os
from collections.abc import Mapping
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from sweep.records.provenance import versions

OURS = "realign-sweep"
NEEDED = ("sweep", "trainables", "search_spaces", "torch", "transformers")
HANDED_ON = (
    "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_ENDPOINT", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE",
)  # fmt: skip
"""Of the driver's environment, for every trial; no token: Ray writes them into a log that others may read."""
ANSWER_S = 120.0
NOT_CLUSTERS = ("ray://", "http://", "https://")


def handed_on(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Where trials find the hub's cache, and whether they may ask the hub."""
    return {name: environment[name] for name in HANDED_ON if name in environment}


def check_address(address: str) -> None:
    """Refuses the addresses of Ray that are not a cluster's own.

    Raises:
        ValueError: it is that of Ray's client or of its jobs.
    """
    if address.startswith(NOT_CLUSTERS):
        raise ValueError(
            f"`--address` must be that of the cluster a node of which runs this command (`auto` or HOST:PORT), but "
            f"{address} is for clients outside, through which Ray Tune does not run. Log in to a node of the cluster, "
            "or hand the command over: `ray job submit --address http://HEAD:8265 -- realign-sweep run ... "
            "--address auto`."
        )


def check_nodes() -> None:
    """Asks every node of the joined cluster whether it has the software.

    Raises:
        ValueError: a node lacks it, or has another version.
    """
    if problem := problem_of_nodes(ask_nodes()):
        raise ValueError(problem)


def problem_of_nodes(answers: Mapping[str, Mapping[str, Any] | None]) -> str:
    """One sentence on the first node where no trial could run, or "".

    Args:
        answers: of the nodes, by name; one that did not answer is taken to be all right.
    """
    for name, answer in sorted(answers.items()):
        if answer is None:
            continue
        if answer["missing"]:
            return (
                f"Every node of the cluster must have realign-sweep installed, but {name} lacks "
                f"{', '.join(answer['missing'])} in {answer['python']}. Install it there, or start Ray there from the "
                "environment that has it."
            )
        if answer["version"] != (ours := versions()[OURS]):
            return (
                f"Every node of the cluster must have the same realign-sweep ({ours} here), but {name} has "
                f"{answer['version']}. Install this one there."
            )
    return ""


def ask_nodes(limit_s: float = ANSWER_S) -> dict[str, dict[str, Any] | None]:
    """What each living node says of its software, by its name; None where it does not answer in time."""
    needed, ours = NEEDED, OURS

    def look() -> dict[str, Any]:  # sent as code: the node may not have our modules
        import importlib.metadata
        import importlib.util
        import sys

        def lacks(name: str) -> bool:
            try:
                return importlib.util.find_spec(name) is None
            except ImportError:
                return True

        try:
            found = importlib.metadata.version(ours)
        except importlib.metadata.PackageNotFoundError:
            found = "not installed"
        return {
            "missing": [name for name in needed if lacks(name)],
            "version": found,
            "python": sys.executable,
        }

    asked = {}
    for node in ray.nodes():
        if node["Alive"]:
            where = NodeAffinitySchedulingStrategy(node_id=node["NodeID"], soft=False)
            task = ray.remote(look).options(num_cpus=0, scheduling_strategy=where, max_retries=1)
            asked[task.remote()] = f"{node['NodeManagerHostname']} ({node['NodeManagerAddress']}, {node['NodeID'][:6]})"
    ready, _ = ray.wait(list(asked), num_returns=len(asked), timeout=limit_s)
    answers: dict[str, dict[str, Any] | None] = dict.fromkeys(asked.values())
    for reference in ready:
        try:
            answers[asked[reference]] = ray.get(reference)
        except ray.exceptions.RayError:  # the node has left
            continue
    return answers
