"""A trial that fits nowhere is refused instead of waited for."""

from collections.abc import Callable
from typing import Any

import pytest

from sweep.config.sections import SweepConfig
from sweep.execution.ray_session import check_cluster_resources, check_local_resources
from trainables.mapping import ConfigError


@pytest.mark.parametrize(
    ("resources", "nodes", "fits"),
    [
        ({"cpu": 1}, [{"CPU": 1.0}], True),
        ({"cpu": 2}, [{"CPU": 1.0}, {"CPU": 1.0}], False),  # a trial cannot be spread over nodes
        ({"cpu": 1, "gpu": 0.25}, [{"CPU": 4.0, "GPU": 1.0}], True),
        ({"cpu": 1, "gpu": 0.25}, [{"CPU": 4.0}], False),
        ({"cpu": 4, "gpu": 1}, [{"CPU": 8.0}, {"CPU": 1.0, "GPU": 8.0}], False),
        ({"cpu": 1}, [], False),
    ],
)
def test_fit(
    config_of: Callable[..., SweepConfig], resources: dict[str, Any], nodes: list[dict[str, float]], fits: bool
) -> None:
    config = config_of(resources=resources)
    if fits:
        check_cluster_resources(config, nodes)
        return
    with pytest.raises(ConfigError, match="must fit on one node"):
        check_cluster_resources(config, nodes)


def test_declared_gpus_count_and_absent_ones_do_not(config_of: Callable[..., SweepConfig]) -> None:
    check_local_resources(config_of(resources={"gpu": 0.25}, cluster={"gpus": 1}))
    with pytest.raises(ConfigError, match="1 CPUs and 0.25 GPUs"):
        check_local_resources(config_of(resources={"gpu": 0.25}, cluster={"gpus": 0}))
    with pytest.raises(ConfigError, match=r"must fit on one node \(2 CPUs"):
        check_local_resources(config_of(resources={"cpu": 3}, cluster={"cpus": 2}))
