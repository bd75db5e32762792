"""What MLflow is told, as plain data: names, short params, thin curves, the parent's note."""

import re
from collections.abc import Callable

from sweep.plan import Plan
from sweep.records.records import TrialRecord
from sweep.tracking.names import planned_config, run_name, subset_id, trial_note, trial_params, trial_tags


def test_the_same_set_has_one_id_whatever_its_order() -> None:
    assert subset_id(["wol_Latn", "deu_Latn"]) == subset_id(["deu_Latn", "wol_Latn"]) != subset_id(["deu_Latn"])
    assert len(subset_id(["deu_Latn"])) == 10 and subset_id([]) == "none"


def test_tags_and_params_of_a_planned_trial(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(seeds=[4], run={"realign": {"mixing": "size"}, "tasks": ["pos", "ner"]})
    none, full, random = (trial.config() for trial in plan.trials)
    assert run_name(none) == "none | seed 4" and run_name(full) == "full | seed 4"
    assert re.fullmatch(r"random k=3 s=5 \(\w+, \w+, \w+\) \| seed 4", run_name(random))
    tags = trial_tags(random, "tiny")
    expected = {"criterion": "random", "size": "3", "seed": "4", "tasks": "pos ner", "encoder": "pretrained"}
    assert expected.items() <= tags.items()
    assert tags["subset"].split() == sorted(random["subset"]["languages"])
    params = trial_params(random)
    assert params["realign.mixing"] == "size"  # differs from the default
    assert params["realign.temperature"] == "0.1"  # always there, to compare sweeps
    assert "realign.pooling" not in params and "store" not in params and "languages" not in params
    assert len(params) <= 25 and max(map(len, params.values())) <= 250
    assert not [key for key in trial_params(none) if key.startswith("realign.")]
    assert "without realignment" in trial_note(none) and "8 languages (German, French, " in trial_note(full)


def test_a_record_gives_the_names_and_params_of_its_plan(plan_of: Callable[..., Plan]) -> None:
    config = plan_of(seeds=[0]).trials[2].config()
    record = TrialRecord(
        sweep="tiny", trial=config["name"], arm=config["arm"], label=config["label"], criterion="random",
        languages=tuple(config["subset"]["languages"]), subset_seed=5, seed=0, status="finished", config=config["run"],
        config_fingerprint=config["fingerprint"],
    )  # fmt: skip
    assert planned_config(record) == config
