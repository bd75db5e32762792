"""The best trial's models in MLflow: the same function in transformers' own class, loadable, with a card."""

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaModel

from sweep.commands.main import main
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.plan import make_plan
from sweep.records.records import RecordStore, TrialRecord, make_record
from sweep.records.session import remember
from sweep.tracking.best_model import best_record, in_transformers, model_card
from trainables.mapping import from_mapping
from trainables.run import Run, release
from trainables.run_config import RunConfig
from trainables.tasks import TASKS
from trainables.tasks.heads import PairClassifier, WordTagger

SMALL: dict[str, Any] = {
    "vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24,
}  # fmt: skip


@pytest.mark.parametrize("task", ["pos", "nli"])
@pytest.mark.parametrize("family", ["bert", "xlmr"])
def test_the_class_of_transformers_computes_the_same(task: str, family: str) -> None:
    torch.manual_seed(0)
    encoder = (
        BertModel(BertConfig(**SMALL), add_pooling_layer=False)
        if family == "bert"
        else XLMRobertaModel(XLMRobertaConfig(**SMALL, pad_token_id=1), add_pooling_layer=False)
    )
    head = WordTagger if task == "pos" else PairClassifier
    ours = head(encoder, len(TASKS[task].labels)).eval()
    batch: Any = {"input_ids": torch.randint(3, 40, (2, 7)), "attention_mask": torch.ones(2, 7, dtype=torch.long)}
    theirs = in_transformers(ours, TASKS[task])
    with torch.no_grad():
        torch.testing.assert_close(theirs(**batch).logits, ours(batch), rtol=0, atol=1e-6)
    assert theirs.config.id2label == dict(enumerate(TASKS[task].labels))


def test_the_best_is_the_highest_dev_score(record_of: Callable[..., TrialRecord]) -> None:
    records = [record_of("a", 0, score=0.4), record_of("b", 0, score=0.6), record_of("c", 0, score=None)]
    assert best_record(records, "tiny").arm == "b"
    with pytest.raises(ValueError, match="needs a finished trial"):
        best_record([], "tiny")


def test_the_card_names_languages_scores_and_origin(record_of: Callable[..., TrialRecord]) -> None:
    card = model_card(record_of("best", 3, ("wol_Latn",), config_fingerprint="f00"), TASKS["pos"])
    assert card.startswith("---\nlanguage:\n- wol\n") and "(Wolof)" in card
    assert "| wol_Latn | 0.300 |" in card and "f00" in card and "0.200" not in card  # test, not dev


@pytest.mark.slow
def test_the_best_model_is_logged_and_can_be_loaded(
    config_of: Callable[..., SweepConfig], folder: SweepFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`sync --best-model` as a user calls it."""
    command = ["sync", "tiny", "--best-model", "--mlruns", str(folder.mlruns)]
    save_encoder(tmp_path / "encoder")
    run = {
        "encoder": {"provider": "hub", "name": str(tmp_path / "encoder")}, "device": "cpu",
        "finetune": {"n_steps": 2, "batch_size": 2}, "evaluate": {"n_retrieval": 0},
    }  # fmt: skip
    plan = make_plan(config_of(arms=["none"], seeds=[0], run=run), folder)
    remember(plan.config, folder)
    config = plan.trials[0].config()
    train(config, folder, keep_models=False)
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "Delete the record none-seed0.json and run the sweep again" in said and "run.keep_models=true" in said
    assert "Traceback" not in said
    train(config, folder, keep_models=True)
    assert main(command) == 0
    (uri,) = re.findall(r"load_model\('(.*)'\)", capsys.readouterr().err)

    import mlflow.transformers

    tagger = mlflow.transformers.load_model(uri)
    words = tagger("test bark")
    assert {word["entity"] for word in words} <= set(TASKS["pos"].labels) and len(words) == 2
    (logged,) = mlflow.MlflowClient(folder.tracking_uri).search_logged_models(["1"])
    run_id = logged.source_run_id
    cards = list((folder.artifacts / "realign-sweep" / run_id).rglob("model_card_pos.md"))
    assert len(cards) == 1 and cards[0].read_text().startswith("---\nlanguage:")
    assert main(command) == 0  # a second time nothing is logged
    assert uri in capsys.readouterr().err
    assert len(mlflow.MlflowClient(folder.tracking_uri).search_logged_models(["1"])) == 1


def train(config: dict[str, Any], folder: SweepFolder, keep_models: bool) -> None:
    """Runs the trial and writes its record, as a sweep would."""
    run = Run(dataclasses.replace(from_mapping(RunConfig, config["run"]), keep_models=keep_models))
    while not run.done:
        run.advance()
    result = {"score": run.score, "scores": [row.as_dict() for row in run.scores], "costs": dict(run.costs)}
    release(run)
    environment = {"sweep": "tiny", "versions": {}, "git_commit": None}
    RecordStore(folder.records).write(make_record(config, result, "", 1.0, environment))


def save_encoder(folder: Path) -> None:
    """A tiny BERT with a vocabulary of whole words."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "bark", "test", "train", "dev", "0", "1"]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    BertModel(BertConfig(**SMALL), add_pooling_layer=False).save_pretrained(folder)
