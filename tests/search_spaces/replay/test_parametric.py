"""Made-up functions."""

import numpy as np

from search_spaces.replay.parametric import made_up


def test_made_up_functions_differ_from_seed_to_seed() -> None:
    sets = np.array([range(10), range(5, 15)])
    assert not np.allclose(made_up("pairs", 10, 0.7, 0).values(sets), made_up("pairs", 10, 0.7, 1).values(sets))
    # coverage: monotone, and each further language adds less
    cover = made_up("coverage", 10, 0.7, 0).objective
    grown = [float(cover.values(np.arange(k)[None])[0]) for k in range(1, 20)]
    steps = np.diff(grown)
    assert (steps > 0).all()
    assert float(cover.values(np.array([[0, 1, 2]]))[0] - cover.values(np.array([[0, 1]]))[0]) <= float(
        cover.values(np.array([[2]]))[0]
    )
