"""Staged: work in named stages, done in bites, which can be saved between any two bites.

Owns the bookkeeping of a run, so that `run.py` tells what is done and not how it is interrupted. A stage is a
generator; it starts from its own seed, so what came before it, done here or taken from a store, changes none of its
digits.
"""

import time
from collections.abc import Generator
from typing import Any

import torch

from trainables.shared_stages import WAITING
from trainables.signals import Signal, report_of
from trainables.stepping.curves import Curves
from trainables.stepping.devices import peak_memory_bytes
from trainables.stepping.finite import check_losses
from trainables.stepping.progress import Progress
from trainables.stepping.readings import BLOCK, is_read, read
from trainables.stepping.seeding import RandomState, StageSeeds, seed_stage
from trainables.stepping.training import CheckpointTimer, Training

BITE_S = 3.0  # an `advance` returns after about so many seconds, at the latest at the end of a stage

Stage = Generator[Progress, None, None]


class Staged:
    """Base of a run.

    Args:
        stages: names, in order; of two-part names ("finetune/pos") the second part says on what.
        seed: every stage's own seed is derived from it and the stage's name.
        timer: says when to save within a stage.

    Attributes:
        finished: names of the stages that have ended.
        costs: seconds a stage ("realign_s"), seconds of waiting for others ("waiting_s"), peak memory.
        training: where the loop of the current stage stands.
        curves: what the steps of the stages said.
        signals: what the run has shown on its way. A bite ends with each new one, so that it is reported by itself.
    """

    def __init__(self, stages: list[str], seed: int, device: torch.device, timer: CheckpointTimer) -> None:
        self.stages, self.seed, self.device, self.timer = stages, seed, device, timer
        self.finished: list[str] = []
        self.costs: dict[str, float] = {}
        self.curves = Curves()
        self.signals: list[Signal] = []
        self.training = Training()
        self._work: Stage | None = None  # what is left of the current stage
        self._random: RandomState | None = None  # where the current stage left the generators

    @property
    def stage(self) -> str | None:
        """The one to work on: the first that has not ended; None = all have."""
        return next((stage for stage in self.stages if stage not in self.finished), None)

    @property
    def done(self) -> bool:
        """Whether every stage has ended."""
        return self.stage is None

    def begin(self, stage: str, seeds: StageSeeds) -> Stage:
        """The work of one stage, to be said by the run."""
        raise NotImplementedError

    def advance(self) -> dict[str, Any]:
        """Works on the current stage for some seconds and says where it stands; "checkpoint": whether to save now;
        "curve": the points that the stage's has got.

        Raises:
            DivergedError: a loss or a weight is not finite.
        """
        stage, n_signals = self.stage, len(self.signals)
        if stage is None:
            stage, progress, stage_done, due = "done", Progress(1, 1), True, False
        else:
            progress, stage_done, due = self._bite(stage)
        return {
            "stage": stage, "stage_step": progress.step, "stage_steps": progress.n_steps, "stage_done": stage_done,
            "done": self.done, "checkpoint": stage_done or due, **progress.metrics,
            "curve": self.curves.take_new(),
            **(report_of(self.signals[-1]) if len(self.signals) > n_signals else {}),
        }  # fmt: skip

    def progress_state(self) -> dict[str, Any]:
        """The bookkeeping, plain values and tensors. Write it before the next bite."""
        if self._random is not None:
            self._random.restore()  # they are a part of the training's state
        return {
            "finished": list(self.finished), "costs": dict(self.costs), "training": self.training.state(),
            "signals": [signal.as_dict() for signal in self.signals], "curves": self.curves.all,
        }  # fmt: skip

    def take_progress(self, state: dict[str, Any]) -> None:
        """Goes on from what `progress_state` gave."""
        self.drop_stage()
        self.finished, self.costs = list(state["finished"]), dict(state["costs"])
        self.training = Training(state["training"])
        self.signals = [Signal(**signal) for signal in state["signals"]]
        self.curves = Curves(state.get("curves"))  # checkpoints of earlier versions have none

    def drop_stage(self) -> None:
        """Forgets the current stage's work. What it was building for others is left to them."""
        if self._work is not None:
            self._work.close()
        self._work, self._random, self.training = None, None, Training()
        self.timer.restart()

    def _bite(self, stage: str) -> tuple[Progress, bool, bool]:
        """(last progress, whether the stage has ended, whether to save)."""
        if self._work is None:
            self._work = self.begin(stage, seed_stage(self.seed, stage))
        elif self._random is not None:
            self._random.restore()  # another run in this process may have drawn in between
        progress, stage_done, due, n_signals = Progress(0, 1), False, False, len(self.signals)
        unread: list[Progress] = []
        started_s = bite_started_s = time.perf_counter()
        while not (stage_done or due or len(self.signals) > n_signals) and started_s <= bite_started_s + BITE_S:
            try:
                latest = next(self._work, None)
            except Exception:
                if unread:
                    self._note(stage, unread)  # a loss that was no number is the better reason
                raise
            progress, stage_done = latest or progress, latest is None
            if latest is not None and latest is not WAITING:
                unread.append(latest)
                # Before a stage's end, at which results are stored, all of them.
                if is_read(latest) or len(unread) == BLOCK or latest.step == latest.n_steps:
                    progress = self._note(stage, unread)
            cost, now_s = "waiting_s" if latest is WAITING else f"{stage}_s", time.perf_counter()
            self.costs[cost], started_s = self.costs.get(cost, 0.0) + now_s - started_s, now_s
            due = latest is not WAITING and self.timer.is_due(progress.step)
        if unread:
            progress = self._note(stage, unread)
        self._random = RandomState.now()
        if stage_done:
            self.drop_stage()
            self.finished.append(stage)
            self.costs.update(peak_memory_bytes(self.device))
        return progress, stage_done, due

    def _note(self, stage: str, unread: list[Progress]) -> Progress:
        """Keeps and checks what steps have said since the last time, at least one; empties the list.

        Returns:
            the last of them, read.

        Raises:
            DivergedError: a number is not finite; the text names the first such step.
        """
        steps = read(unread)
        unread.clear()
        for step in steps:
            self.curves.add(stage, step)
            check_losses(stage, step)
        return steps[-1]
