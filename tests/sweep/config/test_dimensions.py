"""What a hyper-parameter may be, and the kinds of searches."""

import pytest

from search_spaces.searchers import SEARCHERS
from sweep.config.dimensions import SEARCH_KINDS, SET_SEARCHES, Dimension


@pytest.mark.parametrize(
    ("dimension", "kind", "bounds"),
    [
        (Dimension(choice=("a", None, 3)), "choice", ("a", None, 3)),
        (Dimension(uniform=(0.0, 1.0)), "uniform", (0.0, 1.0)),
        (Dimension(loguniform=(0.1, 1.0)), "loguniform", (0.1, 1.0)),
        (Dimension(randint=(0, 0)), "randint", (0, 0)),
    ],
)
def test_a_dimension_is_what_its_one_field_says(dimension: Dimension, kind: str, bounds: tuple[object, ...]) -> None:
    assert (dimension.kind, dimension.bounds) == (kind, bounds)


def test_random_alone_means_points_and_every_searcher_has_a_kind_of_its_own() -> None:
    assert SET_SEARCHES["random-sets"] == "random" and "random" not in SET_SEARCHES
    assert sorted(SET_SEARCHES.values()) == sorted(SEARCHERS) and len(SET_SEARCHES) == len(SEARCHERS)
    assert set(SEARCH_KINDS) == {*SET_SEARCHES, "grid", "random", "optuna"}
