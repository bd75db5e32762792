"""Every family of encoders, tiny and random, in its layout on the hub, through all that is done to an encoder."""

import copy
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from encoder_layouts import LAYOUTS, Layout
from safetensors import safe_open
from safetensors.torch import load_model, save_model

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.encoders.architecture import blocks, n_positions, word_embeddings
from trainables.encoders.base import Encoder, EncoderError
from trainables.encoders.load import load_encoder
from trainables.encoders.word_starts import as_words, word_starts
from trainables.realignment.loop import realign
from trainables.realignment.loss import make_loss
from trainables.realignment.objectives import OBJECTIVES
from trainables.run import Run
from trainables.run_config import EncoderConfig, RealignConfig, RunConfig
from trainables.store.stage_store import StageStore
from trainables.tasks import TASKS

SWAHILI = Language("swh_Latn")
PAIRS = [("dog sees cat", "eph tfft dbu"), ("fox hears owl", "gpy ifbst pxm")]
FUSED = {"gte": "attention.qkv_proj", "nomic": "attn.Wqkv", "jina": "mixer.Wqkv", "ModernBERT": "attn.Wqkv"}
# Of each kind one: a table of positions, relative positions, fused weights kept and taken apart, no positions at all.
RESUMED = ["XLM-R", "mDeBERTa-v3", "ModernBERT", "gte", "mT5"]


@pytest.fixture(scope="module", params=LAYOUTS)
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Name and folder, written once."""
    folder = tmp_path_factory.mktemp("family") / "encoder"
    LAYOUTS[request.param].write(folder)
    return request.param, folder


@pytest.fixture
def load(family: tuple[str, Path], three_task_data: Path, tmp_path: Path) -> Callable[..., Encoder]:
    """(fields of EncoderConfig) -> the family's encoder."""

    def loaded(**fields: Any) -> Encoder:
        config = EncoderConfig(provider="hub", name=str(family[1]), **fields)
        return load_encoder(config, DataFolder(three_task_data), StageStore(tmp_path / "store"))

    return loaded


def states(encoder: Encoder, texts: list[str]) -> tuple[torch.Tensor, ...]:
    batch = encoder.tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        found: tuple[torch.Tensor, ...] = encoder.model.eval()(**batch, output_hidden_states=True).hidden_states
    return found


def train(encoder: Encoder, data: DataFolder, **settings: Any) -> list[float]:
    """Three steps of realignment on one batch; the losses."""
    config = RealignConfig(learning_rate=1e-2, max_length=32, projection_size=8, **settings)
    torch.manual_seed(0)
    loss_of = make_loss(encoder, data, (SWAHILI,), config)
    return [step.metrics["loss"] for step in realign(encoder, loss_of, [PAIRS] * 3, config, "fp32")]


def test_the_file_is_in_its_published_form(family: tuple[str, Path]) -> None:
    name, folder = family
    if name in FUSED:
        with safe_open(folder / "model.safetensors", "pt") as file:
            assert any(FUSED[name] in key for key in file.keys())  # noqa: SIM118


def test_blocks_embeddings_and_positions_are_found(family: tuple[str, Path], load: Callable[..., Encoder]) -> None:
    encoder = load()
    assert len(blocks(encoder.model) or []) == encoder.model.config.num_hidden_layers == 3
    longest = n_positions(encoder.model)
    assert longest == (
        None if family[0] == "mT5" else 64 if encoder.model.config.max_position_embeddings < 128 else 128
    )
    if longest is not None:  # reads so many, and where positions are a table, not one more
        ids = torch.full((1, longest), 5)
        encoder.model(input_ids=ids)
        if getattr(getattr(encoder.model, "embeddings", None), "position_embeddings", None) is not None:
            with pytest.raises((IndexError, RuntimeError)):
                encoder.model(input_ids=torch.full((1, longest + 1), 5))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_realigning_moves_the_encoder_and_its_weights_come_back(
    load: Callable[..., Encoder], three_task_data: Path, tmp_path: Path, objective: str
) -> None:
    encoder, data = load(), DataFolder(three_task_data)
    before = copy.deepcopy(encoder.model.state_dict())
    losses = train(encoder, data, objective=objective)
    assert len(losses) == 3 and all(torch.isfinite(torch.tensor(losses)))
    after = encoder.model.state_dict()
    assert any(not torch.equal(before[name], after[name]) for name in before)
    save_model(encoder.model, str(tmp_path / "x.safetensors"))  # fused families crashed here, after the realignment
    again = load()
    load_model(again.model, tmp_path / "x.safetensors")
    assert all(torch.equal(tensor, after[name]) for name, tensor in again.model.state_dict().items())


@pytest.mark.parametrize("half", ["lower", "upper"])
def test_what_is_frozen_stays(load: Callable[..., Encoder], three_task_data: Path, half: str) -> None:
    encoder = load()
    found = blocks(encoder.model) or []
    kept = [found[0] if half == "lower" else found[2], word_embeddings(encoder.model)]
    before = [copy.deepcopy(module.state_dict()) for module in kept]
    moving = copy.deepcopy(found[1].state_dict())
    train(encoder, DataFolder(three_task_data), freeze=half, n_frozen_blocks=1, freeze_embeddings=True)
    for module, state in zip(kept, before, strict=True):
        assert all(torch.equal(tensor, state[name]) for name, tensor in module.state_dict().items())
    assert any(not torch.equal(tensor, moving[name]) for name, tensor in found[1].state_dict().items())
    assert all(parameter.requires_grad for parameter in encoder.model.parameters())


def test_the_first_blocks_compute_what_they_did_in_the_whole(load: Callable[..., Encoder]) -> None:
    whole, cut = load(), load(n_layers=2)
    texts = ["dog sees cat", "a b"]
    inside, alone = states(whole, texts), states(cut, texts)
    assert len(alone) == 3 and cut.fingerprint != whole.fingerprint
    for i in range(2):
        torch.testing.assert_close(alone[i], inside[i])
    norm = next((m for n, m in whole.model.named_modules() if n.endswith(("final_norm", "final_layer_norm"))
                 or n in ("norm", "encoder.LayerNorm")), torch.nn.Identity())  # fmt: skip
    with torch.no_grad():
        torch.testing.assert_close(alone[2], norm(inside[2]))


def test_a_trimmed_vocabulary_changes_nothing_or_is_refused(
    family: tuple[str, Path], load: Callable[..., Encoder], three_task_data: Path
) -> None:
    layout: Layout = LAYOUTS[family[0]]
    if not layout.trims:
        with pytest.raises(EncoderError, match="Unigram or WordPiece, but it is BPE. Set `encoder.trim_vocabulary"):
            load(trim_vocabulary=True)
        return
    whole, trimmed = load(), load(trim_vocabulary=True)
    texts = [text for pair in DataFolder(three_task_data).bitext(SWAHILI)[:8] for text in pair]
    torch.testing.assert_close(states(trimmed, texts)[-1], states(whole, texts)[-1])
    assert len(trimmed.tokenizer) == word_embeddings(trimmed.model).num_embeddings
    assert trimmed.fingerprint != whole.fingerprint


def test_every_task_learns(load: Callable[..., Encoder], three_task_data: Path, tmp_path: Path) -> None:
    data = DataFolder(three_task_data)
    for task in TASKS.values():
        encoder = load()
        model = task.new_model(encoder.model, len(task.labels)).train()
        examples = task.read_split(data, ENGLISH, "train")[:4]
        batch = task.collate(encoder.tokenizer, examples, task.labels, 32)
        loss = torch.nn.functional.cross_entropy(
            model(batch).flatten(0, -2), batch["labels"].flatten(), ignore_index=-100
        )
        loss.backward()  # type: ignore[no-untyped-call]
        gradient = word_embeddings(encoder.model).weight.grad
        assert gradient is not None and bool(gradient.abs().sum() > 0)
        save_model(model, str(tmp_path / f"{task.name}.safetensors"))


def test_words_have_the_pieces_that_they_have_in_text(load: Callable[..., Encoder]) -> None:
    """Byte-level and Gemma's pieces of words given one by one were a quarter more, and others than in text."""
    tokenizer = load().tokenizer
    words = ["dog", "cox", "fish", "oxa", "hoga"]
    as_text = tokenizer(" " + " ".join(words), add_special_tokens=False)["input_ids"]
    given = tokenizer(as_words(tokenizer, [words]), is_split_into_words=True, add_special_tokens=False)
    assert given["input_ids"][0] == as_text
    assert [word for word in given.word_ids(0)] == sorted(given.word_ids(0))
    if word_starts(tokenizer).needs_space:
        without = tokenizer([words], is_split_into_words=True, add_special_tokens=False)["input_ids"][0]
        assert len(without) > len(as_text)


@pytest.mark.slow
@pytest.mark.parametrize("family", RESUMED, indirect=True)
def test_a_run_ends_with_the_same_scores_after_a_resume(
    family: tuple[str, Path], three_task_config: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut in the middle of the realignment. Realignment during fine-tuning: `test_run_restart.py`."""
    config = dataclasses.replace(
        three_task_config, encoder=EncoderConfig(provider="hub", name=str(family[1])), languages=("swh_Latn",),
        realign=dataclasses.replace(three_task_config.realign, n_steps=3),
        finetune=dataclasses.replace(three_task_config.finetune, n_steps=3),
        evaluate=dataclasses.replace(three_task_config.evaluate, n_retrieval=0, n_sentences=2),
    )  # fmt: skip
    with monkeypatch.context() as one_step_a_bite:
        one_step_a_bite.setattr("trainables.staged.BITE_S", 0.0)
        first = Run(config)
        reports = [first.advance() for _ in range(2)]
    assert (reports[-1]["stage"], reports[-1]["stage_step"]) == ("realign", 2)
    first.save(tmp_path)
    second = Run(dataclasses.replace(config, store=str(tmp_path / "again")))
    second.load(tmp_path)
    for run in (first, second):
        while not run.done:
            run.advance()
    assert first.scores == second.scores and len(first.scores) > 0
