"""SweepScheduler: first come, first served, and Ray's own early stopping of searched trials at the rungs of `rungs.py`.

Ray's schedulers think in a time that grows by a factor from rung to rung. Here rung number i is told to them as the
time factor**i, so that each of our rungs is one of theirs, whatever it is made of. Arms and repeats are never stopped.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from ray.tune.experiment import Trial
from ray.tune.schedulers import AsyncHyperBandScheduler, FIFOScheduler, MedianStoppingRule, TrialScheduler

from sweep.config.sections import SchedulerConfig
from sweep.records.records import RecordStore
from trainables.signals import TIME_OF
from trainables.stepping.derived_seed import derived_seed

TIME = "rung_time"
NEVER = math.inf
"""Of time slices: Ray takes the last pause of a trial without any to be infinitely long ago."""


class SweepScheduler(FIFOScheduler):
    """Decides which trials go on.

    Args:
        records: the signals they hold are what new trials are compared with after a restart.
        config: which rule; None = stop nothing.
        rungs: the times of the signal at which trials are compared, ascending.
        n_stoppable: searched trials with a number below this may be stopped.
    """

    def __init__(
        self,
        records: RecordStore,
        config: SchedulerConfig | None = None,
        rungs: Sequence[float] = (),
        n_stoppable: int = 0,
    ) -> None:
        super().__init__()
        self.records, self.config, self.rungs, self.n_stoppable = records, config, tuple(rungs), n_stoppable
        self._inner: Any = make_rule(config, len(rungs)) if config is not None and rungs else None
        self._rung_of: dict[str, int] = {}  # Tune's trial id -> rung that it was last compared at
        self._replayed = False

    def on_trial_add(self, tune_controller: Any, trial: Trial) -> None:
        """Called before a trial is queued."""
        self._replay()
        if self._inner is not None and self._may_stop(trial):
            self._add(tune_controller, trial)

    def on_trial_result(self, tune_controller: Any, trial: Trial, result: dict[str, Any]) -> str:
        """The rule's word where the trial has reached a new rung; else it goes on.

        A trial that goes on from a checkpoint tells of the rungs that it reached in an earlier session too.
        """
        if self._inner is None or self.config is None or not self._may_stop(trial):
            return str(TrialScheduler.CONTINUE)
        shown = [_as_result(signal) for signal in result.get("signals", ())] + [result]
        for told in (self._told(trial.trial_id, one) for one in shown):
            if told is not None:
                word = str(self._inner.on_trial_result(tune_controller, trial, told))
                if word != TrialScheduler.CONTINUE:
                    return word
        return str(TrialScheduler.CONTINUE)

    def _may_stop(self, trial: Any) -> bool:
        number = trial.config["number"]
        return number is not None and number < self.n_stoppable

    def _add(self, tune_controller: Any, trial: Any) -> None:
        """Adds a trial to the rule. Ray draws its bracket from NumPy's global generator: here by the trial's number."""
        before = np.random.get_state()
        np.random.seed(derived_seed(0, f"bracket/{trial.config['number']}") % 2**32)
        self._inner.on_trial_add(tune_controller, trial)
        np.random.set_state(before)

    def _told(self, trial_id: str, result: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the rule is told of a result; None where it is at no new rung."""
        if self.config is None or self.config.metric not in result:
            return None
        time = result.get(TIME_OF[self.config.metric])
        if time not in self.rungs or self.rungs.index(time) <= self._rung_of.get(trial_id, -1):
            return None
        rung = self._rung_of[trial_id] = self.rungs.index(time)
        return {TIME: self.config.reduction_factor**rung, self.config.metric: result[self.config.metric]}

    def _replay(self) -> None:
        """Tells the rule, once, what earlier sessions saw."""
        if self._replayed or self._inner is None or self.config is None:
            return
        self._replayed = True
        for record in sorted(self.records.all(), key=lambda record: (record.ended_s, record.trial)):
            past = _PastTrial(record.trial, {"number": record.number})
            if not self._may_stop(past):
                continue
            self._add(_NoController(), past)
            for signal in record.signals:
                told = self._told(past.trial_id, _as_result(signal))
                if told is not None:
                    self._inner.on_trial_result(_NoController(), past, told)


def _as_result(signal: Mapping[str, Any]) -> dict[str, Any]:
    """A signal as it stood in the result that brought it."""
    return {signal["name"]: signal["value"], TIME_OF.get(signal["name"], ""): signal["at"]}


def make_rule(config: SchedulerConfig, n_rungs: int) -> Any:
    """Ray's scheduler for `n_rungs` rungs at the times factor**0, factor**1 ...; None for "none"."""
    factor = config.reduction_factor
    common = {"time_attr": TIME, "metric": config.metric, "mode": "max"}
    if config.kind in ("asha", "hyperband"):
        # Half a rung more, as Ray counts rungs by a logarithm that may fall just short of a whole number.
        return AsyncHyperBandScheduler(
            **common, grace_period=1, max_t=factor ** (n_rungs - 0.5), reduction_factor=factor,
            brackets=1 if config.kind == "asha" else n_rungs, stop_last_trials=False,
        )  # fmt: skip
    if config.kind == "median":
        # Trials with too little company go on at once instead of being paused.
        return MedianStoppingRule(
            **common, grace_period=0, min_samples_required=config.min_samples, min_time_slice=NEVER
        )
    return None


class _PastTrial:
    """A trial of an earlier session, as far as Ray's rules look at it."""

    status = Trial.TERMINATED

    def __init__(self, trial_id: str, config: Mapping[str, Any]) -> None:
        self.trial_id, self.config = trial_id, config


class _NoController:
    """Ray's rules ask it who else is running: nobody."""

    def get_live_trials(self) -> list[Any]:
        return []
