"""Every accepted configuration is read back equal (the driver `tests/fuzz/configs.py` checks any number of them)."""

import runpy
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

CONFIGS = runpy.run_path(str(Path(__file__).parents[2] / "fuzz" / "configs.py"))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32))
def test_an_accepted_configuration_comes_back_equal(seed: int) -> None:
    _, config = next(CONFIGS["accepted"](seed))
    CONFIGS["check"](config)
