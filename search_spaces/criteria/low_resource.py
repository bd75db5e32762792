"""Low resource: languages with little data, rather than with much."""

from dataclasses import dataclass

import numpy as np

from search_spaces.criteria.base import Criterion
from search_spaces.objectives.base import Objective
from search_spaces.objectives.by_size import mean_over_members
from search_spaces.problem import SelectionProblem

CLASSES = {"4-5": 4.5, "3": 3.0, "<=2": 2.0}
"""An ordinal stand-in: the classes of Joshi et al. (2020) are ranks, and the pools join some of them."""


@dataclass(frozen=True)
class LowResource(Criterion):
    """Minus the mean resource class of the members. A mean, so that sets of different sizes compare.

    Classes after Joshi, Santy, Budhiraja, Bali, Choudhury (2020), "The state and fate of linguistic diversity and
    inclusion in the NLP world" (ACL), in the three pools of Nguyen et al. (2025). "4-5" counts as 4.5, "3" as 3 and
    "<=2" as 2, as if the steps between ranks were equal, which nobody measured; a column of the user's own may hold
    numbers.
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        """Raises ValueError for a language whose class is not known, or neither one of the three nor a number."""
        ranks = np.array([_rank(label) for label in problem.labels("resource")])
        return mean_over_members(-ranks)


def _rank(label: str) -> float:
    if label in CLASSES:
        return CLASSES[label]
    try:
        return float(label)
    except ValueError:
        raise ValueError(
            f"A resource class must be one of {', '.join(CLASSES)} or a number, but is {label!r}. Correct the column."
        ) from None
