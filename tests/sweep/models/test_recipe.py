"""The code on a model's card, executed as it stands, gives the labels that our own evaluation counts."""

import contextlib
import io
from ast import literal_eval
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

from sweep.models.card import model_card
from sweep.models.export import CARD, save
from sweep.models.kept import Kept
from sweep.records.records import TrialRecord
from tests.sweep.models.trained import SMALL
from tests.trainables.encoder_layouts import bert_tokenizer, modernbert_tokenizer, xlmr_tokenizer
from trainables.data.labelled_files import TaggedSentence
from trainables.tasks import TASKS
from trainables.tasks.word_labels import IGNORED, tokenize_tagged

WORDS = ("dog", "cab", "dogs", "bad", "a", "'s", "fab")
"""Of these, "dog" alone has a piece of its own with its word start; "▁" stands alone before the others."""


@pytest.mark.parametrize(
    ("make", "bare", "needs_space"),
    [(xlmr_tokenizer, "▁", False), (modernbert_tokenizer, "Ġ", True), (bert_tokenizer, None, False)],
)
def test_the_code_on_the_card_does_what_evaluation_does(
    make: Callable[[], PreTrainedTokenizerFast],
    bare: str | None,
    needs_space: bool,
    record_of: Callable[..., TrialRecord],
    tmp_path: Path,
) -> None:
    tokenizer, labels = make(), TASKS["pos"].labels
    torch.manual_seed(0)
    config = BertConfig(**{**SMALL, "vocab_size": len(tokenizer)}, num_labels=len(labels), initializer_range=1.0)
    config.id2label, config.label2id = dict(enumerate(labels)), {label: i for i, label in enumerate(labels)}
    model = BertForTokenClassification(config).eval()
    card = model_card(record_of("best", 3, ("wol_Latn",)), TASKS["pos"], tokenizer=tokenizer)
    folder = save(Kept(model, tokenizer), card, tmp_path / "pos")
    code = (folder / CARD).read_text().split("```python\n")[1].split("```")[0]
    assert (f'ids("{bare}")' in code) == ("bare" in code) == (bare is not None)
    assert ('" " + word' in code) == needs_space

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code.replace('["Dogs", "bark", "."]', repr(list(WORDS))), {"FOLDER": str(folder)})

    batch = tokenize_tagged(tokenizer, [TaggedSentence(WORDS, (labels[0],) * len(WORDS))], labels, 128)
    carries = (batch.pop("labels") != IGNORED)[0]
    with torch.no_grad():
        predicted = model(**batch).logits[0].argmax(-1)
    assert literal_eval(printed.getvalue()) == [labels[i] for i in predicted[carries]]
    if bare == "▁":  # the test would not see a recipe that reads the first piece of each word
        first = [batch.word_ids(0).index(i) for i in range(len(WORDS))]
        assert predicted[first].tolist() != predicted[carries].tolist()
