"""One run of one searcher."""

import pytest

from sweep.replay.job import Job, parse_searcher, run_job


def test_a_run_is_the_same_again() -> None:
    job = Job("pairs-10", "random", 6, 2, 0, 1)
    rows = run_job(job)
    assert rows == run_job(job) and [row["n"] for row in rows] == [1, 2, 3, 4, 5, 6] and rows[-1]["is_last"] == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("subset-gp", ("subset-gp", {})),
        ("subset-gp(acquisition=ucb,typology=False)", ("subset-gp", {"acquisition": "ucb", "typology": False})),
        ("subset-gp(n_initial=5)", ("subset-gp", {"n_initial": 5})),
    ],
)
def test_searchers_have_options(text: str, expected: tuple[str, dict]) -> None:
    assert parse_searcher(text) == expected
