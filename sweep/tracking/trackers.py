"""Which trackers show a sweep beside MLflow, by name, and what each needs."""

import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from search_spaces.registry import Lazy, Registry
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.tracking.base import Tracker

MLFLOW, OPTUNA = "mlflow", "optuna"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a tracker is told of a sweep. n_trials: of the whole sweep."""

    folder: SweepFolder
    config: SweepConfig
    n_trials: int


TRACKERS: Registry[Callable[[Shown], Tracker]] = Registry(
    "tracker",
    {
        OPTUNA: Lazy("sweep.tracking.optuna_study:OptunaTracker"),
        "tensorboard": Lazy("sweep.tracking.tensorboard_events:TensorBoardTracker"),
        "wandb": Lazy("sweep.tracking.wandb_runs:WandbTracker"),
    },
)
"""Those that write below the sweep's own folder. MLflow has a store of its own, see `view.py`."""

PACKAGES = {"tensorboard": "tensorboardX", "wandb": "wandb"}


def trackers_of(config: SweepConfig) -> tuple[str, ...]:
    """Names of all that show a sweep: those of its file, and of a search always the Optuna study."""
    searched = () if config.search.is_empty(config.space) else (OPTUNA,)
    return (*dict.fromkeys(config.trackers), *searched)


def check_installed(names: Iterable[str]) -> None:
    """Looks, without importing it, whether what these need is there.

    Raises:
        ValueError: it is not, or one is not known; the sentence says what to do.
    """
    for name in names:
        if name not in (MLFLOW, *TRACKERS):
            known = ", ".join((MLFLOW, *TRACKERS))
            raise ValueError(f"A tracker must be one of {known}, but is {name!r}. Correct `trackers`.")
        package = PACKAGES.get(name)
        if package and importlib.util.find_spec(package) is None:
            raise ValueError(
                f"The tracker {name!r} needs the package {package}, which is not installed. Install it "
                f"(`pip install 'realign-sweep[{name}]'`), or take {name} out of `trackers`."
            )
