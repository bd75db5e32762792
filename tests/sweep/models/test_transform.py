"""The classes of transformers compute what ours compute."""

from typing import Any

import pytest
import torch
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

from sweep.models.transform import in_transformers
from tests.sweep.models.trained import SMALL
from trainables.tasks import TASKS
from trainables.tasks.heads import PairClassifier, WordTagger


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
