"""What may be searched, and that a wrong space is refused before anything runs."""

from typing import Any

import pytest

from sweep.config.load import as_mapping, parse_config
from sweep.config.space import apply_point, n_searched
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
        (
            {"realign.n_steps": {"choice": [1.5]}},
            {},
            "`space.realign.n_steps` must be an integer from 1",
        ),
        ({"realign.temperature": {"choice": [1, 2], "uniform": [1, 2]}}, {}, "exactly one of choice"),
        ({"realign.temperature": {"choice": []}}, {}, "must hold different values"),
        ({"realign.temperature": {"uniform": [0.1, 1]}}, {}, "must be a choice in a grid"),
        ({"realign.temperature": {"uniform": [1, 0]}}, {"kind": "random", "n_samples": 2}, "from a lower to a higher"),
        ({"realign.temperature": {"loguniform": [0, 1]}}, {"kind": "random", "n_samples": 2}, "must be above 0"),
        ({"subset.size": {"choice": [0]}}, {}, "`space.subset.size` must be an integer from 1 to 10,000, but is 0"),
        ({"subset.criterion": {"choice": ["best"]}}, {}, "must be one of the"),
        ({}, {"n_samples": 3}, "no meaning for a grid"),
        ({}, {"kind": "optuna"}, "`search.n_samples` must be given"),
        ({}, {"kind": "bayes"}, "`search.kind` must be one of 'grid', 'random', 'optuna', 'random-sets'"),
        ({}, {"kind": "random", "n_samples": 3, "size": 3}, "`search.size` is for a search of sets"),
        ({}, {"kind": "random", "n_samples": 3, "repeats": {"seeds": [5]}}, "`search.repeats` is for a search of sets"),
    ],
)
def test_one_problem(space: dict[str, Any], search: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"name": "x", "space": {**SUBSET, **space}, "search": search})
    assert len(caught.value.problems) == 1 and expected in caught.value.problems[0], caught.value.problems


@pytest.mark.parametrize("search", [{"kind": "optuna", "n_samples": 5}, {"n_samples": 5}])
def test_a_search_of_nothing_is_refused(search: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="`search` needs a `space` for points"):
        parse_config({"name": "x", "search": search})


def test_a_space_must_say_what_subsets_to_draw() -> None:
    with pytest.raises(ConfigError, match="must hold `subset.criterion` and `subset.size`"):
        parse_config({"name": "x", "space": {"realign.temperature": {"choice": [0.1]}}})


@pytest.mark.parametrize(
    ("search", "keys", "expected"),
    [
        ({"size": 5}, {"space": {"subset.size": {"choice": [3]}}}, "`space.subset.size` has no meaning where sets"),
        ({"size": 5, "n_samples": None}, {}, "`search.n_samples` must be given for `search.kind: subset-gp`"),
        ({}, {}, "`search.size` must be given, or a `subset.rules.budget`"),
        ({"size": [9, 3]}, {}, "`search.size` must go from few to many, but is [9, 3]"),
        ({"size": 0}, {}, "`search.size` must be an integer from 1 to 10,000 or a list"),
        ({"size": 5, "repeats": {"top": 0}}, {}, "`search.repeats.top` must be an integer from 1 to 10,000, but is 0"),
        ({"size": 5, "repeats": {"seeds": [1, 1]}}, {}, "`search.repeats.seeds` must be different, but are [1, 1]"),
        ({"size": 5, "n_screen": 9}, {}, "`search.n_screen` is for `search.screen: singles`, but is 9"),
        ({"size": 5, "screen": "singles", "kind": "diverse"}, {}, "`search.screen` is for `search.kind: subset-gp`"),
        (
            {"size": 5, "screen": "singles"},
            {"scheduler": {"kind": "asha"}},
            "which no scheduler can compare with sets, but `scheduler.kind` is 'asha'",
        ),
        (
            {"size": 5, "repeats": {"seeds": [0]}},
            {},
            "must be further seeds, but 0 (the first of `seeds`) is one of searched",
        ),
    ],
)
def test_one_problem_of_a_search_of_sets(search: dict[str, Any], keys: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"name": "x", "search": {"kind": "subset-gp", "n_samples": 9, **search}, **keys})
    assert len(caught.value.problems) == 1 and expected in caught.value.problems[0], caught.value.problems


def test_a_search_of_sets_needs_neither_arms_nor_a_space_and_hyper_parameters_may_ride_along() -> None:
    search = {"kind": "random-sets", "n_samples": 9, "size": [2, 4], "repeats": {"top": 2, "seeds": [5, 6, 7]}}
    riding = {"realign.temperature": {"loguniform": [0.01, 1.0]}}
    for space in ({}, riding):
        config = parse_config({"name": "x", "arms": [], "search": search, "space": space})
        assert config.search.of_sets and n_searched(config) == 9 + 6
        assert parse_config(as_mapping(config)) == config
