"""The sections of a sweep file as values."""

import dataclasses
import typing
from collections.abc import Iterator
from typing import Any

import pytest

from search_spaces.ranges import Range, parts_of
from sweep.config.dimensions import Dimension
from sweep.config.load import load_config, parse_config
from sweep.config.sections import SearchConfig, SweepConfig
from trainables.mapping import ConfigError

UNBOUNDED = {
    "subset.rules.budget": "in the unit of the user's own table of costs",
    "arms.rules.budget": "in the unit of the user's own table of costs",
    "space.uniform": "its ends are checked against the range of the key that is searched",
    "space.loguniform": "its ends are checked against the range of the key that is searched",
    "space.randint": "its ends are checked against the range of the key that is searched",
}
"""Numbers without an upper or a lower bound, and why."""


def test_configs_are_frozen() -> None:
    config = load_config("quickstart")
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.name = "other"  # type: ignore[misc]


def test_a_search_is_of_sets_or_of_a_space_or_empty() -> None:
    space = {"realign.temperature": Dimension(choice=(0.1,))}
    points, sets = SearchConfig(kind="random", n_samples=3), SearchConfig(kind="random-sets", n_samples=3, size=4)
    assert (points.of_sets, points.is_empty({}), points.is_empty(space)) == (False, True, False)
    assert (sets.of_sets, sets.is_empty({}), sets.is_empty(space)) == (True, False, False)


def numbers_of(hint: Any, path: str) -> Iterator[tuple[str, list[Range]]]:
    """Every number that a type may hold, with its ranges; of lists, pairs and sections those within."""
    bare, rules = parts_of(hint)
    if bare in (int, float):
        yield path, [rule for rule in rules if isinstance(rule, Range)]
    elif dataclasses.is_dataclass(bare):
        for name, inner in typing.get_type_hints(bare, include_extras=True).items():
            yield from numbers_of(inner, f"{path}.{name}" if path else name)
    else:
        for inner in typing.get_args(bare):
            yield from numbers_of(inner, path)


def test_no_number_is_unbounded_without_a_reason() -> None:
    found = dict.fromkeys(path for path, _ in numbers_of(SweepConfig, ""))
    assert len(found) > 60 and UNBOUNDED.keys() <= found.keys()
    for path, ranges in numbers_of(SweepConfig, ""):
        low = any(rule.least is not None or rule.above is not None for rule in ranges)
        high = any(rule.most is not None or rule.below is not None for rule in ranges)
        assert (low and high) != (path in UNBOUNDED), path


@pytest.mark.parametrize(
    ("key", "range_"),
    [
        ("data.n_pairs", "from 1 to 100,000"), ("data.n_labelled", "from 1 to 100,000"),
        ("encoder.pretrain.hidden_size", "from 1 to 65,536"), ("encoder.pretrain.n_layers", "from 1 to 1,024"),
        ("encoder.pretrain.vocabulary_size", "from 8 to 10,000,000"),
        ("encoder.pretrain.n_steps", "from 1 to 1,000,000,000"), ("realign.n_steps", "from 1 to 1,000,000,000"),
        ("finetune.batch_size", "from 1 to 100,000"), ("evaluate.n_retrieval", "from 0 to 1,000,000"),
    ],
)  # fmt: skip
def test_what_no_machine_could_do_is_refused_with_the_range(key: str, range_: str) -> None:
    section, name = f"run.{key}".rsplit(".", 1)
    mapping: dict[str, Any] = {name: 10**12}
    for part in reversed(section.split(".")):
        mapping = {part: mapping}
    with pytest.raises(ConfigError) as caught:
        parse_config({"name": "x", **mapping})
    assert f"`run.{key}` must be an integer {range_}, but is 1000000000000." in caught.value.problems[0]


@pytest.mark.parametrize("bound", ["uniform", "loguniform", "randint"])
def test_the_ends_of_what_is_searched_keep_the_range_of_the_key(bound: str) -> None:
    space = {
        "subset.criterion": {"choice": ["random"]}, "subset.size": {"choice": [2]},
        "realign.batch_size" if bound == "randint" else "realign.temperature": {bound: [1, 10**12]},
    }  # fmt: skip
    with pytest.raises(ConfigError, match=r"from 1 to 100,000|of at most 100"):
        parse_config({"name": "x", "space": space, "search": {"kind": "random", "n_samples": 3}})
