"""How many trials fit: by hand, and on a clock of our own."""

import math

import pytest

from sweep.config.sections import TrialResources
from sweep.execution.slots import REFRESH_S, ClusterSlots, n_slots


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


def test_a_node_that_joins_counts_and_one_that_is_lost_does_not() -> None:
    nodes, now = [{"CPU": 1.0}], [0.0]
    slots = ClusterSlots(TrialResources(), nodes=lambda: nodes, clock_s=lambda: now[0])
    assert slots() == 1
    nodes.append({"CPU": 2.0})
    assert slots() == 1  # Ray is not asked at every step
    now[0] += REFRESH_S
    assert slots() == 3
    nodes.clear()
    now[0] += REFRESH_S
    assert slots() == 1  # something waits, or Tune would believe that all is over
