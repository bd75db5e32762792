"""Arms with published subsets: what a saved config says of them is read back."""

from typing import Any

import pytest

from search_spaces.published.subsets import PUBLISHED
from sweep.config.load import as_mapping, parse_config
from sweep.config.yaml_reader import parse_yaml, write_yaml
from trainables.mapping import ConfigError

DRAWN = {"published": "random_langs_with_seed_5", "seed": 3}


def saved(arm: Any) -> tuple[Any, dict[str, Any]]:
    """A config with this arm beside "none", and what is written of it."""
    config = parse_config({"name": "x", "arms": ["none", arm]})
    return config, parse_yaml(write_yaml(as_mapping(config)), "saved")


@pytest.mark.parametrize("arm", ["most_uriel_en_5", DRAWN, "random_langs_with_seed_5", {**DRAWN, "name": "mine"}])
def test_a_saved_published_arm_comes_back_equal(arm: Any) -> None:
    config, mapping = saved(arm)
    assert parse_config(mapping) == config


@pytest.mark.parametrize("seed", [3, 42, 70_001])
def test_a_drawn_arm_saved_by_the_first_version_is_read(seed: int) -> None:
    # That version wrote the languages and `seed: null`, and the seed into the arm's name.
    config, mapping = saved({"published": "random_langs_with_seed_5", "seed": seed})
    mapping["arms"][1]["seed"] = None
    assert parse_config(mapping) == config
    assert config.arms[1].languages == PUBLISHED["random_langs_with_seed_5"].draw(seed).languages


@pytest.mark.parametrize(
    ("arm", "expected"),
    [
        (
            {"published": "most_uriel_en_5", "languages": ["swh", "yor"]},
            "`arms[0].languages` must be those of 'most_uriel_en_5'",
        ),
        ({"published": "random_langs_with_seed_5", "languages": ["swh"]}, "must be its draw with a known seed"),
        ({"published": "most_uriel_en_5", "size": 5}, "`arms[0].published` makes an arm by itself"),
    ],
)
def test_languages_that_contradict_the_published_ones_are_refused(arm: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"name": "x", "arms": [arm]})
    assert any(expected in problem for problem in caught.value.problems), caught.value.problems


def test_two_scripts_of_chinese_are_two_names() -> None:
    arms = parse_config(
        {"name": "x", "arms": [{"languages": ["zho"]}, {"languages": ["zho_Hant"]}, {"languages": ["swh"]}]}
    ).arms
    assert [arm.name for arm in arms] == ["given-zho", "given-zho_Hant", "given-swh"]
