"""Optuna's samplers on sets, by random keys: a number in [0, 1] for each candidate; the set with the largest sum wins.

Random keys are Bean's (1994, "Genetic algorithms and random keys for sequencing and optimization"). Every proposal
lies within the rules, which Optuna itself cannot be told. Where the size varies, one more number chooses it. The only
importer of Optuna; a study is built in memory from the history for each proposal, so that nothing is stored on disk
and a resumed search goes on as it would have. Sets that failed are failed trials, stopped ones are pruned trials
(which TPE ranks below all complete ones and the Gaussian process leaves out), those under way are running ones.
"""

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.samplers import BaseSampler, GPSampler, TPESampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from search_spaces.objectives.base import Floats, Ints
from search_spaces.searchers.base import Members, Observation, Searcher, as_key
from search_spaces.searchers.unseen import best_sum

INSIDE, OUTSIDE = 0.75, 0.25
"""Keys of a set that was told without having been asked for."""

STATES = {"complete": TrialState.COMPLETE, "failed": TrialState.FAIL, "stopped": TrialState.PRUNED}
SEEDS = 2**31


class Key(FloatDistribution):
    """A number in [0, 1]. It never changes: copying it for every trial and candidate would take most of the time."""

    def __init__(self) -> None:
        super().__init__(0.0, 1.0)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Key":
        return self


class OptunaSearcher(Searcher):
    """Random keys; subclasses name the sampler."""

    def _sampler(self, seed: int) -> BaseSampler:
        raise NotImplementedError

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._keys: dict[Members, list[float]] = {}
        n = len(self.space.candidates)
        self._names = [*(f"key{i:04d}" for i in range(n)), *(["size"] if self._varies else [])]
        self._distributions: dict[str, BaseDistribution] = dict.fromkeys(self._names, Key())

    @property
    def _sizes(self) -> tuple[int, int]:
        """Least and most languages: no set is smaller than what is required."""
        return max(self.space.min_size, len(self.space.required)), self.space.largest_size

    @property
    def _varies(self) -> bool:
        low, high = self._sizes
        return low < high

    def _next(self, generator: np.random.Generator) -> Ints | None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study = self._study(int(generator.integers(SEEDS)))
            params = study.ask(self._distributions).params
        numbers = np.array([params[name] for name in self._names])
        members = self._decoded(numbers)
        if members is not None:
            self._keys[as_key(members)] = numbers.tolist()
        return members

    def _decoded(self, numbers: Floats) -> Ints | None:
        """The unseen set with the largest sum of keys, of the size that the last number chooses, if there is one."""
        n = len(self.space.candidates)
        if not self._varies:
            return best_sum(self.space, numbers, self._seen)
        low, high = self._sizes
        size = min(high, low + int(numbers[n] * (high - low + 1)))
        found = best_sum(self.space.of_size(size), numbers[:n], self._seen)
        return best_sum(self.space, numbers[:n] - 0.5, self._seen) if found is None else found

    def _study(self, seed: int) -> optuna.Study:
        storage = optuna.storages.InMemoryStorage()
        verbosity = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)  # or each proposal would be announced as a new study
        storage.create_new_study([StudyDirection.MAXIMIZE], self.name)
        optuna.logging.set_verbosity(verbosity)
        study = optuna.load_study(study_name=self.name, storage=storage, sampler=self._sampler(seed))
        for observation in self.observations:
            study.add_trial(self._trial(observation.members, STATES[observation.status], observation))
        for members in self._pending:
            study.add_trial(self._trial(members, TrialState.RUNNING, None))
        return study

    def _trial(self, members: Members, state: TrialState, observation: Observation | None) -> FrozenTrial:
        value = observation.score if observation and state == TrialState.COMPLETE else None
        params = dict(zip(self._names, self._keys_of(members), strict=True))
        return optuna.create_trial(state=state, value=value, params=params, distributions=self._distributions)

    def _keys_of(self, members: Members) -> list[float]:
        if members in self._keys:
            return self._keys[members]
        keys = np.full(len(self._names), OUTSIDE)
        keys[list(members)] = INSIDE
        if self._varies:
            low, high = self._sizes
            keys[-1] = np.clip((len(members) - low + 0.5) / (high - low + 1), 0.0, 1.0)
        listed: list[float] = keys.tolist()
        return listed

    def _own_state(self) -> dict[str, Any]:
        return {"keys": [[list(members), numbers] for members, numbers in self._keys.items()]}

    def _load_own(self, own: Mapping[str, Any]) -> None:
        self._keys = {tuple(members): list(numbers) for members, numbers in own["keys"]}


class OptunaTpeSearcher(OptunaSearcher):
    """Tree-structured Parzen estimator (Bergstra et al. 2011), Optuna's default; running trials count as bad."""

    name: ClassVar[str] = "optuna-tpe"

    def _sampler(self, seed: int) -> BaseSampler:
        return TPESampler(seed=seed, constant_liar=True)


class OptunaGpSearcher(OptunaSearcher):
    """Optuna's Gaussian process (Matern 5/2, a length scale a key)."""

    name: ClassVar[str] = "optuna-gp"

    def _sampler(self, seed: int) -> BaseSampler:
        return GPSampler(seed=seed)
