"""Grid, random and Optuna: same seed, same points, also after an interruption and in another process."""

import json
import subprocess
import sys

import pytest

from sweep.config.dimensions import Dimension
from sweep.search.points import SEARCHES, GridSearch, RandomSearch
from tests.sweep.search.point_space import SPACE, objective, tell


def test_the_grid_is_the_product_in_order_and_ends() -> None:
    grid = GridSearch({"b": Dimension(choice=(1, 2)), "a": Dimension(choice=("x", "y"))}, seed=0)
    points = [grid.ask(number) for number in range(5)]
    assert points == [{"a": "x", "b": 1}, {"a": "x", "b": 2}, {"a": "y", "b": 1}, {"a": "y", "b": 2}, None]


@pytest.mark.parametrize("kind", ["random", "optuna"])
def test_same_seed_same_points_and_within_bounds(kind: str) -> None:
    def points(seed: int) -> list[dict[str, object]]:
        search = SEARCHES[kind](SPACE, seed)
        found = []
        for number in range(15):
            point = search.ask(number)
            assert point is not None
            tell(search, number, point, objective(point))
            found.append(point)
        return found

    first = points(0)
    assert first == points(0)
    assert first != points(1)
    for point in first:
        assert point["subset.criterion"] in ("max-sum", "random")
        assert isinstance(point["subset.size"], int) and 5 <= point["subset.size"] <= 20
        assert 0.01 <= float(str(point["realign.temperature"])) <= 1.0


def test_a_random_draw_does_not_depend_on_the_ones_before() -> None:
    assert RandomSearch(SPACE, 3).ask(7) == [RandomSearch(SPACE, 3).ask(n) for n in range(8)][7]


def test_randint_includes_both_ends() -> None:
    search = RandomSearch({"n": Dimension(randint=(1, 2))}, 0)
    assert {point["n"] for n in range(30) if (point := search.ask(n))} == {1, 2}


@pytest.mark.slow
def test_other_processes_with_other_string_hashes_ask_for_the_same() -> None:
    code = (
        "import json; from sweep.search.points import SEARCHES; from sweep.config.dimensions import Dimension as D\n"
        "space = {'c': D(choice=('x', 'y', 'z')), 't': D(uniform=(0.0, 1.0))}\n"
        "print(json.dumps([[SEARCHES[k](space, 0).ask(n) for n in range(3)] for k in ('random', 'optuna')]))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(answers) == 1 and len(json.loads(answers.pop())[0]) == 3
