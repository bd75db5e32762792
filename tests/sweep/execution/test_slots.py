"""How many trials a cluster holds, on a clock of our own."""

from sweep.config.sections import TrialResources
from sweep.execution.slots import REFRESH_S, ClusterSlots


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
