"""The table of functions to replay on."""

import numpy as np
import pytest

from search_spaces.replay.functions import FUNCTIONS


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_is_the_same_in_every_process(name: str) -> None:
    first, second = FUNCTIONS[name].make(3), FUNCTIONS[name].make(3)
    members = first.space.index(first.space.candidates[: first.space.min_size]).tolist()
    assert first.trial(members, 1) == second.trial(members, 1)
    assert np.isfinite(first.trial(members, 1).score) and first.trial(members, 1).duration > 0
