"""What a searcher proposes is checked where it is asked, whoever wrote it."""

from typing import ClassVar

import numpy as np
import pytest

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.problem import SelectionProblem
from search_spaces.searchers.base import Searcher, as_members
from search_spaces.subset_space import SubsetSpace

POOL = tuple(sorted(REALIGNMENT_LANGUAGES[:6]))


class Stubborn(Searcher):
    """Proposes what it is told to."""

    name: ClassVar[str] = "stubborn"
    proposal: ClassVar[list[int]] = []

    def _next(self, generator):
        return as_members(tuple(self.proposal))


def asked(proposal, **rules):
    space = SubsetSpace(pool=POOL, **{"min_size": 3, "max_size": 3, **rules})
    searcher = Stubborn(SelectionProblem(space=space))
    Stubborn.proposal = proposal
    return searcher, lambda: searcher.ask()


@pytest.mark.parametrize(
    ("proposal", "rules", "sentence"),
    [
        ([0, 2, 2], {}, f"must propose different languages, but 'stubborn' proposed {POOL[2]} more than once. Correct"),
        ([0, 1], {}, f"keeps all rules of the space, but 'stubborn' proposed {POOL[0]}, {POOL[1]}"),
        ([0, 1, 2, 3], {}, "keeps all rules of the space"),
        ([0, 1, 2], {"required": frozenset(POOL[5:])}, "keeps all rules of the space"),
        ([0, 1, 6], {}, r"one or more candidate numbers below 6, but 'stubborn' proposed \[0, 1, 6\]"),
        ([-1, 1, 2], {}, r"proposed \[-1, 1, 2\]"),
        ([], {"min_size": 1}, r"proposed \[\]"),
    ],
)
def test_what_is_no_set_of_the_space_is_never_handed_out(proposal, rules, sentence):
    searcher, ask = asked(proposal, **rules)
    before = searcher.state()
    with pytest.raises(ValueError, match=sentence):
        ask()
    assert searcher.state() == before  # nothing is pending that no trial will end


def test_a_set_that_was_met_before_is_refused():
    searcher, ask = asked([4, 0, 2])
    assert ask() == [(POOL[0], POOL[2], POOL[4])]
    with pytest.raises(ValueError, match="must propose a set that it has not met before, but 'stubborn' proposed"):
        ask()
    told, ask = asked([0, 1, 2])
    told.tell(POOL[:3], 0.5)
    with pytest.raises(ValueError, match="not met before"):
        ask()


def test_candidate_numbers_may_be_of_any_integer_type():
    searcher, ask = asked([])
    searcher._next = lambda generator: np.array([5, 1, 3], dtype=np.int32)
    assert ask() == [(POOL[1], POOL[3], POOL[5])]
