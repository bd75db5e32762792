"""Phylogenetic diversity: how much of the tree of language families a set spans."""

from dataclasses import dataclass

import numpy as np

from search_spaces.criteria.base import Criterion
from search_spaces.distances.genealogy import tree_paths
from search_spaces.objectives.base import Objective
from search_spaces.objectives.element_cover import ElementCover
from search_spaces.problem import SelectionProblem


@dataclass(frozen=True)
class PhylogeneticDiversity(Criterion):
    """Branches of the family tree that link the members and the anchor to the root. Never falls as a set grows.

    Faith (1992), "Conservation evaluation and phylogenetic diversity" (Biological Conservation 61): the total branch
    length of the subtree that links the members to the root. The tree is that of URIEL's family features (Glottolog),
    which has no branch lengths: every branch counts 1, a language's own last one too, so that much divided families
    weigh more than little divided ones.

    Plain greedy build-up reaches the optimum for a fixed size without rules (Steel 2005, Systematic Biology 54).
    """

    def bind(self, problem: SelectionProblem) -> Objective:
        """Raises ValueError for languages that URIEL's family tree lacks."""
        tail = [] if problem.anchor is None else [problem.anchor]
        tags, on_path = tree_paths([*problem.candidates, *tail])
        row = {language: number for number, language in enumerate(tags)}
        covers = on_path[[row[language] for language in problem.candidates]]
        base = None if problem.anchor is None else on_path[row[problem.anchor]]
        return ElementCover(covers, np.ones(covers.shape[1]), base)
