"""Class balance: how evenly a set is spread over families, resource classes or other classes."""

from dataclasses import dataclass

import numpy as np

from search_spaces.criteria.base import Criterion
from search_spaces.objectives.base import Objective
from search_spaces.objectives.by_size import BySize
from search_spaces.objectives.group_counts import GroupCounts
from search_spaces.problem import SelectionProblem


@dataclass(frozen=True)
class ClassBalance(Criterion):
    """Entropy, in bits, of the classes' shares among the members (Shannon 1948): 0 if all are of one class.

    At most log2 of the number of classes or members, whichever is smaller, so that larger sets can reach more. The
    anchor does not count: it is not chosen.

    Plain greedy build-up reaches the optimum for a fixed size without rules (Federgruen, Groenevelt 1986).

    Args:
        column: of the problem's columns ("family", "resource", "area" ...).
    """

    column: str

    def bind(self, problem: SelectionProblem) -> Objective:
        classes, group = np.unique(np.array(problem.labels(self.column)), return_inverse=True)
        count = np.arange(len(group) + 1, dtype=np.float64)
        # entropy of counts c of k members = log k - (sum of c log c) / k
        c_log_c = count * np.log2(np.maximum(count, 1.0))
        inner = GroupCounts(group, np.tile(-c_log_c, (len(classes), 1)))
        return BySize(inner, 1 / np.maximum(count, 1.0), np.log2(np.maximum(count, 1.0)))


@dataclass(frozen=True)
class FamilyBalance(ClassBalance):
    """Entropy of the language families; every isolate is one."""

    column: str = "family"


@dataclass(frozen=True)
class ResourceBalance(ClassBalance):
    """Entropy of the resource classes after Joshi et al. (2020)."""

    column: str = "resource"
