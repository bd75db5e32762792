"""The options of `select` and `replay`."""

from search_spaces.replay.functions import FUNCTIONS
from sweep.commands.options import REPLAY_EPILOG


def test_the_help_names_every_function() -> None:
    assert set(FUNCTIONS) <= set(REPLAY_EPILOG.split())
