"""What runs take from one another through the store, and that it changes no digit."""

import dataclasses
import itertools
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trainables import run as run_module
from trainables.run import Run, release
from trainables.run_config import RunConfig
from trainables.shared_stages import realignment_key


def finish(run: Run) -> list[dict[str, Any]]:
    while not run.done:
        run.advance()
    return [row.as_dict() for row in run.scores]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a realignment and a fine-tuning were begun."""
    counts: Counter[str] = Counter()

    def counting(name: str) -> Any:
        inner = getattr(run_module, name)

        def wrapped(*args: Any, **options: Any) -> Iterator[Any]:
            counts[name] += 1
            return inner(*args, **options)

        return wrapped

    for name in ("realign", "finetune", "evaluate"):
        monkeypatch.setattr(run_module, name, counting(name))
    return counts


@pytest.mark.slow
def test_tasks_subsets_and_seeds_realign_once_a_subset_and_seed(
    three_task_config: RunConfig, trained: Counter[str]
) -> None:
    short = dataclasses.replace(
        three_task_config,
        realign=dataclasses.replace(three_task_config.realign, n_steps=2),
        finetune=dataclasses.replace(three_task_config.finetune, n_steps=2),
        evaluate=dataclasses.replace(three_task_config.evaluate, n_sentences=2),
    )
    subsets = (("swh_Latn",), ("yor_Latn",), ("swh_Latn", "yor_Latn"), ("swh_Latn", "wol_Latn"))
    configs = [
        dataclasses.replace(short, tasks=(task,), languages=subset, seed=seed)
        for task, subset, seed in itertools.product(("pos", "ner", "nli"), subsets, (0, 1))
    ]
    first = [finish(Run(config)) for config in configs]
    assert trained == {"realign": 8, "finetune": 24, "evaluate": 24}
    trained.clear()
    runs = [Run(config) for config in configs]
    assert [finish(run) for run in runs] == first
    assert not trained
    assert all(run.costs["realign_reused"] == 1.0 for run in runs)
    data = runs[0].data
    assert len({realignment_key(config, data) for config in configs}) == 8
    # The whole grid again as trials of three tasks each: everything is there already.
    together = [
        Run(dataclasses.replace(short, languages=subset, seed=seed))
        for subset, seed in itertools.product(subsets, (0, 1))
    ]
    scores = [[row for row in finish(run) if row["task"] == "nli"] for run in together]
    assert not trained
    assert scores == [[row for row in rows if row["task"] == "nli"] for rows in first[16:]]


def test_other_fine_tuning_reuses_the_realignment_and_gets_the_digits_of_a_run_alone(
    run_config: RunConfig, trained: Counter[str]
) -> None:
    finish(Run(run_config))
    other = dataclasses.replace(run_config, finetune=dataclasses.replace(run_config.finetune, n_steps=4))
    run = Run(other)
    scores = finish(run)
    assert trained == {"realign": 1, "finetune": 2, "evaluate": 2} and run.costs["realign_reused"] == 1.0
    assert scores == finish(Run(dataclasses.replace(other, store=f"{other.store}-alone")))


def test_fine_tuned_models_are_kept_on_request_and_evaluated_again(
    run_config: RunConfig, trained: Counter[str]
) -> None:
    expected = finish(Run(run_config))
    assert not (Path(run_config.store) / "finetuned").exists()
    keeping = dataclasses.replace(run_config, keep_models=True)
    assert finish(Run(keeping)) == expected  # the scores are there, but the model is not
    assert trained["finetune"] == 2 and len(list(Path(run_config.store).glob("finetuned/*/model.safetensors"))) == 1
    more = dataclasses.replace(run_config, evaluate=dataclasses.replace(run_config.evaluate, n_sentences=6))
    run = Run(more)
    scores = finish(run)
    assert trained["finetune"] == 2 and run.costs["finetune/pos_reused"] == 1.0
    assert scores == finish(Run(dataclasses.replace(more, store=f"{more.store}-alone")))


def test_a_run_waits_for_the_one_that_realigns_and_says_so(
    run_config: RunConfig, trained: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = finish(Run(dataclasses.replace(run_config, store=f"{run_config.store}-alone")))
    trained.clear()
    monkeypatch.setattr("trainables.staged.BITE_S", 0.0)
    builder, waiter = Run(run_config), Run(run_config)
    while builder.advance()["stage_step"] != 3 or builder.stage != "realign":
        pass
    while waiter.stage != "realign":
        waiter.advance()
    report = waiter.advance()
    assert (report["stage"], report["stage_done"], report["waiting"]) == ("realign", False, 1.0)
    assert not report["checkpoint"] and waiter.costs["waiting_s"] >= 0
    assert finish(builder) == expected
    assert finish(waiter) == expected
    assert trained["realign"] == 1 and waiter.costs["realign_reused"] == 1.0 and waiter.costs["waiting_s"] > 0


def test_a_waiting_run_takes_over_when_the_builder_is_gone(
    run_config: RunConfig, trained: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = finish(Run(dataclasses.replace(run_config, store=f"{run_config.store}-alone")))
    trained.clear()
    monkeypatch.setattr("trainables.staged.BITE_S", 0.0)
    builder, waiter = Run(run_config), Run(run_config)
    while builder.advance()["stage_step"] != 3 or builder.stage != "realign":
        pass
    while waiter.stage != "realign":
        waiter.advance()
    assert waiter.advance()["waiting"] == 1.0
    release(builder)  # half-way
    assert not list(Path(run_config.store).glob("realigned/*/stage.json"))
    assert finish(waiter) == expected
    assert trained["realign"] == 2 and "realign_reused" not in waiter.costs
    assert not list(Path(run_config.store).glob("realigned/.*"))


def test_a_flipped_byte_is_detected_and_the_encoder_built_again(
    run_config: RunConfig, trained: Counter[str], caplog: pytest.LogCaptureFixture
) -> None:
    expected = finish(Run(run_config))
    weights = next(Path(run_config.store).glob("realigned/*/model.safetensors"))
    good = weights.read_bytes()
    weights.write_bytes(good[:-9] + bytes([good[-9] ^ 1]) + good[-8:])
    shutil.rmtree(Path(run_config.store) / "scores")
    trained.clear()
    assert finish(Run(run_config)) == expected
    assert trained["realign"] == 1 and "damaged" in caplog.text
    assert weights.read_bytes() == good


def test_a_store_behind_a_url_shares_between_machines(run_config: RunConfig, trained: Counter[str]) -> None:
    machines = [
        dataclasses.replace(run_config, store="memory://test-run-sharing", store_cache=f"{run_config.store}-{name}")
        for name in "ab"
    ]
    first = finish(Run(machines[0]))
    run = Run(machines[1])
    assert finish(run) == first
    assert trained == {"realign": 1, "finetune": 1, "evaluate": 1} and run.costs["realign_reused"] == 1.0
