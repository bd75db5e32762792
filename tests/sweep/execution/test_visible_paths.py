"""What a node cannot see is refused or said before anything trains."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from sweep.config.sections import SweepConfig
from sweep.execution.visible_paths import Node, check_nodes_see, nodes_of
from sweep.folders import SweepFolder
from trainables.mapping import ConfigError

NODES = [Node("1", "head"), Node("2", "worker")]


def blind(*lost: Path) -> Callable[[str, Sequence[str]], list[str]]:
    """The worker lacks what is lost."""
    return lambda node, paths: [path for path in paths if node == "2" and Path(path) in lost]


def test_what_trials_read_must_be_everywhere(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, data: Path
) -> None:
    config, said = config_of(), list[str]()
    check_nodes_see(config, folder, NODES, blind(), said.append)
    assert not said
    with pytest.raises(ConfigError) as refused:
        check_nodes_see(config, folder, NODES, blind(data), said.append)
    (problem,) = refused.value.problems
    assert f"`run.data.root` must be seen by every node, but {data} is not there on worker" in problem


def test_what_they_share_is_said(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    said: list[str] = []
    check_nodes_see(config_of(), folder, NODES, blind(folder.root, folder.store), said.append)
    assert "checkpoints are lost" in said[0] and "stages are built once a node" in said[1] and "on worker" in said[0]
    check_nodes_see(config_of(run={"store": "s3://bucket/x"}), folder, NODES, blind(folder.store), said.append)
    assert len(said) == 2


def test_nodes_without_cpus_run_no_trial() -> None:
    def node(name: str, alive: bool, **resources: float) -> dict[str, Any]:
        return {"NodeID": name, "NodeManagerHostname": name, "Alive": alive, "Resources": resources}

    assert nodes_of([node("a", True, CPU=2.0), node("b", False, CPU=2.0), node("c", True, memory=1.0)]) == [
        Node("a", "a")
    ]
