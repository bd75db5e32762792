"""What may be searched, and that a wrong space is refused before anything runs."""

from typing import Any

import pytest

from sweep.config import parse_config
from sweep.space import apply_point
from trainables.mapping import ConfigError
from trainables.run_config import RunConfig

SUBSET = {"subset.criterion": {"choice": ["random"]}, "subset.size": {"choice": [3]}}


def test_a_point_sets_the_fields_it_names() -> None:
    run = apply_point(RunConfig(), {"realign.temperature": 0.5, "finetune.n_steps": 7, "subset.size": 3})
    assert (run.realign.temperature, run.finetune.n_steps) == (0.5, 7)
    assert run.encoder == RunConfig().encoder


@pytest.mark.parametrize(
    ("space", "search", "expected"),
    [
        (
            {"realign.temprature": {"choice": [1.0]}},
            {},
            "`space.realign.temprature` must be a field of `run`. Nearest: 'temp",
        ),
        ({"subset.k": {"choice": [1]}}, {}, "`space.subset.k` must be one of subset.criterion"),
        ({"seed": {"choice": [1]}}, {}, "`space.seed` cannot be searched"),
        ({"realign.n_steps": {"choice": [1.5]}}, {}, "`space.realign.n_steps` must be an integer, but is 1.5"),
        ({"realign.temperature": {"choice": [1, 2], "uniform": [1, 2]}}, {}, "exactly one of choice"),
        ({"realign.temperature": {"choice": []}}, {}, "must hold different values"),
        ({"realign.temperature": {"uniform": [0, 1]}}, {}, "must be a choice in a grid"),
        ({"realign.temperature": {"uniform": [1, 0]}}, {"kind": "random", "n_samples": 2}, "from a lower to a higher"),
        ({"realign.temperature": {"loguniform": [0, 1]}}, {"kind": "random", "n_samples": 2}, "must be above 0"),
        ({"subset.size": {"choice": [0]}}, {}, "`space.subset.size` must be at least 1"),
        ({"subset.criterion": {"choice": ["best"]}}, {}, "must be one of the"),
        ({}, {"n_samples": 3}, "no meaning for a grid"),
        ({}, {"kind": "optuna"}, "`search.n_samples` must be at least 1"),
        ({}, {"kind": "bayes"}, "`search.kind` must be one of 'grid', 'random', 'optuna'"),
    ],
)
def test_one_problem(space: dict[str, Any], search: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"name": "x", "space": {**SUBSET, **space}, "search": search})
    assert len(caught.value.problems) == 1 and expected in caught.value.problems[0], caught.value.problems


def test_a_space_must_say_what_subsets_to_draw() -> None:
    with pytest.raises(ConfigError, match="must hold `subset.criterion` and `subset.size`"):
        parse_config({"name": "x", "space": {"realign.temperature": {"choice": [0.1]}}})
