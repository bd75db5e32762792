"""The sections of a sweep file as values."""

import dataclasses

import pytest

from sweep.config.load import load_config


def test_configs_are_frozen() -> None:
    config = load_config("quickstart")
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.name = "other"  # type: ignore[misc]
