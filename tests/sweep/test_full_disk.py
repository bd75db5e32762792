"""A disk that fills up under a sweep: sentences while it is full, and the undisturbed scores once there is room."""

from pathlib import Path

import pytest

from tests.faults.full_disk import fill

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_sweep_survives_a_full_disk(tmp_path: Path) -> None:
    """Too little for MLflow's database; `python -m tests.faults.full_disk` tries more points."""
    said: list[str] = []
    try:
        assert fill(tmp_path, [900], said.append) == [], said
    except PermissionError as error:
        pytest.skip(str(error))
    assert len(said) >= 7, said
