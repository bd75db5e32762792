"""What is known of a sweep's time: what was measured here before, else what records say, else nothing."""

from collections.abc import Callable, Collection

from sweep.folders import SweepFolder
from sweep.plan import Plan
from sweep.prediction.measuring import SAID, measure, measured
from sweep.prediction.predict import Prediction, predict
from sweep.prediction.recorded import recorded


def known_prediction(
    plan: Plan, folder: SweepFolder, plan_s: float = 0.0, over: Collection[str] = ()
) -> Prediction | None:
    """Of what is left of a sweep, without measuring anything; None where nothing is known.

    Args:
        plan_s: what it took to make the plan. over: names of trials that are over.
    """
    if costs := measured(plan):
        return predict(plan, costs, SAID, plan_s, over)
    if found := recorded(plan, folder):
        return predict(plan, found.costs, found.source, plan_s, over)
    return None


def measured_prediction(plan: Plan, say: Callable[[str], None], plan_s: float = 0.0) -> Prediction:
    """Measures now, whatever is known.

    Raises:
        ValueError: whatever a trial would refuse.
    """
    return predict(plan, measure(plan, say), SAID, plan_s)
