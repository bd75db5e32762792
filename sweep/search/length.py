"""How many trials a sweep has: as planned, or fewer where its search has said that there is no more to try."""

from pathlib import Path

from search_spaces.structured import read_json
from sweep.config.sections import SweepConfig
from sweep.config.space import n_planned, planned_seeds


def n_trials_of(config: SweepConfig, search: Path) -> int:
    """Of a whole sweep, with what its search has said so far.

    Args:
        search: path of the search's file.
    """
    n_arm_trials = len(config.arms) * len(planned_seeds(config))
    return n_trials_in_the_end(search, n_planned=n_planned(config), n_arm_trials=n_arm_trials)


def n_trials_in_the_end(path: Path, *, n_planned: int, n_arm_trials: int) -> int:
    """How many trials a sweep has: fewer than planned where its search has said that there is no more to try.

    Args:
        path: of the search's file. n_planned: all trials. n_arm_trials: those of arms among them.
    """
    n_asked = n_asked_if_exhausted(path)
    return n_planned if n_asked is None else n_arm_trials + n_asked


def n_asked_if_exhausted(path: Path) -> int | None:
    """How many trials a search has asked for, where its file says that there is no more to try; else None."""
    try:
        state = read_json(path)
        return len({one["trial"] for one in state["asked"]}) if state["exhausted"] else None
    except (ValueError, KeyError, TypeError):
        return None  # whoever goes on with the search says what is wrong with it
