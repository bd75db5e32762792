"""How many trials fit: by hand."""

import math
import os
from collections.abc import Callable

import pytest

from sweep.config.sections import SweepConfig, TrialResources
from sweep.trials.slots import local_cpus, n_slots


@pytest.mark.parametrize(
    ("cpu", "gpu", "nodes", "n"),
    [
        (1, 0, [{"CPU": 2.0}, {"CPU": 3.0, "GPU": 1.0}], 5),
        (2, 0, [{"CPU": 3.0}, {"CPU": 3.0}], 2),  # a trial is not spread over nodes
        (1, 1, [{"CPU": 8.0, "GPU": 4.0}, {"CPU": 8.0}], 4),
        (1, 0.25, [{"CPU": 64.0, "GPU": 1.0}], 4),
        (1, 0.25, [{"CPU": 3.0, "GPU": 1.0}], 3),
        (1, 0.4, [{"CPU": 64.0, "GPU": 3.0}], 6),  # two on each card: a share lies on one
        (0.1, 0.1, [{"CPU": 1.0, "GPU": 1.0}], 10),
        (1, 0.5, [{"CPU": 4.0}], 0),
        (2, 0.25, [{"CPU": 8.0, "GPU": math.inf}], 4),  # cards that Ray is still to count
        (1, 0, [], 0),
    ],
)
def test_slots(cpu: float, gpu: float, nodes: list[dict[str, float]], n: int) -> None:
    assert n_slots(nodes, TrialResources(cpu=cpu, gpu=gpu)) == n


def test_the_cpus_of_a_local_ray_are_the_declared_ones_or_those_of_this_process(
    config_of: Callable[..., SweepConfig],
) -> None:
    assert local_cpus(config_of(cluster={"cpus": 7})) == 7
    assert 1 <= local_cpus(config_of()) <= (os.cpu_count() or 1)
