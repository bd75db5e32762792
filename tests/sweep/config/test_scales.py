"""Scales of a sweep file: what they set, what they may not, and that they are another sweep."""

from pathlib import Path
from typing import Any

import pytest

from sweep.commands.main import main
from sweep.config.load import as_mapping, config_text, load_config, saved_config
from sweep.config.sections import SweepConfig
from sweep.config.yaml_reader import write_yaml
from sweep.records.session import identity
from sweep.tracking.names import config_digest

SMOKE = {
    "run.realign.n_steps": 4, "seeds": [17], "search.n_samples": 3, "arms": ["none"],
    "subset.rules.at_least": {"area=Africa": 1},
}  # fmt: skip
SEARCH = {"kind": "random-sets", "size": 3, "n_samples": 60}
FILE = {"run": {"realign": {"n_steps": 900, "temperature": 0.2}}, "search": SEARCH, "scales": {"smoke": SMOKE}}


def loaded(tmp_path: Path, file: dict[str, Any], **options: Any) -> SweepConfig:
    (tmp_path / "mine.yaml").write_text(write_yaml(file))
    return load_config(str(tmp_path / "mine.yaml"), **options)


def test_a_scale_is_what_set_would_say(tmp_path: Path) -> None:
    scaled = loaded(tmp_path, FILE, scale="smoke")
    said = ["run.realign.n_steps=4", "seeds=[17]", "search.n_samples=3", "arms=[none]",
            "subset.rules.at_least={area=Africa: 1}"]  # fmt: skip
    plain = {key: value for key, value in FILE.items() if key != "scales"}
    assert scaled == loaded(tmp_path, plain, name="mine-smoke", overrides=said)
    assert (scaled.run.realign.n_steps, scaled.run.realign.temperature) == (4, 0.2)


def test_what_is_set_comes_after_the_scale(tmp_path: Path) -> None:
    scaled = loaded(tmp_path, FILE, scale="smoke", overrides=["run.realign.n_steps=7"])
    assert (scaled.run.realign.n_steps, scaled.search.n_samples) == (7, 3)


def test_the_name_tells_it_from_the_full_one(tmp_path: Path) -> None:
    assert loaded(tmp_path, FILE).name == "mine"
    assert loaded(tmp_path, FILE, scale="smoke").name == "mine-smoke"
    assert loaded(tmp_path, {**FILE, "name": "ours"}, scale="smoke").name == "ours-smoke"
    assert loaded(tmp_path, FILE, scale="smoke", name="other").name == "other"


def test_the_full_sweep_is_the_same_with_and_without_scales(tmp_path: Path) -> None:
    with_scales, without = (loaded(tmp_path, {**FILE, "scales": scales}) for scales in (FILE["scales"], {}))
    assert identity(with_scales) == identity(without)
    path = tmp_path / "config.yaml"
    path.write_text(config_text(with_scales))
    assert saved_config(path) == with_scales
    assert config_digest(as_mapping(with_scales)) == config_digest(as_mapping(without))


@pytest.mark.parametrize(
    ("file", "scale", "said"),
    [
        (FILE, "smoek", "`--scale` must be one of the file's `scales` (smoke), but is 'smoek'."),
        ({}, "smoke", "`--scale` must be one of the file's `scales` (none), but is 'smoke'."),
        ({"scales": {"s": {"run.realign.n_stps": 4}}}, None,
         "line 3: `scales.s.run.realign.n_stps`: `run.realign.n_stps` is not a known key. Nearest: 'n_steps'"),
        ({"scales": {"s": {"seeds": 17}}}, None, "`scales.s.seeds`: `seeds` must be a list, but is 17."),
        ({"scales": {"s": {"seeds": [17], "name": "x"}}}, None, "`scales.s` may not set `name`. Delete it."),
        ({"scales": {"s": {"run": {"realign": {"n_steps": 4}}}}}, None, "`scales.s.run` is a section, and would"),
        ({"scales": {"s": {"seeds.x": 4}, "seeds": [1]}}, None, "`scales.seeds` must hold `key: value` pairs"),
        ({"scales": {"../x": {"seeds": [4]}}}, None, "`scales.../x` must be called by letters"),
        ({"scales": {"s": {"run.realign.n_steps": 0}}}, "s", "--scale s: `run.realign.n_steps` must be"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_when_the_file_is_read(
    file: dict[str, Any], scale: str | None, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError) as error:
        loaded(tmp_path, file, scale=scale)
    assert said in str(error.value)


def test_a_scale_that_is_not_used_may_contradict_the_command_line(tmp_path: Path) -> None:
    file = {**FILE, "scales": {"smoke": {"search.n_samples": 3}}}
    assert loaded(tmp_path, file, overrides=["search={}"]).search.n_samples is None


def test_the_plan_shows_scales(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = {"arms": ["none"], "scales": {"smoke": {"seeds": [17], "run.realign.n_steps": 4}}}
    (tmp_path / "mine.yaml").write_text(write_yaml(file))
    plan = ["plan", str(tmp_path / "mine.yaml"), "--data", str(data), "--mlruns", str(tmp_path / "mlruns")]
    assert main(plan) == 0
    assert "--scale smoke: seeds=[17], run.realign.n_steps=4" in capsys.readouterr().out
    assert main([*plan, "--scale", "smoke"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("scale smoke: seeds=[17], run.realign.n_steps=4\n")
    assert "mine-smoke: 1 trials" in shown and "--scale" not in shown
