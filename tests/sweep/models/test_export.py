"""An exported folder is read by transformers alone, and gives the very logits of our own evaluation."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModel, AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

import sweep
from sweep.commands.main import main
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.plan import make_plan
from sweep.records.records import RecordStore, TrialRecord
from sweep.records.session import remember
from tests.sweep.models.trained import save_encoder, train
from trainables.encoders.load import load_encoder
from trainables.mapping import from_mapping
from trainables.parallel_data import SOURCES
from trainables.run_config import RunConfig
from trainables.shared_stages import SharedStages, open_store
from trainables.tasks import TASKS

ENGLISH = "eng_Latn"
AUTO = {"pos": AutoModelForTokenClassification, "nli": AutoModelForSequenceClassification}


@pytest.fixture
def trained(config_of: Callable[..., SweepConfig], folder: SweepFolder, tmp_path: Path) -> Callable[..., TrialRecord]:
    """Trains one trial of two tasks on a realigned encoder; keyword: whether its models are kept."""
    save_encoder(tmp_path / "encoder")
    run = {
        "encoder": {"provider": "hub", "name": str(tmp_path / "encoder")}, "device": "cpu", "tasks": ["pos", "nli"],
        "realign": {"n_steps": 2, "batch_size": 2}, "finetune": {"n_steps": 2, "batch_size": 2},
        "evaluate": {"n_retrieval": 0},
    }  # fmt: skip
    plan = make_plan(config_of(arms=[{"languages": ["wol"]}], seeds=[0], run=run), folder)
    remember(plan.config, folder)

    def make(keep_models: bool) -> TrialRecord:
        train(plan.trials[0].config(), folder, keep_models=keep_models)
        (record,) = RecordStore(folder.records).all()
        return record

    return make


def our_logits(record: TrialRecord, name: str) -> tuple[Any, torch.Tensor]:
    """The test sentences in English, and what our model makes of them as evaluation reads them."""
    config = from_mapping(RunConfig, record.config)
    store, task = open_store(config), TASKS[name]
    data = SOURCES[config.data.source](config.data, store)
    encoder = load_encoder(config.encoder, data, store)
    model = task.new_model(encoder.model, len(task.labels))
    assert SharedStages(config, encoder, data, store).take_model(task, model)
    examples = task.read_split(data, ENGLISH, "test")  # type: ignore[arg-type]
    batch = task.collate(encoder.tokenizer, examples, task.labels, config.evaluate.max_length)
    with torch.no_grad():
        return examples, model.eval()(batch)


def test_transformers_gives_the_same_logits(
    trained: Callable[..., TrialRecord], folder: SweepFolder, tmp_path: Path
) -> None:
    record, to = trained(keep_models=True), tmp_path / "out"
    written = sweep.export("tiny", to=to, mlruns=folder.mlruns, say=lambda text: None)
    assert written == [to / "pos", to / "nli"]
    for task in ("pos", "nli"):
        examples, ours = our_logits(record, task)
        tokenizer = AutoTokenizer.from_pretrained(to / task)
        model = AUTO[task].from_pretrained(to / task).eval()
        if task == "pos":
            batch = tokenizer([list(e.words) for e in examples], is_split_into_words=True, padding=True,
                              return_tensors="pt")  # fmt: skip
        else:
            batch = tokenizer([e.premise for e in examples], [e.hypothesis for e in examples], padding=True,
                              return_tensors="pt")  # fmt: skip
        with torch.no_grad():
            theirs = model(**batch).logits
        torch.testing.assert_close(theirs, ours, rtol=0, atol=1e-6)
        assert model.config.id2label == dict(enumerate(TASKS[task].labels))
        assert model.config.label2id == {label: i for i, label in enumerate(TASKS[task].labels)}
        assert {"config.json", "model.safetensors", "tokenizer.json", "README.md"} <= set(os.listdir(to / task))
        assert "Wolof" in (to / task / "README.md").read_text() and str(tmp_path) not in "".join(
            path.read_text() for path in (to / task).iterdir() if path.suffix in (".md", ".json")
        )
    with pytest.raises(ValueError, match="must get a new folder"):
        sweep.export("tiny", to=to, mlruns=folder.mlruns, say=lambda text: None)


def test_the_encoder_is_the_realigned_one(
    trained: Callable[..., TrialRecord], folder: SweepFolder, tmp_path: Path
) -> None:
    record, to = trained(keep_models=False), tmp_path / "out"
    encoder = sweep.export("tiny", record.trial, to=to, encoder=True, mlruns=folder.mlruns, say=lambda text: None)
    loaded, base = AutoModel.from_pretrained(encoder[0]), AutoModel.from_pretrained(tmp_path / "encoder")
    changed = [n for n, w in loaded.named_parameters() if "pooler" not in n and not w.equal(base.get_parameter(n))]
    assert changed and json.loads((encoder[0] / "config.json").read_text())["model_type"] == "bert"


def test_what_was_not_kept_is_said_or_trained_again(
    trained: Callable[..., TrialRecord], folder: SweepFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = trained(keep_models=False)
    command = ["export", "tiny", record.arm, "--to", str(tmp_path / "out"), "--mlruns", str(folder.mlruns)]
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "`run.keep_models` was off" in said and f"export tiny {record.trial} --train" in said
    assert not (tmp_path / "out").exists()
    assert main([*command, "--train", "--task", "pos"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{tmp_path / 'out' / 'pos'}\n" and "not to the recorded scores" not in captured.err
    assert main(["export", "tiny", "nothing", *command[3:]]) == 2
    assert "must be a finished one of tiny, or an arm, but is 'nothing'" in capsys.readouterr().err
