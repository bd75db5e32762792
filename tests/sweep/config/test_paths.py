"""Relative paths mean the folder in which the command was given, and are absolute from then on."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.config.load import as_mapping, load_config, parse_config, saved_config
from sweep.config.paths import absolute_distance, paths_of, with_data_folder, with_encoder_folder
from sweep.config.presets import find_preset
from sweep.config.sections import SweepConfig
from sweep.config.yaml_reader import write_yaml
from sweep.folders import SweepFolder
from sweep.plan import make_plan
from sweep.records.session import remember
from trainables.mapping import ConfigError, assign
from trainables.run_config import RunConfig

SPACE = {
    "subset.criterion": {"choice": ["random"]}, "subset.size": {"choice": [2]},
    "subset.distance": {"choice": ["featural", "file:far.csv"]},
    "encoder.name": {"choice": ["my-xlmr", "xlm-roberta-base"]},
}  # fmt: skip


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SweepConfig:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-xlmr").mkdir()
    (tmp_path / "costs.csv").write_text("language,cost\nswh,1\n")
    run: dict[str, Any] = {
        "encoder": {"provider": "hub", "name": "my-xlmr"}, "data": {"source": "folder", "root": "data"},
        "store": "stages", "store_cache": "~/cache",
        "realign": {"objective": "word_contrastive", "alignments": "pharaoh", "alignments_root": "../links"},
    }  # fmt: skip
    arms = ["none", {"criterion": "max-sum", "size": 3, "distance": "0.5*file:near.csv + 0.5*featural"}]
    subset = {"distance": "features:lab.csv(measure=share)", "costs": "costs.csv"}
    return parse_config({"name": "x", "run": run, "arms": arms, "subset": subset, "space": SPACE})


def test_every_path_is_absolute(config: SweepConfig, tmp_path: Path) -> None:
    run = config.run
    assert (run.encoder.name, run.data.root, run.store) == tuple(
        f"{tmp_path}/{x}" for x in ("my-xlmr", "data", "stages")
    )
    assert run.store_cache == str(Path.home() / "cache")
    assert run.realign.alignments_root == str(tmp_path.parent / "links")
    assert config.arms[1].distance == f"0.5*file:{tmp_path}/near.csv + 0.5*featural"
    assert config.subset.distance == f"features:{tmp_path}/lab.csv(measure=share)"
    assert config.subset.costs == f"{tmp_path}/costs.csv"
    assert config.space["subset.distance"].choice == ("featural", f"file:{tmp_path}/far.csv")
    assert config.space["encoder.name"].choice == (f"{tmp_path}/my-xlmr", "xlm-roberta-base")


STRANGER = "~nobody-of-this-name/x"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("run.data.root", STRANGER), ("run.encoder.name", STRANGER), ("run.realign.alignments_root", STRANGER),
        ("run.store", STRANGER), ("run.store_cache", STRANGER), ("run.store", "a\0b"), ("subset.costs", STRANGER),
        ("subset.facts", STRANGER), ("subset.distance", f"file:{STRANGER}.csv"), ("plugins", [f"{STRANGER}.py"]),
        ("arms[0].distance", f"file:{STRANGER}.csv"), ("search.distances", [f"file:{STRANGER}.csv"]),
        ("space.encoder.name", STRANGER),
    ],
)  # fmt: skip
def test_a_home_of_nobody_is_a_problem_of_its_key(key: str, value: object) -> None:
    mapping: dict[str, Any] = {"name": "x"}
    if key.startswith("arms"):
        mapping["arms"] = [{"criterion": "max-sum", "size": 3, "distance": value}]
    elif key.startswith("space"):
        mapping["space"] = {"encoder.name": {"choice": [value, "xlm-roberta-base"]}}
    else:
        assign(mapping, key, value)
    with pytest.raises(ConfigError) as refused:
        parse_config(mapping)
    assert any(f"`{key}`" in problem and "A path" in problem for problem in refused.value.problems)


def test_a_sweep_file_in_a_home_of_nobody() -> None:
    with pytest.raises(ValueError, match="must name a user of this machine"):
        find_preset(f"{STRANGER}.yaml")


def test_read_from_elsewhere_it_is_the_same_also_without_its_files(
    config: SweepConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = tmp_path / "config.yaml"
    saved.write_text(write_yaml(as_mapping(config)))
    (tmp_path / "costs.csv").unlink()
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert saved_config(saved) == config


@pytest.mark.parametrize("text", ["featural", "0.5*featural + 0.5*script", "featural(missing=knn)", "no such ++", ""])
def test_a_distance_without_a_file_stays_as_it_is_written(text: str) -> None:
    assert absolute_distance(text) == text


def test_names_of_the_hub_and_urls_are_no_paths() -> None:
    run = {"encoder": {"provider": "hub", "name": "google/muril-base-cased"}, "store": "s3://bucket/stages"}
    config = parse_config({"name": "x", "run": run})
    assert (config.run.encoder.name, config.run.store) == ("google/muril-base-cased", "s3://bucket/stages")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sweep file with its encoder and data beside it; the command is given in another folder."""
    project = tmp_path / "project"
    for name in ("my-xlmr", "data"):
        (project / name).mkdir(parents=True)
    (project / "costs.csv").write_text("language,cost\nswh,1\n")
    (project / "mine.yaml").write_text(
        "run: {encoder: {provider: hub, name: my-xlmr}, data: {source: folder, root: data}}\n"
        "subset: {costs: costs.csv}\n"
    )
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return project


def test_what_is_only_beside_the_sweep_file_is_refused_with_both_places(elsewhere: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config(str(elsewhere / "mine.yaml"))
    for key, name in (("run.encoder.name", "my-xlmr"), ("run.data.root", "data"), ("subset.costs", "costs.csv")):
        (problem,) = [p for p in refused.value.problems if f"`{key}` is meant" in p]
        assert f"({Path.cwd()}), but '{name}' is not there" in problem and f"Write '{elsewhere / name}'" in problem
        assert problem.startswith("mine.yaml, line ")


def test_in_the_folder_of_the_sweep_file_or_with_the_path_it_is_found(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides = [f"run.encoder.name={elsewhere}/my-xlmr", f"subset.costs={elsewhere}/costs.csv"]
    given = load_config(str(elsewhere / "mine.yaml"), data=str(elsewhere / "data"), overrides=overrides)
    monkeypatch.chdir(elsewhere)
    assert load_config("mine.yaml") == given
    assert {key: path.name for key, path in paths_of(given).items()} == {
        "run.encoder.name": "my-xlmr", "run.data.root": "data",
    }  # fmt: skip


def test_a_name_of_the_hub_stays_one_where_a_folder_of_that_name_turns_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = parse_config({"name": "x", "run": {"encoder": {"provider": "hub", "name": "xlm-roberta-base"}}})
    saved = tmp_path / "config.yaml"
    saved.write_text(write_yaml(as_mapping(config)))
    (tmp_path / "xlm-roberta-base").mkdir()
    assert saved_config(saved) == config


def test_every_file_that_trials_read_is_named(tmp_path: Path) -> None:
    data = {"source": "files", "root": str(tmp_path), "files": {"bitext": {"swh": ["a.en", "/b/a.sw"]}}}
    run = {"data": data, "encoder": {"provider": "hub", "name": "xlm-roberta-base"}}
    found = paths_of(parse_config({"name": "x", "run": run, "space": SPACE}))
    assert found["run.data.files: a.en"] == tmp_path / "a.en" and found["run.data.files: a.sw"] == Path("/b/a.sw")
    assert "run.encoder.name" not in found and "space.encoder.name" not in found


def test_data_that_were_moved_change_nothing_but_their_place(
    config_of: Callable[..., SweepConfig], data: Path, folder: SweepFolder, tmp_path: Path
) -> None:
    config, there = config_of(), tmp_path / "there"
    remember(config, folder)
    data.rename(there)
    with pytest.raises(ConfigError, match="does not. Give another one with `--data`"):
        make_plan(config, folder)
    moved = with_data_folder(config, str(there))
    remember(moved, folder)  # the same sweep
    assert moved.run.data.root == str(there) and make_plan(moved, folder).n_trials > 0
    assert with_data_folder(moved, str(data)) == config == with_data_folder(config, None)
    made_up = dataclasses.replace(config, run=RunConfig())
    with pytest.raises(ValueError, match="of source 'synthetic'. Leave it out"):
        with_data_folder(made_up, str(there))


def test_an_encoder_that_was_moved_leaves_the_sweep_the_same(tmp_path: Path) -> None:
    for name in ("my-xlmr", "elsewhere"):
        (tmp_path / name).mkdir()
    run = {"encoder": {"provider": "hub", "name": str(tmp_path / "my-xlmr")}}
    config, folder = parse_config({"name": "x", "run": run, "arms": ["none"]}), SweepFolder(tmp_path / "mlruns", "x")
    remember(config, folder)
    moved = with_encoder_folder(config, str(tmp_path / "elsewhere"))
    remember(moved, folder)
    assert moved.run.encoder.name == config.run.encoder.name
    assert paths_of(moved)["run.encoder.name"] == tmp_path / "elsewhere"
    assert with_encoder_folder(config, None) == config
    with pytest.raises(ValueError, match="`--encoder` must be a folder, but .*nowhere is none"):
        with_encoder_folder(config, str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("encoder", "space", "what"),
    [
        ({"provider": "hub", "name": "xlm-roberta-base"}, {}, "'xlm-roberta-base'"),
        ({"provider": "packaged"}, {}, "'packaged'"),
        ({"provider": "hub", "name": "/a"}, SPACE, "several, by `space`"),
    ],
)
def test_no_other_encoder_has_a_folder_that_can_move(
    encoder: dict[str, str], space: dict[str, Any], what: str, tmp_path: Path
) -> None:
    document = {"name": "x", "run": {"encoder": encoder}, "arms": ["none"], "space": space}
    config = parse_config(document)
    with pytest.raises(ValueError, match=f"that of 'x' is {what}. Leave it out"):
        with_encoder_folder(config, str(tmp_path))


def test_the_table_of_a_criterion_is_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arms = [{"criterion": "0.5*study(task=pos+ner, table=mine.csv) + 0.5*max-sum", "size": 3}]
    (arm,) = parse_config({"name": "x", "arms": arms}).arms
    assert arm.criterion == f"0.5*study(task=pos+ner, table={tmp_path}/mine.csv) + 0.5*max-sum"
    assert (
        parse_config({"name": "x", "arms": [{"criterion": arm.criterion, "size": 3}]}).arms[0].criterion
        == arm.criterion
    )
