"""Class coverage: how many different families, scripts, areas or other classes a set holds."""

from dataclasses import dataclass

import numpy as np

from search_spaces.criteria.base import Criterion
from search_spaces.objectives.base import Objective
from search_spaces.objectives.element_cover import ElementCover
from search_spaces.problem import SelectionProblem


@dataclass(frozen=True)
class ClassCoverage(Criterion):
    """Number of different values of a column among the members. Never falls as a set grows.

    The family and genus counts of language sampling (Rijkhoff, Bakker 1998, "Language sampling", Linguistic Typology
    2; Ploeger et al. 2026). The anchor does not count: it is not chosen.

    Plain greedy build-up reaches the optimum for a fixed size without rules (every class once, then anything).

    Args:
        column: of the problem's columns ("family", "script", "area" ...).
    """

    column: str

    def bind(self, problem: SelectionProblem) -> Objective:
        labels = np.array(problem.labels(self.column))
        classes = np.unique(labels)
        return ElementCover(labels[:, None] == classes[None, :], np.ones(len(classes)))


@dataclass(frozen=True)
class FamilyCoverage(ClassCoverage):
    """Number of language families; every isolate is one."""

    column: str = "family"


@dataclass(frozen=True)
class ScriptCoverage(ClassCoverage):
    """Number of scripts."""

    column: str = "script"


@dataclass(frozen=True)
class AreaCoverage(ClassCoverage):
    """Number of macro-areas."""

    column: str = "area"
