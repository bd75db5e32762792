"""Which source of numbers is taken."""

from collections.abc import Callable

import pytest

from sweep.folders import SweepFolder
from sweep.plan import Plan
from sweep.prediction import known
from sweep.prediction.known import known_prediction, measured_prediction
from sweep.prediction.measuring import SAID
from sweep.prediction.recorded import Recorded
from trainables.trial_costs import TrialCosts

COSTS = TrialCosts(stages={}, first_setup_s=1.0)


def test_a_measurement_goes_before_records_and_nothing_is_made_up(
    plan_of: Callable[..., Plan], folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of()
    monkeypatch.setattr(known, "measured", lambda plan: None)
    monkeypatch.setattr(known, "recorded", lambda plan, folder: None)
    assert known_prediction(plan, folder) is None
    monkeypatch.setattr(known, "recorded", lambda plan, folder: Recorded(costs=COSTS, n_trials=3, sweeps=("a", "b")))
    found = known_prediction(plan, folder)
    assert found is not None and found.source == "from 3 recorded trials of the same kind (a, b)"
    monkeypatch.setattr(known, "measured", lambda plan: COSTS)
    found = known_prediction(plan, folder, plan_s=5.0)
    assert found is not None and found.source == SAID
    monkeypatch.setattr(known, "measure", lambda plan, say: COSTS)
    assert measured_prediction(plan, print, plan_s=5.0) == found
