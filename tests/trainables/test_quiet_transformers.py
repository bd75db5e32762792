"""The libraries are quiet inside, and as the user has set them afterwards."""

from collections.abc import Iterator

import pytest
from transformers.utils import logging

from trainables.quiet_transformers import quiet_transformers


@pytest.fixture
def kept() -> Iterator[None]:
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    yield
    logging.set_verbosity(level)
    (logging.enable_progress_bar if bars else logging.disable_progress_bar)()


@pytest.mark.parametrize("bars", [True, False])
def test_level_and_bars_come_back_also_after_an_error(bars: bool, kept: None) -> None:
    logging.set_verbosity_info()
    (logging.enable_progress_bar if bars else logging.disable_progress_bar)()
    with pytest.raises(KeyError), quiet_transformers():
        assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == (logging.ERROR, False)
        raise KeyError
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == (logging.INFO, bars)
