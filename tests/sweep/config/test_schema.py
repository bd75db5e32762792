"""The page of all keys and the JSON schema: complete, fresh, and in agreement with what a sweep file may hold."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sweep.commands.main import main
from sweep.config.keys import all_keys
from sweep.config.load import as_mapping, load_config, presets
from sweep.config.page import config_page
from sweep.config.schema import json_schema
from sweep.config.sections import SweepConfig
from sweep.config.yaml_reader import read_yaml
from trainables.mapping import flatten, to_mapping

PAGE = Path(__file__).parents[3] / "docs" / "config.md"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_every_key_has_a_meaning_and_no_key_is_missing() -> None:
    keys = {key.path: key for key in all_keys()}
    assert [key.path for key in keys.values() if not key.meaning] == []
    # Counted independently: the complete plain config, as it is written into a sweep's folder.
    written = flatten(to_mapping(SweepConfig(name="x")))
    assert written.keys() - keys.keys() == set()
    assert {"arms[].criterion", "arms[].rules.at_most", "space.KEY.loguniform"} <= keys.keys()


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == config_page(), "make it: realign-sweep schema --format markdown"


def test_the_page_shows_type_range_and_default() -> None:
    page = config_page()
    assert "| `temperature` | a number above 0 and of at most 100 | `0.1` |" in page
    assert "| `provider` | one of 'hub', 'packaged', 'pretrained' | `\"pretrained\"` |" in page
    assert "# yaml-language-server: $schema=" in page


@pytest.mark.parametrize("name", list(presets()))
def test_every_preset_and_its_complete_form_keep_the_schema(
    name: str, validator: jsonschema.Draft202012Validator
) -> None:
    validator.validate(read_yaml(presets()[name]))
    config = load_config(name, data="anywhere" if name.startswith("real") else None)
    validator.validate(json.loads(json.dumps(as_mapping(config))))


@pytest.mark.parametrize(
    "mapping",
    [
        {"arms": ["none", "full", None, "most_uriel_en_5", {"criterion": "max-sum", "size": 3}, {"languages": ["sw"]}]},
        {"search": {"kind": "subset-gp", "size": [2, 5], "languages": ["sw"], "hold_out_frac": 0.25}},
        {"space": {"realign.temperature": {"loguniform": [0.01, 1]}, "subset.size": {"choice": [3]}}},
        {"run": {"finetune": {"by_task": {"nli": {"n_steps": 7}}}, "data": {"files": {"pos": {"eng": ["a", "b"]}}}}},
        {"resources": {"gpu": 0.25}, "concurrency": None, "plugins": ["my_module"]},
    ],
)
def test_accepted_forms(mapping: dict[str, Any], validator: jsonschema.Draft202012Validator) -> None:
    validator.validate(mapping)


@pytest.mark.parametrize(
    "mapping",
    [
        {"sedes": [1]}, {"arms": ["non"]}, {"arms": [{"sise": 3}]}, {"seeds": [-1]}, {"seeds": 3},
        {"run": {"realign": {"temperature": 0}}}, {"run": {"encoder": {"provider": "x"}}}, {"run": {"device": "tpu"}},
        {"run": {"finetune": {"by_task": {"nli": {"n_stps": 7}}}}}, {"run": {"finetune": {"by_task": {"nil": {}}}}},
        {"search": {"size": [1, 2, 3]}}, {"search": {"kind": "bayes"}}, {"resources": {"cpu": 0}}, {"run": None},
    ],
)  # fmt: skip
def test_wrong_files_are_refused(mapping: dict[str, Any], validator: jsonschema.Draft202012Validator) -> None:
    assert not validator.is_valid(mapping)


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()
