"""Which exchanges keep the rules: against the space's own answer for every one of them."""

import numpy as np
import pytest

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.solvers.sampling import allowed_exchanges
from search_spaces.subset_space import GroupRule, SubsetSpace

POOL = tuple(sorted(REALIGNMENT_LANGUAGES[:7]))
SPACES = {
    "free": SubsetSpace(pool=POOL, min_size=3, max_size=3),
    "required": SubsetSpace(pool=POOL, min_size=3, max_size=3, required=frozenset(POOL[2:3])),
    "groups and a budget": SubsetSpace(
        pool=POOL, min_size=2, max_size=4, costs={tag: 1.0 + i for i, tag in enumerate(POOL)}, max_cost=11.0,
        rules=(GroupRule(name="first", members=frozenset(POOL[:4]), at_least=1, at_most=2),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_an_exchange_is_allowed_if_it_gives_another_set_that_is(space):
    members = np.array([1, 2, 4])
    assert space.allows(members)
    allowed = allowed_exchanges(space, members)
    for position in range(3):
        for candidate in range(len(POOL)):
            after = np.delete(members, position).tolist() + [candidate]
            is_a_set = len(set(after)) == 3 and candidate != members[position]
            assert allowed[position, candidate] == (is_a_set and space.allows(np.array(after)))
