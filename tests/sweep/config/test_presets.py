"""The packaged sweep files."""

from pathlib import Path

import pytest

from sweep.config.load import as_mapping, load_config, parse_config
from sweep.config.presets import presets
from sweep.config.yaml_reader import parse_yaml, write_yaml
from trainables.mapping import ConfigError


@pytest.mark.parametrize("name", list(presets()))
def test_every_preset_is_valid_and_has_both_controls(name: str) -> None:
    config = load_config(name, data="anywhere")
    criteria = [arm.criterion for arm in config.arms]
    assert "none" in criteria and "full" in criteria
    assert len(config.arms) * len(config.seeds) >= 8


def test_unknown_sources_name_the_presets(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Nearest presets: 'quickstart'"):
        load_config("quickstrt")
    with pytest.raises(ValueError, match="The sweep file must exist"):
        load_config(str(tmp_path / "none.yaml"))
    with pytest.raises(ConfigError, match="`--set` must be given"):
        load_config("quickstart", overrides=["seeds"])


@pytest.mark.parametrize("name", list(presets()))
def test_every_preset_comes_back_equal(name: str) -> None:
    config = load_config(name, data="anywhere" if name.startswith("real") else None)
    assert parse_config(parse_yaml(write_yaml(as_mapping(config)), "saved")) == config


def test_a_folder_takes_the_place_of_the_data_of_the_hub() -> None:
    """Records would name sets that nobody read."""
    data = load_config("paper/xlmr", data="anywhere").run.data
    assert data.source == "folder" and (data.sets, data.languages_of, data.codes) == ((), {}, {})
    with pytest.raises(ConfigError, match="--set run.data.sets: `run.data.sets` is for source 'hub'"):
        load_config("paper/xlmr", data="anywhere", overrides=["run.data.sets=[ud]"])
