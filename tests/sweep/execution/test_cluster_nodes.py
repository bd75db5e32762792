"""What nodes must have in common; asking them for real is tested where a cluster of several nodes is joined."""

from collections.abc import Callable
from pathlib import Path

import pytest
from ray.cluster_utils import Cluster

from sweep.config.sections import SweepConfig
from sweep.execution.cluster_nodes import check_address, check_nodes, handed_on, problem_of_nodes
from sweep.execution.ray_session import ray_session
from sweep.records.provenance import versions

GOOD = {
    "missing": [], "version": versions()["realign-sweep"], "python": "/env/bin/python",
}  # fmt: skip


def test_the_hubs_cache_is_handed_on_and_no_token() -> None:
    environment = {"HF_HOME": "/shared/hf", "HF_HUB_OFFLINE": "1", "HF_TOKEN": "geheim", "PATH": "/bin"}
    assert handed_on(environment) == {"HF_HOME": "/shared/hf", "HF_HUB_OFFLINE": "1"}


@pytest.mark.parametrize("address", ["ray://head:10001", "http://head:8265", "https://head"])
def test_addresses_for_clients_are_answered_in_words(address: str) -> None:
    with pytest.raises(ValueError, match="ray job submit --address http://HEAD:8265 -- realign-sweep run"):
        check_address(address)
    check_address("auto")
    check_address("head:6379")


@pytest.mark.parametrize(
    ("lack", "said"),
    [
        ({"missing": ["sweep", "torch"], "version": None}, "node-b lacks sweep, torch in /env/bin/python"),
        ({"version": "0.0.1"}, "node-b has 0.0.1"),
    ],
)
def test_what_a_node_lacks_is_said_in_one_sentence(lack: dict[str, object], said: str) -> None:
    problem = problem_of_nodes({"node-a": GOOD, "node-b": {**GOOD, **lack}})
    assert said in problem and "\n" not in problem
    assert problem_of_nodes({"node-a": GOOD, "node-c": None}) == ""


WITHOUT_US = """\
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("sweep", "trainables", "search_spaces"):
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Hidden())
"""


@pytest.mark.slow
def test_a_real_node_without_the_software_is_named(config_of: Callable[..., SweepConfig], tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "sitecustomize.py").write_text(WITHOUT_US)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        cluster.add_node(num_cpus=1, env_vars={"PYTHONPATH": str(tmp_path / "bare")})
        with (
            pytest.raises(
                ValueError, match="must have realign-sweep installed, but .* lacks sweep, trainables, search"
            ),
            ray_session(config_of(), cluster.address, print),
        ):
            check_nodes()
    finally:
        cluster.shutdown()
