"""Sweep files: presets, overrides, and everything that can be wrong with one, at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.config.arms import Arm
from sweep.config.load import as_mapping, load_config, parse_config, saved_config
from sweep.config.yaml_reader import write_yaml
from trainables.mapping import ConfigError


def problems_of(**keys: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config({"name": "x", **keys})
    return caught.value.problems


def test_short_forms_of_arms() -> None:
    random = {"criterion": "random", "size": 10}
    african = {"languages": ["sw", "yo", "Wolof"], "name": "african"}
    arms = ["none", {"criterion": "max-sum", "size": 10}, random, {**random, "seed": 3}, african]
    config = parse_config({"name": "x", "arms": arms})
    assert [arm.name for arm in config.arms] == ["none", "max-sum-10", "random-10-s0", "random-10-s3", "african"]
    assert config.arms[-1] == Arm(languages=("swh_Latn", "wol_Latn", "yor_Latn"), name="african")


def test_overrides_name_and_data(tmp_path: Path) -> None:
    config = load_config(
        "quickstart", name="other", data=str(tmp_path), overrides=["run.realign.temperature=5e-2", "seeds=[3, 4]"]
    )
    assert (config.name, config.seeds, config.run.realign.temperature) == ("other", (3, 4), 0.05)
    assert (config.run.data.source, config.run.data.root) == ("folder", str(tmp_path))


def test_a_relative_data_folder_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config("quickstart", data="some/folder").run.data.root == str(tmp_path / "some" / "folder")


def test_a_saved_config_comes_back_equal(tmp_path: Path) -> None:
    space = {
        "subset.criterion": {"choice": ["max-sum", "random"]}, "subset.size": {"randint": [5, 20]},
        "realign.temperature": {"loguniform": [0.01, 1.0]},
    }  # fmt: skip
    config = parse_config({"name": "x", "space": space, "search": {"kind": "random", "n_samples": 3}})
    path = tmp_path / "config.yaml"
    path.write_text(write_yaml(as_mapping(config)))
    assert saved_config(path) == config


def test_every_problem_is_reported_at_once() -> None:
    problems = problems_of(
        name="a/b", run={"realign": {"temprature": 0.1, "n_steps": "many"}}, seeds=[0, 0],
        resources={"gpu": 1.5, "cpu": 0},
        arms=["non", {"criterion": "max-sum"}, {"criterion": "max-sum", "size": 400}, {"languages": ["xx", "sw"]}],
        concurrency=0, sedes=[1],
    )  # fmt: skip
    text = "\n".join(problems)
    for expected in (
        "`name` must be made of letters",
        "`run.realign.temprature` is not a known key. Nearest: 'temperature'",
        "`run.realign.n_steps` must be an integer from 1 to 1,000,000,000, but is 'many'. The default is 200.",
        "`seeds` must be one or more different integers",
        "`resources.gpu` must be",
        "`resources.cpu` must be a number above 0 and of at most 4,096, but is 0. The default is 1.0.",
        "`arms[0].criterion` must be none, full, given, a published subset or a criterion",
        "Nearest: 'none'",
        "`arms[1].size` must be given for a criterion",
        "`arms[2].size` must be at most 65 (languages in the pool), but is 400",
        "`arms[3].languages[0]`: A language must be one of",
        "`concurrency` must be an integer from 1 to 1,000,000 or null, but is 0",
        "`sedes` is not a known key. Nearest: 'seeds'",
    ):
        assert expected in text, expected
    assert text.count("Nearest: 'none'") == 1  # and not once more from the table of criteria


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"run": {"languages": ["swh_Latn"]}}, "`run.languages` is decided by `arms`"),
        ({"run": {"seed": 3}}, "`run.seed` is decided by `seeds`"),
        ({"run": {"data": {"source": "folder"}}}, "`run.data.root` must be a folder"),
        ({"arms": ["none", "none"]}, "`arms` must have different names, but 'none' occurs 2 times"),
        ({"arms": [{"criterion": "max-sum", "size": 3, "seed": 1}]}, "add a `tolerance`"),
        ({"arms": [{"criterion": "max-sum", "size": 3, "tolerance": 0.1}]}, "`arms[0].tolerance` needs a `seed`"),
        ({"arms": [{"criterion": "random", "size": 3, "tolerance": 0.1}]}, "`arms[0].tolerance` must not be given"),
        ({"arms": [{"published": "most_uriel_en_11"}]}, "Nearest: 'most_uriel_en_10'"),
        ({"arms": [{"published": "most_uriel_en_10", "seed": 3}]}, "takes no seed"),
        ({"arms": [{"criterion": "gist(wait=1)", "size": 3}]}, "parameters of 'gist'"),
        ({"subset": {"rules": {"budget": 10.0}}}, "`subset.costs` is missing"),
        ({"subset": {"facts": "nowhere.csv"}}, "`subset.facts` must be a CSV file"),
        (
            {"arms": [{"criterion": "random", "size": 3, "seed": -1}]},
            "`arms[0].seed` must be an integer from 0 to 2^63 - 1",
        ),
        ({"arms": [{"criterion": "none", "size": 3}]}, "`arms[0].size` belongs to a criterion"),
        ({"arms": [{}]}, "but holds none of them"),
        ({"arms": [{"languages": ["sw", "swa"]}]}, "names swh_Latn 2 times"),
        ({"arms": [{"criterion": "none", "name": "search-1"}]}, "must not begin with 'search-'"),
        ({"arms": []}, "must have something to run"),
        ({"pool": ["sw", "yo"], "arms": [{"criterion": "max-sum", "size": 3}]}, "at most 2 (languages in the pool)"),
    ],
)
def test_one_problem(keys: dict[str, Any], expected: str) -> None:
    problems = problems_of(**keys)
    assert len(problems) == 1 and expected in problems[0], problems


def test_a_file_that_holds_a_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("- a\n- b\n")
    with pytest.raises(ConfigError, match="must hold `key: value` pairs"):
        load_config(str(path))


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_each_problem_says_where_its_key_was_written(tmp_path: Path) -> None:
    source = write(
        tmp_path / "sweep.yaml",
        "arms:\n- none\n- {criterion: max-sum, sise: 3, size: 3}\nrun:\n  realign:\n    temperature: 0\n"
        "  finetune:\n    by_task:\n      pos: {n_steps: 0}\nspace:\n  subset.size: {choice: [0]}\n"
        "  subset.criterion: {choice: [random]}\n",
    )
    with pytest.raises(ConfigError) as caught:
        load_config(source, overrides=["seeds=[1, 1]", "run.evaluate.batch_size=0"])
    places = {problem.partition(": ")[0] for problem in caught.value.problems}
    assert places == {
        "sweep.yaml, line 3", "sweep.yaml, line 6", "sweep.yaml, line 9", "sweep.yaml, line 11", "--set seeds",
        "--set run.evaluate.batch_size",
    }, caught.value.problems  # fmt: skip


def test_null_is_an_override(tmp_path: Path) -> None:
    config = load_config("paper/xlmr", overrides=["run.data.max_pairs=null", "concurrency = 3", "concurrency=null"])
    assert config.run.data.max_pairs is None and config.concurrency is None


def test_numbers_with_leading_zeros_and_names_like_dates(tmp_path: Path) -> None:
    config = load_config(write(tmp_path / "2026-11-27.yaml", "name: 2026-11-27\nseeds: [017, 023]\n"))
    assert (config.name, config.seeds) == ("2026-11-27", (17, 23))
    with pytest.raises(ConfigError, match="`name` must be a text, but is 2026. Put it in quotes: '2026'"):
        load_config(write(tmp_path / "x.yaml", "name: 2026\n"))


def test_a_broken_value_hides_what_its_default_would_contradict() -> None:
    problems = problems_of(run={"encoder": {"provider": "hbu", "name": "xlm-roberta-base"}}, search={"kind": "bays"})
    assert [problem.split("`")[1] for problem in problems] == ["run.encoder.provider", "search.kind"]


def test_a_section_that_is_null_or_a_list_is_one_problem() -> None:
    assert problems_of(resources="autoo") == ["`resources` must be `auto` or hold `key: value` pairs, but is 'autoo'."]
    assert problems_of(run=None) == ["`run` must hold `key: value` pairs, but is None."]
    assert problems_of(run={"data": [1] * 1000})[0].startswith("`run.data` must hold `key: value` pairs, but is [1, 1,")
    assert len(problems_of(run={"data": ["x" * 100_000]})[0]) < 300


def test_a_point_of_the_space_that_contradicts_itself_is_refused() -> None:
    subset = {"subset.criterion": {"choice": ["random"]}, "subset.size": {"choice": [3]}}
    space = {"realign.protocol": {"choice": ["before", "during"]}, "realign.freeze_embeddings": {"choice": [True]}}
    (problem,) = problems_of(space={**subset, **space})
    assert problem.startswith(
        "`space` with realign.protocol: during, realign.freeze_embeddings: True: `realign.freeze`"
    )


PLUGIN = """
from search_spaces.criteria.max_sum import MaxSum
from search_spaces.searchers.random import RandomSearcher

class Own(RandomSearcher):
    name = "own-search"

CRITERIA = {"own-sum": MaxSum}
SEARCHERS = {"own-search": Own}
"""


def test_names_of_plugins_are_known_when_a_file_is_checked(
    plugin_file: Callable[[str, str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = plugin_file("own_plugin", PLUGIN)
    monkeypatch.chdir(tmp_path)
    keys = {
        "arms": ["none", {"criterion": "own-sum", "size": 3}],
        "search": {"kind": "own-search", "n_samples": 2, "size": 3},
    }
    found = " ".join(problems_of(**keys))
    assert "'own-sum'" in found and "'own-search'" in found
    config = parse_config({"name": "x", "plugins": ["own_plugin.py"], **keys})
    assert config.plugins == (path,)  # trials run in folders of their own
    assert config.search.of_sets
    assert parse_config(as_mapping(config)) == config


def test_a_plugin_that_cannot_be_loaded_is_the_only_problem(plugin_file: Callable[[str, str], str]) -> None:
    (problem,) = problems_of(plugins=["no_such_plugin"], arms=[{"criterion": "own-sum", "size": 3}])
    assert problem.startswith("`plugins`: A plug-in must be a module that can be imported, but 'no_such_plugin' cannot")
    (problem,) = problems_of(plugins=[plugin_file("broken_plugin", "1 / 0")], arms=["none"])
    assert "ZeroDivisionError: division by zero). Repair it." in problem
