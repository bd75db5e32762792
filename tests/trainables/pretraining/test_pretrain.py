"""Masked-language-model training: its loss, its resumption, and the stage that comes out."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
import torch
from transformers import AutoModel, AutoTokenizer, BertForMaskedLM, PreTrainedTokenizerFast

from search_spaces.languages import ENGLISH
from trainables import pretraining
from trainables.data.folder import DataFolder
from trainables.pretraining import loop
from trainables.pretraining.batches import EncodedCorpus, masked_batch
from trainables.pretraining.corpus import read_texts, resolve_seen, text_languages
from trainables.pretraining.tokenizer import train_tokenizer
from trainables.run_config import PretrainConfig
from trainables.store.stage_store import StageStore

Parts = tuple[EncodedCorpus, PreTrainedTokenizerFast]

CONFIG = PretrainConfig(
    seen=("swh_Latn",), vocabulary_size=90, n_layers=1, hidden_size=16, n_heads=2, max_length=16, n_steps=12,
    n_tokens_per_batch=256, learning_rate=3e-3, mask_frac=0.3, seed=1,
)  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def parts(tiny_data: Path) -> Parts:
    data = DataFolder(tiny_data)
    texts = read_texts(data, text_languages(data))
    tokenizer = train_tokenizer(texts, CONFIG.vocabulary_size, CONFIG.max_length)
    seen = resolve_seen(CONFIG.seen, data)
    return pretraining.encode({language: texts[language] for language in seen}, tokenizer, CONFIG.max_length), tokenizer


def test_the_loss_on_masked_places_only_is_the_models_own_loss(parts: Parts) -> None:
    corpus, tokenizer = parts
    model = loop.new_model(CONFIG, tokenizer).eval()
    batch = masked_batch(corpus, numpy.arange(9), 0, 0.3, 4, 1, 5, len(tokenizer), seed=0)
    labels = torch.full_like(batch.input_ids, -100).flatten()
    labels[batch.positions] = batch.targets
    whole = model(
        input_ids=batch.input_ids, attention_mask=batch.attention_mask, labels=labels.view_as(batch.input_ids)
    ).loss
    torch.testing.assert_close(loop.masked_loss(model, batch), whole)


def test_long_sentences_are_cut_and_nothing_is_lost(parts: Parts) -> None:
    _, tokenizer = parts
    text = "dog sees cat " * 20
    corpus = pretraining.encode({ENGLISH: [text.strip()]}, tokenizer, max_length=16)
    lengths = numpy.diff(corpus.starts)
    assert len(lengths) > 1 and lengths.max() == 16
    kept = [i for i in corpus.ids.tolist() if i not in (0, 2)]
    assert kept == tokenizer(text.strip(), add_special_tokens=False)["input_ids"]


def test_the_loss_falls(parts: Parts, tmp_path: Path) -> None:
    corpus, tokenizer = parts
    config = dataclasses.replace(CONFIG, n_steps=100)
    training = loop.train(loop.new_model(config, tokenizer), corpus, tokenizer, config, tmp_path)
    assert training.step == 100 and len(training.losses) == 2 and training.losses[1] < training.losses[0] - 0.1


def test_the_rate_warms_up_and_decays_to_zero() -> None:
    config = dataclasses.replace(CONFIG, n_steps=100, warmup_frac=0.1, learning_rate=1.0)
    rates = [loop._rate(step, config) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and rates[9] == pytest.approx(1.0) and rates[10] == pytest.approx(1.0)
    assert rates[55] == pytest.approx(0.5) and rates[99] == pytest.approx(1 / 90)


def test_a_killed_training_goes_on_and_ends_with_the_same_weights(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    corpus, tokenizer = parts
    straight = loop.new_model(CONFIG, tokenizer)
    whole = loop.train(straight, corpus, tokenizer, CONFIG, tmp_path / "straight", checkpoint_s=1e9)
    real, calls = loop._optimise, 0

    def killed(*args: object) -> float:
        nonlocal calls
        calls += 1
        if calls == 8:
            raise KeyboardInterrupt
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "_optimise", killed)
    with pytest.raises(KeyboardInterrupt):
        loop.train(loop.new_model(CONFIG, tokenizer), corpus, tokenizer, CONFIG, tmp_path / "cut", checkpoint_s=0)
    resumed = loop.new_model(dataclasses.replace(CONFIG, seed=99), tokenizer)  # what it starts from must not matter
    rest = loop.train(resumed, corpus, tokenizer, CONFIG, tmp_path / "cut", checkpoint_s=0)
    assert calls == 8 + 5  # steps 0-6 before, 7-11 after
    assert (rest.step, rest.n_tokens, rest.window) == (whole.step, whole.n_tokens, whole.window)
    for name, tensor in straight.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name


def test_the_stage(tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, store = DataFolder(tiny_data), StageStore(tmp_path)
    stage = pretraining.pretrain(CONFIG, data, store)
    names = {path.name for path in stage.iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "seen.json", "training.json", "stage.json"} <= names
    assert json.loads((stage / "seen.json").read_text()) == ["eng_Latn", "swh_Latn"]
    training = json.loads((stage / "training.json").read_text())
    assert training["n_steps"] == 12 and training["n_subwords"] > 12 * 128
    assert 0 < training["first_step_seconds"] < training["seconds"]
    model, tokenizer = AutoModel.from_pretrained(stage), AutoTokenizer.from_pretrained(stage)
    assert model.config.hidden_dropout_prob == model.config.attention_probs_dropout_prob == pretraining.DROPOUT
    assert len(tokenizer) == model.config.vocab_size and tokenizer.model_max_length == 16
    head = BertForMaskedLM.from_pretrained(stage)
    assert head.cls.predictions.decoder.weight is head.bert.embeddings.word_embeddings.weight
    monkeypatch.setattr(pretraining, "train", None)  # must not be called again
    assert pretraining.pretrain(CONFIG, data, StageStore(tmp_path)) == stage
    assert not list((tmp_path / "work").glob("*")) if (tmp_path / "work").exists() else True


def test_the_same_configuration_gives_the_same_weights_and_another_seed_others(tiny_data: Path, tmp_path: Path) -> None:
    data = DataFolder(tiny_data)
    stages = [
        pretraining.pretrain(dataclasses.replace(CONFIG, seed=seed), data, StageStore(tmp_path / place))
        for place, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    weights = [(stage / "model.safetensors").read_bytes() for stage in stages]
    assert weights[0] == weights[1] != weights[2]
    assert stages[0].name == stages[1].name != stages[2].name


def test_the_cores_of_the_machine_change_no_digit(tiny_data: Path, tmp_path: Path) -> None:
    """Encoders under one fingerprint are one encoder: the threads that compute are the configured ones."""
    before, weights = torch.get_num_threads(), []
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            stage = pretraining.pretrain(CONFIG, DataFolder(tiny_data), StageStore(tmp_path / str(n_threads)))
            assert torch.get_num_threads() == n_threads
            weights.append((stage / "model.safetensors").read_bytes())
    finally:
        torch.set_num_threads(before)
    assert weights[0] == weights[1]
