"""A space of points with a known best one, for the tests of point searches."""

import math

from sweep.config.dimensions import Dimension
from sweep.search.points import PointSearch, Told

SPACE = {
    "subset.criterion": Dimension(choice=("max-sum", "random")),
    "subset.size": Dimension(randint=(5, 20)),
    "realign.temperature": Dimension(loguniform=(0.01, 1.0)),
    "realign.learning_rate": Dimension(uniform=(0.0, 1.0)),
}


def objective(point: dict[str, object]) -> float:
    """Largest for max-sum at temperature 0.1."""
    temperature = point["realign.temperature"]
    assert isinstance(temperature, float)
    return (point["subset.criterion"] == "max-sum") - abs(math.log10(temperature) + 1)


def tell(
    search: PointSearch, number: int, point: dict[str, object], score: float | None, stopped_at: float | None = None
) -> Told:
    told = Told(trial=str(number), number=number, point=point, score=score, stopped_at=stopped_at)
    search.tell(told)
    return told
