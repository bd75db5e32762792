"""The page of all keys and the JSON schema: complete, fresh, and in agreement with what a sweep file may hold."""

import json
from typing import Any

import jsonschema
import pytest

from sweep.commands.main import main
from sweep.config.load import as_mapping, load_config, presets
from sweep.config.schema import json_schema
from sweep.config.yaml_reader import read_yaml


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


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
        {"scales": {"smoke": {"run.realign.n_steps": 4, "seeds": [17], "arms": ["none"]}}},
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
        {"scales": {"smoke": 4}},
    ],
)  # fmt: skip
def test_wrong_files_are_refused(mapping: dict[str, Any], validator: jsonschema.Draft202012Validator) -> None:
    assert not validator.is_valid(mapping)


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()
