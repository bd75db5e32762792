"""Runs one configuration: realign, fine-tune, evaluate. Knows nothing of sweeps, searchers or MLflow.

The names below are imported on first use.
"""

from typing import TYPE_CHECKING

from search_spaces.lazy_names import lazy_names

if TYPE_CHECKING:
    from trainables.data.folder import DataFolder
    from trainables.encoders import ENCODERS
    from trainables.encoders.load import load_encoder
    from trainables.evaluation.scores import ScoreRow, mean_score
    from trainables.parallel_data import SOURCES
    from trainables.realignment.objectives import OBJECTIVES
    from trainables.run import Run
    from trainables.run_config import RunConfig
    from trainables.tasks import TASKS

__all__ = [
    "ENCODERS", "OBJECTIVES", "SOURCES", "TASKS", "DataFolder", "Run", "RunConfig", "ScoreRow", "load_encoder",
    "mean_score",
]  # fmt: skip

_MODULES = {
    "DataFolder": "data.folder", "ENCODERS": "encoders", "load_encoder": "encoders.load",
    "ScoreRow": "evaluation.scores", "mean_score": "evaluation.scores", "SOURCES": "parallel_data",
    "OBJECTIVES": "realignment.objectives", "Run": "run", "RunConfig": "run_config", "TASKS": "tasks",
}  # fmt: skip

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
