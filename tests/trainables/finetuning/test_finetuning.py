"""Labels on the right sub-words, the learning-rate schedule by hand, and that a tagger learns."""

from collections.abc import Callable

import numpy
import pytest

from trainables.data_folder import TaggedSentence
from trainables.encoders.base import Encoder
from trainables.evaluation.evaluate import count_correct, evenly_spread
from trainables.finetuning.heads import WordTagger
from trainables.finetuning.loop import finetune, rate_factor
from trainables.finetuning.word_labels import IGNORED, tokenize_tagged
from trainables.run_config import EvaluateConfig, FinetuneConfig
from trainables.seeding import seed_stage

LABELS = ("NOUN", "VERB")
SENTENCES = [
    TaggedSentence(("dog", "ab"), ("NOUN", "VERB")),
    TaggedSentence(("cat", "cd", "dog"), ("NOUN", "VERB", "NOUN")),
]


def test_the_first_real_subword_carries_the_label(make_encoder: Callable[..., Encoder]) -> None:
    batch = tokenize_tagged(make_encoder().tokenizer, SENTENCES, LABELS, max_length=16)
    n, v, x = 0, 1, IGNORED
    # <s> ▁dog ▁ a b </s> .. / <s> ▁cat ▁ c d ▁dog </s>: the lone ▁ before "ab" carries nothing
    assert batch["labels"].tolist() == [[x, n, x, v, x, x, x], [x, n, x, v, x, n, x]]


def test_words_that_are_cut_off_are_not_scored(make_encoder: Callable[..., Encoder]) -> None:
    batch = tokenize_tagged(make_encoder().tokenizer, [SENTENCES[1]], LABELS, max_length=4)
    assert (batch["labels"] != IGNORED).sum() == 2  # <s> ▁cat ▁ </s>: the third word is gone


def test_the_schedule_by_hand() -> None:
    # 20 steps, 10 % warm-up: 2 steps up (1/3, 2/3), the peak at step 2, then straight down to 0 at step 20
    factors = [rate_factor(step, 20, 0.1) for step in range(21)]
    assert factors[:3] == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert factors[11] == pytest.approx(0.5)
    assert factors[20] == 0.0
    assert rate_factor(0, 10, 0.0) == 1.0


def test_a_tagger_learns_and_is_counted(make_encoder: Callable[..., Encoder]) -> None:
    encoder = make_encoder()
    seeds = seed_stage(0, "finetune")
    tagger = WordTagger(encoder.model, len(LABELS))
    config = FinetuneConfig(n_steps=80, batch_size=2, learning_rate=3e-3)
    losses = [
        p.metrics["loss"] for p in finetune(tagger, encoder.tokenizer, SENTENCES, LABELS, config, "fp32", seeds.numpy)
    ]
    assert losses[-1] < 0.2 * losses[0]
    assert count_correct(tagger, encoder.tokenizer, SENTENCES, LABELS, EvaluateConfig(batch_size=1)) == (5, 5)
    wrong = [TaggedSentence(("dog", "ab"), ("VERB", "VERB"))]
    assert count_correct(tagger, encoder.tokenizer, wrong, LABELS, EvaluateConfig()) == (1, 2)


def test_every_sentence_is_read_once_an_epoch(
    make_encoder: Callable[..., Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def note(tokenizer: object, sentences: list[TaggedSentence], *rest: object) -> object:
        read.extend(sentence.words[0] for sentence in sentences)
        return tokenize_tagged(tokenizer, sentences, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("trainables.finetuning.loop.tokenize_tagged", note)
    encoder = make_encoder()
    sentences = [TaggedSentence((letter,), ("NOUN",)) for letter in "abcdef"]
    config = FinetuneConfig(n_steps=6, batch_size=2)
    tagger = WordTagger(encoder.model, len(LABELS))
    list(finetune(tagger, encoder.tokenizer, sentences, LABELS, config, "fp32", numpy.random.default_rng(0)))
    assert sorted(read[:6]) == sorted(read[6:]) == list("abcdef")
    assert read[:6] != read[6:]


def test_evenly_spread() -> None:
    assert evenly_spread(10, 5) == [0, 2, 4, 6, 8]
    assert evenly_spread(3, 5) == evenly_spread(3, None) == [0, 1, 2]
