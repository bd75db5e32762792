"""A tiny trial that was really trained, with its record, and the encoder it starts from."""

import dataclasses
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, make_record
from trainables.mapping import from_mapping
from trainables.run import Run, release
from trainables.run_config import RunConfig

SMALL: dict[str, Any] = {
    "vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24,
}  # fmt: skip


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
