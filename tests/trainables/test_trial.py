"""The trainable by itself: results, checkpoints, a reset that lets go of the model. (Under Tune: tests/end_to_end.)"""

import gc
import pickle
import weakref
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from ray.tune import PlacementGroupFactory
from ray.tune.result import SHOULD_CHECKPOINT, TRIAL_INFO

from search_spaces import plugins
from trainables import run as run_module
from trainables import trial as trial_module
from trainables.run_config import DataConfig, EncoderConfig, EvaluateConfig, FinetuneConfig, RealignConfig, RunConfig
from trainables.stepping.devices import describe_machine
from trainables.trial import CHECKPOINT_FOLDER, RealignTrial


@pytest.fixture
def config(tiny_data: Path, tiny_checkpoint: Path, tmp_path: Path) -> dict[str, Any]:
    run = RunConfig(
        data=DataConfig(source="folder", root=str(tiny_data)),
        encoder=EncoderConfig(provider="hub", name=str(tiny_checkpoint)),
        languages=("swh_Latn",),
        realign=RealignConfig(n_steps=2, batch_size=2, max_length=32),
        finetune=FinetuneConfig(n_steps=2, batch_size=2, max_length=32),
        evaluate=EvaluateConfig(n_sentences=2, n_retrieval=2, max_length=32),
        store=str(tmp_path / "store"),
    )
    return {"name": "a", "run": asdict(run)}


def alone(config: dict[str, Any], name: str) -> dict[str, Any]:
    """`config` with a store of its own, so that nothing is reused."""
    return {**config, "run": {**config["run"], "store": f"{config['run']['store']}-{name}"}}


def finish(trial: RealignTrial) -> dict[str, Any]:
    result = trial.step()
    while not result["done"]:
        result = trial.step()
    return result


def test_the_last_result_says_everything(config: dict[str, Any]) -> None:
    result = finish(RealignTrial(config))
    assert result["done"] and result[SHOULD_CHECKPOINT]
    dev = [row["value"] for row in result["scores"] if (row["task"], row["split"]) == ("pos", "dev")]
    english = next(r["value"] for r in result["scores"] if (r["language"], r["split"]) == ("eng_Latn", "dev"))
    assert result["score"] == pytest.approx((sum(dev) - english) / (len(dev) - 1))
    assert result["costs"]["realign_s"] > 0


def test_every_result_says_where_it_was_computed(config: dict[str, Any]) -> None:
    """Of this process: the driver may be another machine."""
    assert RealignTrial(config).step()["machine"] == describe_machine(torch.device("cpu"))


@pytest.mark.parametrize(("gpu", "device"), [(0, "cpu"), (0.5, "cuda")])
def test_the_device_follows_what_tune_has_reserved(
    config: dict[str, Any], gpu: float, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(trial_module, "Run", FakeRun)
    monkeypatch.setattr(trial_module, "describe_machine", lambda device: {})
    shares: list[float] = []
    monkeypatch.setattr(trial_module, "cap_gpu_memory", lambda device, share: shares.append(share))
    reserved = SimpleNamespace(trial_resources=PlacementGroupFactory([{"CPU": 1.0, "GPU": gpu}]))
    trial = RealignTrial({**config, TRIAL_INFO: reserved})
    assert trial.run.config.device == device and shares == ([gpu] if gpu else [])


class FakeRun:
    """Needs no device."""

    def __init__(self, config: RunConfig) -> None:
        self.config, self.device = config, torch.device("cpu")


def test_a_restored_trial_ends_with_the_same_scores(config: dict[str, Any], tmp_path: Path) -> None:
    expected = finish(RealignTrial(alone(config, "whole")))["scores"]
    killed = RealignTrial(config)
    while len(killed.run.finished) < 2:
        killed.step()
    killed.save_checkpoint(str(tmp_path))
    restored = RealignTrial(config)
    restored.load_checkpoint(str(tmp_path))
    assert finish(restored)["scores"] == expected


def test_a_checkpoint_is_asked_for_inside_a_stage_and_restores_it(config: dict[str, Any], tmp_path: Path) -> None:
    expected = finish(RealignTrial(alone(config, "whole")))["scores"]
    often = {**config, "run": {**config["run"], "checkpoint_steps": 1}}
    killed = RealignTrial(often)
    while True:
        result = killed.step()
        if (result["stage"], result["stage_step"]) == ("finetune/pos", 1):
            break
    assert result[SHOULD_CHECKPOINT] and not result["stage_done"]
    killed.save_checkpoint(str(tmp_path))
    killed.cleanup()
    restored = RealignTrial(often)
    restored.load_checkpoint(str(tmp_path))
    assert restored.step()["stage_step"] == 2
    assert finish(restored)["scores"] == expected


def test_a_reset_actor_gives_what_a_new_one_gives_and_lets_go_of_the_old_model(config: dict[str, Any]) -> None:
    other = {**config, "run": {**config["run"], "seed": 5}}
    expected = finish(RealignTrial(alone(other, "whole")))["scores"]
    trial = RealignTrial(config)
    finish(trial)
    model = weakref.ref(trial.run.encoder.model)
    assert trial.reset_config(other)
    gc.collect()
    assert model() is None
    assert finish(trial)["scores"] == expected


def test_cleanup_may_come_twice(config: dict[str, Any]) -> None:
    trial = RealignTrial(config)
    trial.cleanup()
    trial.cleanup()


PLUGIN = """
from trainables.realignment.objectives.mse import MseObjective

class Scaled(MseObjective):
    def forward(self, units):
        return {scale} * super().forward(units)

OBJECTIVES = {{"scaled": Scaled}}
"""


def test_a_worker_loads_the_plugins_and_their_source_counts(
    config: dict[str, Any], plugin_file: Callable[[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config["run"]["realign"]["objective"] = "scaled"
    shipped = {**config, "plugins": [plugin_file("scaled_plugin", PLUGIN.format(scale=1))]}
    assert finish(RealignTrial(shipped))["costs"].get("realign_reused") is None
    assert finish(RealignTrial(shipped))["costs"]["realign_reused"] == 1.0
    # another process, after the plug-in was edited in place: its version is the same, what it computes is not
    monkeypatch.setattr(plugins, "_loaded", {})
    plugins.source_digest.cache_clear()
    edited = {**config, "plugins": [plugin_file("scaled_plugin", PLUGIN.format(scale=0))]}
    assert finish(RealignTrial(edited))["costs"].get("realign_reused") is None


def continued(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """`config` of a trial that writes its checkpoints into `folder`, one a step, with a store of their own."""
    run = {**config["run"], "checkpoint_steps": 1, "store": f"{config['run']['store']}-cut"}
    return {**config, "run": run, CHECKPOINT_FOLDER: str(folder)}


def test_a_trial_goes_on_from_its_own_folder_also_where_that_was_moved(config: dict[str, Any], tmp_path: Path) -> None:
    expected = finish(RealignTrial(alone(config, "whole")))["scores"]
    killed = RealignTrial(continued(config, tmp_path / "here"))
    while killed.step()["stage"] != "finetune/pos":
        pass
    killed.stop()  # as Tune ends it when the sweep is interrupted
    (tmp_path / "here").rename(tmp_path / "there")
    again = RealignTrial(continued(config, tmp_path / "there"))
    assert again.run.stage == "finetune/pos"
    first = again.step()
    assert first["stage_step"] == 2 and "signals" in first and "notice" not in first
    assert finish(again)["scores"] == expected
    assert not list((tmp_path / "here").parent.glob("here"))


@pytest.mark.parametrize("damage", ["cut", "emptied", "planted", "of another run", "a folder"])
def test_a_checkpoint_that_cannot_be_used_is_set_aside_and_named(
    config: dict[str, Any], tmp_path: Path, damage: str
) -> None:
    expected = finish(RealignTrial(alone(config, "whole")))["scores"]
    folder, path = tmp_path / "a", tmp_path / "a" / "run.pt"
    killed = RealignTrial(continued(config, folder))
    while killed.step()["stage"] != "finetune/pos":
        pass
    killed.stop()
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-1000])
    elif damage == "emptied":
        path.write_bytes(b"")
    elif damage == "planted":
        path.write_bytes(pickle.dumps({"step": 1}))
    elif damage == "a folder":
        path.unlink()
        path.mkdir()
    else:
        other = RealignTrial({**config, "run": {**config["run"], "seed": 7}})
        other.step()
        other.save_checkpoint(str(folder))
    again = RealignTrial(continued(config, folder))
    assert again.run.stage == "probe_before"
    result = again.step()
    assert "run.pt" in result["notice"] and (folder / "run.pt.damaged").exists()
    assert finish(again)["scores"] == expected


def test_a_trial_that_failed_half_way_writes_no_checkpoint_when_it_is_stopped(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = RealignTrial(continued(config, tmp_path / "a"))
    trial.step()
    before = (tmp_path / "a" / "run.pt").read_bytes()

    def broken() -> dict[str, Any]:
        raise RuntimeError("half a step")

    monkeypatch.setattr(trial.run, "advance", broken)
    with pytest.raises(RuntimeError):
        trial.step()
    trial.stop()
    assert (tmp_path / "a" / "run.pt").read_bytes() == before


def test_a_full_disk_costs_the_checkpoint_and_not_the_trial(config: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a").write_text("no folder can be made here")
    result = RealignTrial(continued(config, tmp_path / "a")).step()
    assert "No checkpoint could be written" in result["notice"]


def test_a_trial_that_does_not_fit_goes_on_in_smaller_parts(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A GPU that holds one sentence at a time, from the second step of a stage on."""
    asked: list[tuple[str, int | None, int]] = []

    def too_small(loop: Callable[..., Any], stage: str, where: int) -> Callable[..., Any]:
        def steps(*arguments: Any) -> Any:
            size = arguments[where].micro_batch
            for progress in loop(*arguments):
                yield progress
                if progress.metrics:
                    asked.append((stage, size, progress.step))
                    if size is None:
                        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")

        return steps

    monkeypatch.setattr(run_module, "realign", too_small(run_module.realign, "realign", 3))
    monkeypatch.setattr(run_module, "finetune", too_small(run_module.finetune, "finetune", 4))
    folder = tmp_path / "checkpoints"
    run = {**config["run"], "checkpoint_steps": 1}
    trial = RealignTrial({**config, "run": run, CHECKPOINT_FOLDER: str(folder)})
    results = [trial.step()]
    while not results[-1]["done"]:
        results.append(trial.step())
    assert asked == [
        ("realign", None, 1), ("realign", 1, 2), ("finetune", None, 1), ("finetune", 1, 2),
    ]  # fmt: skip
    assert results[-1]["machine"] == {
        **describe_machine(torch.device("cpu")), "realign.micro_batch": "1", "finetune.micro_batch": "1",
    }  # fmt: skip
    notices = [result["notice"] for result in results if "notice" in result]
    assert len(notices) == 2 and "stage realign" in notices[0] and "micro-batches of 1." in notices[1]
    monkeypatch.undo()
    again = finish(RealignTrial(config))  # what was computed in parts stands in for nothing else
    assert "realign_reused" not in again["costs"] and "realign.micro_batch" not in again["machine"]


def test_what_does_not_fit_one_by_one_fails(config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory.")
        yield

    monkeypatch.setattr(run_module, "realign", never)
    with pytest.raises(torch.OutOfMemoryError, match="The stage realign must fit"):
        finish(RealignTrial(config))
