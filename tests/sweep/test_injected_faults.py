"""A trial, a node and a driver are killed: the sweep ends as it would have. `tests.faults.suite` does far more."""

from pathlib import Path

import pytest

from tests.faults.episode import Shape
from tests.faults.suite import disturb, world_below, write_sweeps

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_sweep_that_is_killed_piece_by_piece_ends_as_it_would_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REALIGN_FAULTS_STEP_S", "0.6")
    said: list[str] = []
    write_sweeps(tmp_path)
    with world_below(tmp_path, with_server=False, say=said.append) as world:
        kinds = ["trial", "node", "driver"]
        faults = disturb(world, 0, 0, len(kinds), said.append, Shape("sleeping", "arms"), kinds)
    assert [one["kind"] for one in faults] == kinds, said
    assert all(one["wrong"] == [] for one in faults), said
