"""Curves: what the steps of a run's stages said (loss, learning rate ...), thinned to a size that a record can hold.

A stage that was taken from the store has no curve here: the run that trained it has it.
"""

import math
import time
from typing import Any

from trainables.stepping.progress import Progress

CURVE_POINTS = 100  # of a stage at most
STEP, TIME = "step", "time_s"

Curve = dict[str, list[Any]]
"""Columns of equal length: "step", "time_s" (seconds since 1970) and one a metric; None = was not a finite number."""


class Curves:
    """The curves of a run, by the name of the stage.

    Args:
        saved: what `all` held before a restart.
    """

    def __init__(self, saved: dict[str, Curve] | None = None) -> None:
        self.all: dict[str, Curve] = {
            stage: {name: list(values) for name, values in curve.items()} for stage, curve in (saved or {}).items()
        }
        self._new: list[dict[str, Any]] = []

    def add(self, stage: str, progress: Progress) -> None:
        """Keeps a step if it is the first of its hundredth of the stage, or the last of all.

        What a restarted stage repeats takes the place of what it had said before.
        """
        if not progress.metrics:
            return
        curve = self.all.setdefault(stage, {name: [] for name in (STEP, TIME, *progress.metrics)})
        while curve[STEP] and curve[STEP][-1] >= progress.step:
            for values in curve.values():
                values.pop()
        last, n_steps = curve[STEP][-1] if curve[STEP] else 0, progress.n_steps
        # Steps count from 1: (step - 1) lets the first one fall into the first part.
        is_first = not last or _part(progress.step, n_steps) > _part(last, n_steps)
        if not is_first and progress.step < n_steps:
            return
        said = {STEP: progress.step, TIME: round(time.time(), 3), **progress.metrics}
        point = {name: _finite(said.get(name)) for name in curve}
        for name, values in curve.items():
            values.append(point[name])
        self._new.append(point)

    def take_new(self) -> Curve:
        """The points since the last call, which are all of one stage if it is made after every bite; may be empty."""
        new, self._new = self._new, []
        return {name: [point[name] for point in new] for name in (new[0] if new else ())}


def _part(step: int, n_steps: int) -> int:
    """Which of the stage's parts a step is in, from 0. One point is left for the last step."""
    return (step - 1) * (CURVE_POINTS - 1) // max(1, n_steps)


def _finite(value: Any) -> Any:
    return value if isinstance(value, int | float) and math.isfinite(value) else None
