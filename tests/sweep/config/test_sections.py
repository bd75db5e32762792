"""The sections of a sweep file as values."""

import dataclasses

import pytest

from sweep.config.dimensions import Dimension
from sweep.config.load import load_config
from sweep.config.sections import SearchConfig


def test_configs_are_frozen() -> None:
    config = load_config("quickstart")
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.name = "other"  # type: ignore[misc]


def test_a_search_is_of_sets_or_of_a_space_or_empty() -> None:
    space = {"realign.temperature": Dimension(choice=(0.1,))}
    points, sets = SearchConfig(kind="random", n_samples=3), SearchConfig(kind="random-sets", n_samples=3, size=4)
    assert (points.of_sets, points.is_empty({}), points.is_empty(space)) == (False, True, False)
    assert (sets.of_sets, sets.is_empty({}), sets.is_empty(space)) == (True, False, False)
