"""The point search "optuna": tree-structured Parzen estimator over the same space. The only importer of optuna."""

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from sweep.config.dimensions import Dimension
from sweep.search.points import Point, PointSearch, Space, Told
from trainables.stepping.derived_seed import derived_seed


class OptunaSearch(PointSearch):
    """Tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization").

    Running trials count as bad ones until they are told (Optuna's constant liar), so that parallel trials differ.
    """

    def __init__(self, space: Space, seed: int) -> None:
        super().__init__(space, seed)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = optuna.create_study(direction="maximize")
        self._distributions = {key: distribution_of(dimension) for key, dimension in self.space.items()}
        self._asked: dict[int, int] = {}  # our number of a running trial -> the study's

    def ask(self, number: int) -> Point | None:
        """Asks the study, with a sampler seeded by `number`."""
        seed = derived_seed(self.seed, f"optuna/{number}") % 2**32
        self._study.sampler = optuna.samplers.TPESampler(seed=seed)
        trial = self._study.ask(self._distributions)
        self._asked[number] = trial.number
        return _plain(trial.params, self.space)

    def tell(self, told: Told) -> None:
        """Tells the study: failed as failed, stopped as pruned, which ranks below all complete ones.

        A point that it was not asked for, or an end after a failure, is one more trial of the study.
        """
        number = None if told.number is None else self._asked.pop(told.number, None)
        if number is None:
            self._add(told.point, told)
        else:
            self._study.tell(number, _value(told), state=_optuna_state(told))

    def restore(self, asked: Mapping[int, Point], told: Sequence[Told], state: Mapping[str, Any]) -> None:
        """The study's trials stand in the order of asking, as they would have: the sampler's draws depend on it."""
        ends: dict[int | None, Told] = {}
        later = []
        for outcome in told:
            if outcome.number in asked and outcome.number not in ends:
                ends[outcome.number] = outcome
            else:
                later.append(outcome)
        for number, point in asked.items():
            if number not in ends:
                self._asked[number] = len(self._study.trials)
            self._add(point, ends.get(number))
        for outcome in later:
            self._add(outcome.point, outcome)

    def _add(self, point: Point, told: Told | None) -> None:
        """A trial that this study was not asked for; running if it has no end."""
        self._study.add_trial(
            create_trial(
                params={key: key_of(point[key]) for key in self.space},
                distributions=self._distributions,
                value=_value(told) if told else None,
                state=_optuna_state(told) if told else TrialState.RUNNING,
            )
        )


def _optuna_state(told: Told) -> TrialState:
    if told.stopped_at is not None:
        return TrialState.PRUNED
    return TrialState.FAIL if told.score is None else TrialState.COMPLETE


def _value(told: Told) -> float | None:
    return told.score if told.stopped_at is None else None


def distribution_of(dimension: Dimension) -> BaseDistribution:
    """The same values to draw from, as Optuna says it."""
    bounds = dimension.bounds
    if dimension.kind == "choice":
        return CategoricalDistribution([key_of(value) for value in bounds])
    if dimension.kind == "randint":
        return IntDistribution(*bounds)
    return FloatDistribution(*bounds, log=dimension.kind == "loguniform")


def key_of(value: Any) -> Any:
    """Optuna's categories must be scalars: a list is shown to it as text."""
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)


def _plain(params: Mapping[str, Any], space: Space) -> Point:
    """Parameters as our own values: a choice is looked up by its text, as 1, 1.0 and True are equal to Python."""
    point = dict(params)
    for key, dimension in space.items():
        if dimension.kind == "choice":
            point[key] = {repr(key_of(choice)): choice for choice in dimension.bounds}[repr(params[key])]
    return point
