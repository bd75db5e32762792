"""Against the published method of typdiv-sampling (Ploeger et al.): greedy max-sum and max-min on one matrix.

Their build-up, from the paper's description: begin with the language whose distances sum to the most, then add the one
with the largest sum of (max-sum), or the largest smallest (max-min), distance to those chosen.
"""

import numpy as np
import pytest

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.distances.sources import load_distances
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.problem import SelectionProblem
from search_spaces.selection import select
from search_spaces.subset_space import SubsetSpace


def published_greedy(distance_NN, size, reduce):
    chosen = [int(distance_NN.sum(axis=1).argmax())]
    while len(chosen) < size:
        gain = reduce(distance_NN[:, chosen], axis=1)
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
    return chosen


def score(distance_NN, chosen, criterion):
    among = distance_NN[np.ix_(chosen, chosen)][np.triu_indices(len(chosen), 1)]
    return among.sum() if criterion == "max-sum" else among.min()


NO_LIMIT_S = 600  # a proof takes what it takes on a busy machine


def matrices():
    yield "featural", load_distances("featural", REALIGNMENT_LANGUAGES).matrix
    yield "genetic", load_distances("genetic", REALIGNMENT_LANGUAGES).matrix
    points = np.random.default_rng(0).uniform(size=(65, 3)) / 2
    euclidean = np.linalg.norm(points[:, None] - points[None], axis=-1)
    yield "points", DistanceMatrix(REALIGNMENT_LANGUAGES, euclidean)


@pytest.mark.slow
@pytest.mark.parametrize(("criterion", "reduce"), [("max-sum", np.sum), ("max-min", np.min)])
@pytest.mark.parametrize(("name", "distances"), list(matrices()))
def test_never_below_the_published_greedy(name, distances, criterion, reduce):
    # In a pool of families nearly all genetic distances are 1: equal sets are too many to rule out.
    is_proven = name != "genetic"
    for size in (2, 5, 10, 20):
        space = SubsetSpace(pool=REALIGNMENT_LANGUAGES, min_size=size, max_size=size)
        ours = select(
            SelectionProblem(space=space, distances=distances, anchor=None), criterion, n_random=0,
            time_limit_s=NO_LIMIT_S if is_proven else 1,
        )  # fmt: skip
        theirs = published_greedy(distances.values, size, reduce)
        assert ours.value >= score(distances.values, theirs, criterion) - 1e-9
        assert ours.optimal or not is_proven
        chosen = space.index(ours.subset.languages)
        assert ours.value == pytest.approx(score(distances.values, list(chosen), criterion))


def test_what_went_wrong_there_does_not_here():
    """Its seed is ignored, max-min of one language gives two, and languages without data vanish."""
    distances = load_distances("featural", REALIGNMENT_LANGUAGES).matrix
    one = SelectionProblem(
        space=SubsetSpace(pool=REALIGNMENT_LANGUAGES, min_size=1, max_size=1), distances=distances, anchor=None
    )
    assert len(select(one, "max-min", n_random=0).subset) == 1
    with pytest.raises(ValueError, match="a seed would change nothing"):
        select(one, "max-min", seed=1)
    first = REALIGNMENT_LANGUAGES[:60]
    fewer = DistanceMatrix(tuple(first), distances.block(first))
    with pytest.raises(ValueError, match=REALIGNMENT_LANGUAGES[-1]):
        select(SelectionProblem(space=one.space, distances=fewer, anchor=None), "max-sum", n_random=0)
