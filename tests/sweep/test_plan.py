"""The plan: languages resolved on the driver, and every foreseeable stumble refused before training."""

import gzip
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from search_spaces.selection import select_subset
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.plan import Plan, describe, make_plan
from trainables.mapping import ConfigError
from trainables.run_config import RunConfig

POOL = ("deu_Latn", "fra_Latn", "jpn_Jpan", "swh_Latn", "tel_Telu", "tur_Latn", "wol_Latn", "yor_Latn")
SETS = {"kind": "random-sets", "size": 3, "n_samples": 4}


def test_every_arm_runs_with_every_seed_and_gets_its_languages(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(arms=["none", "full", {"criterion": "random", "size": 3, "seed": 5}, {"languages": ["sw", "yo"]}])
    assert [trial.name for trial in plan.trials] == [
        "none-seed0", "full-seed0", "random-3-s5-seed0", "given-swh-yor-seed0",
        "none-seed1", "full-seed1", "random-3-s5-seed1", "given-swh-yor-seed1",
    ]  # fmt: skip
    languages = {trial.arm: trial.run.languages for trial in plan.trials}
    assert (
        languages["none"] == () and languages["full"] == POOL and languages["given-swh-yor"] == ("swh_Latn", "yor_Latn")
    )
    assert languages["random-3-s5"] == select_subset(POOL, 3, "random", seed=5).languages  # type: ignore[arg-type]
    assert [trial.run.seed for trial in plan.trials] == [0] * 4 + [1] * 4


def test_the_cost_counts_distinct_realignments(plan_of: Callable[..., Plan]) -> None:
    same = {"criterion": "random", "size": 3, "seed": 5}
    plan = plan_of(arms=["none", "full", same, {**same, "name": "again"}], run={"realign": {"n_steps": 10}})
    assert (plan.n_trials, len(plan.realignments)) == (8, 4)
    # the arms "same" and "again" share their two realignments
    assert plan.n_steps == {"realign": 40, "finetune": 8 * RunConfig().finetune.n_steps}
    assert "8 trials" in describe(plan) and "random k=3 s=5" in describe(plan)


def test_cost_per_language_grows_with_the_subset(plan_of: Callable[..., Plan]) -> None:
    realign = {"budget": "per_language", "n_pairs_per_language": 30, "batch_size": 16}
    plan = plan_of(arms=["full"], seeds=[0], run={"realign": realign})
    assert plan.n_steps["realign"] == 15  # 8 languages x 30 pairs / 16


def test_a_plan_can_be_pickled(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of()
    assert pickle.loads(pickle.dumps(plan)).trials == plan.trials


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            {"arms": [{"criterion": "random", "size": 9}]},
            r"`arms\[0\].size` must be at most 8 \(languages in the pool\)",
        ),
        (
            {"arms": ["none", {"languages": ["sw", "ig"]}]},
            r"`arms\[1\].languages` must have sentence pairs .* ibo_Latn",
        ),
        ({"arms": ["none", {"languages": ["en", "sw"]}]}, "must not hold eng_Latn"),
        ({"pool": ["sw", "ha"], "arms": ["full"]}, "`pool` must have sentence pairs in the data, but hau_Latn"),
        ({"subset": {"distance": "colour"}}, "colour"),
        (
            {"arms": [{"criterion": "max-sum", "size": 3, "rules": {"at_most": {"colour": 1}}}]},
            "group must be a column",
        ),
        ({"search": {**SETS, "languages": ["yor"]}}, "`search.languages` must have dev scores in the data, but yor"),
        ({"search": {**SETS, "languages": ["wol"], "hold_out_frac": 0.5}}, "needs two languages or more"),
    ],
)
def test_what_the_data_cannot_give_is_refused(
    plan_of: Callable[..., Plan], keys: dict[str, object], expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        plan_of(**keys)


def test_signals_may_not_look_at_what_the_search_may_not(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(search={**SETS, "hold_out_frac": 0.5})  # of German and Wolof, which have labels
    (hidden,) = plan.config.run.evaluate.no_signal_of
    assert hidden in ("deu_Latn", "wol_Latn")
    assert all(trial.run.evaluate.no_signal_of == (hidden,) for trial in plan.trials)
    assert plan_of(search=SETS).config.run.evaluate.no_signal_of == ()


def test_a_missing_data_folder_is_refused(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    config = config_of(run={"data": {"source": "folder", "root": "/nowhere/at/all"}})
    with pytest.raises(ConfigError, match="The data folder must exist, but /nowhere/at/all does not"):
        make_plan(config, folder)


def test_a_truncated_file_is_refused_before_training(data: Path, plan_of: Callable[..., Plan]) -> None:
    path = data / "bitext" / "yor.tsv.gz"
    path.write_bytes(gzip.compress(os.urandom(5000).hex().encode())[:-200])
    with pytest.raises(ConfigError, match="yor.tsv.gz must be a whole gzip file"):
        plan_of()


def test_a_store_that_cannot_be_written_is_refused(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> None:
    folder.mlruns.parent.mkdir(parents=True, exist_ok=True)
    folder.mlruns.write_text("a file where the folder should be")
    with pytest.raises(ConfigError, match="must be a folder that can be written to"):
        make_plan(config_of(), folder)
    store = folder.mlruns.rename(folder.mlruns.with_name("store"))
    with pytest.raises(ConfigError, match="store must be a writable folder"):
        make_plan(config_of(run={"store": str(store)}), folder)
