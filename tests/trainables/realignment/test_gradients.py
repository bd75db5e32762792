"""Gradients of languages: against finite differences of the loss, and what they leave untouched."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from search_spaces.languages import ENGLISH, Language
from trainables.data.folder import DataFolder
from trainables.encoders.base import Encoder
from trainables.evaluation.retrieval import HELD_OUT, half_of
from trainables.realignment.gradients import N_PAIRS, gradient_cosines, stored_gradients, unit_gradient
from trainables.realignment.loss import make_loss
from trainables.run_config import RealignConfig, RunConfig
from trainables.stepping.seeding import seed_stage
from trainables.store.stage_store import StageStore

SWAHILI, YORUBA = Language("swh_Latn"), Language("yor_Latn")
CONFIG = RealignConfig(projection_size=8, max_length=16, batch_size=64)
STEP = 2e-3


def test_a_step_on_a_candidate_lowers_the_targets_loss_by_its_cosine(
    make_encoder: Callable[..., Encoder], tiny_data: Path
) -> None:
    data, encoder = DataFolder(tiny_data), make_encoder()
    found: dict[Language, float] = {}
    list(gradient_cosines(encoder, data, CONFIG, [SWAHILI, YORUBA], [YORUBA], found))

    seed_stage(0, "gradients")
    loss_of = make_loss(encoder, data, (SWAHILI, YORUBA), CONFIG)
    english, yoruba = data.flores(ENGLISH, HELD_OUT), data.flores(YORUBA, HELD_OUT)
    pairs = [(english[key], yoruba[key]) for key in half_of(english, "steering")[:N_PAIRS]]
    weights = [w for name, w in encoder.model.named_parameters() if "embeddings" not in name]

    @torch.no_grad()
    def slope(along: torch.Tensor) -> float:
        """Central difference of the target's loss along a direction."""
        values = []
        for step in (STEP, -STEP):
            for weight, change in zip(weights, along.split([w.numel() for w in weights]), strict=True):
                weight += step * change.view_as(weight)
            values.append(float(loss_of(encoder.model, pairs)))
            for weight, change in zip(weights, along.split([w.numel() for w in weights]), strict=True):
                weight -= step * change.view_as(weight)
        return (values[0] - values[1]) / (2 * STEP)

    steepest = slope(unit_gradient(encoder, loss_of, pairs, CONFIG))
    for language, cosine in found.items():
        own = unit_gradient(encoder, loss_of, data.bitext(language)[:N_PAIRS], CONFIG)
        assert cosine == pytest.approx(slope(own) / steepest, abs=0.02), language
    assert found[SWAHILI] < found[YORUBA] < 1  # the target's own sentence pairs are other sentences


def test_the_encoder_is_left_as_it_was_and_parts_change_nothing(
    make_encoder: Callable[..., Encoder], tiny_data: Path
) -> None:
    data, encoder = DataFolder(tiny_data), make_encoder()
    before = {name: tensor.clone() for name, tensor in encoder.model.state_dict().items()}
    whole: dict[Language, float] = {}
    in_parts: dict[Language, float] = {}
    targets = [SWAHILI, YORUBA]
    list(gradient_cosines(encoder, data, CONFIG, targets, targets, whole))
    list(
        gradient_cosines(encoder, data, RealignConfig(**{**vars(CONFIG), "micro_batch": 7}), targets, targets, in_parts)
    )
    assert in_parts == pytest.approx(whole, abs=1e-4)
    assert all(torch.equal(tensor, before[name]) for name, tensor in encoder.model.state_dict().items())
    assert all(weight.grad is None and weight.requires_grad for weight in encoder.model.parameters())


def test_they_are_computed_once_and_again_where_anything_that_counts_is_other(
    make_encoder: Callable[..., Encoder], tiny_data: Path, tmp_path: Path
) -> None:
    data, store, encoder = DataFolder(tiny_data), StageStore(tmp_path), make_encoder()

    def measure(run: RunConfig, targets: list[Language]) -> tuple[int, dict[Language, float]]:
        found: dict[Language, float] = {}
        steps = list(stored_gradients(encoder, data, run, [SWAHILI, YORUBA], targets, store, found))
        return len(steps), found

    n_steps, first = measure(RunConfig(realign=CONFIG), [YORUBA])
    assert n_steps == 3 and list(first) == [SWAHILI, YORUBA]
    assert measure(RunConfig(realign=CONFIG), [YORUBA]) == (0, first)
    assert measure(RunConfig(realign=CONFIG, seed=5, languages=(SWAHILI,)), [YORUBA]) == (0, first)
    assert measure(RunConfig(realign=CONFIG), [SWAHILI])[1] != first
    assert measure(RunConfig(realign=replace(CONFIG, temperature=0.5)), [YORUBA])[1] != first


def test_objectives_of_words_are_refused(make_encoder: Callable[..., Encoder], tiny_data: Path) -> None:
    words = RealignConfig(objective="word_contrastive", alignments="similarity")
    with pytest.raises(ValueError, match="objectives of sentences only, but `realign.objective` is 'word_contrastive'"):
        list(gradient_cosines(make_encoder(), DataFolder(tiny_data), words, [SWAHILI], [YORUBA], {}))
