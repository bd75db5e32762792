"""The configurations of studies: they load, and the sets that the paper names are the paper's."""

from pathlib import Path

import pytest

from search_spaces.published.subsets import PUBLISHED
from sweep.config.load import load_config

STUDIES = Path(__file__).parents[3] / "studies"


@pytest.mark.parametrize("path", sorted(STUDIES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_study_loads_and_names_published_sets(path: Path) -> None:
    folder = ["run.encoder.name=anywhere"] if path.stem == "one-source" else []  # which the user gives
    config = load_config(str(path), data="anywhere", overrides=folder)
    named = [arm.published for arm in config.arms if arm.published]
    assert set(named) <= set(PUBLISHED)
    assert len(config.seeds) >= 3
    assert config.arms[0].criterion == "none"
