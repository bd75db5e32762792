"""Damage to any file of an interrupted sweep: it ends with the same tables, or says in one sentence why not."""

from pathlib import Path

import pytest

from tests.faults.resume_damage import damage_all

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_an_interrupted_sweep_survives_damage_to_its_files(tmp_path: Path) -> None:
    """As many cases as begin within 20 seconds; `python -m tests.faults.resume_damage` runs them all."""
    said: list[str] = []
    assert damage_all(tmp_path, limit_s=20, seed=0, say=said.append) == [], said
    assert sum(" complete" in line or " refused" in line for line in said) >= 1, said
