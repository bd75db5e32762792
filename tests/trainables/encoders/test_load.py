"""An encoder that a process keeps for its next trial: the same weights, and nobody else's."""

import dataclasses
from pathlib import Path

import pytest
import torch

from trainables.data.folder import DataFolder
from trainables.encoders import load
from trainables.encoders.load import load_encoder
from trainables.run_config import EncoderConfig
from trainables.store.stage_store import StageStore


@pytest.fixture
def loadings(monkeypatch: pytest.MonkeyPatch) -> list[EncoderConfig]:
    """What was really loaded, in a process that has kept nothing."""
    real, found = load._load, list[EncoderConfig]()
    monkeypatch.setattr(load, "_kept", {})

    def counted(config: EncoderConfig, *rest: object) -> object:
        found.append(config)
        return real(config, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(load, "_load", counted)
    return found


def test_the_next_trial_gets_the_weights_as_they_were_loaded(
    tiny_data: Path, tiny_checkpoint: Path, tmp_path: Path, loadings: list[EncoderConfig]
) -> None:
    data, store = DataFolder(tiny_data), StageStore(tmp_path)
    config = EncoderConfig(provider="hub", name=str(tiny_checkpoint))
    first = load_encoder(config, data, store)
    weights = {name: weight.clone() for name, weight in first.model.state_dict().items()}
    with torch.no_grad():
        for weight in first.model.parameters():  # as training does
            weight.add_(1.0)
    again = load_encoder(config, data, store)
    assert len(loadings) == 1 and again.fingerprint == first.fingerprint
    assert all(torch.equal(weight, weights[name]) for name, weight in again.model.state_dict().items())
    assert not again.model.training and all(weight.requires_grad for weight in again.model.parameters())
    frozen = load_encoder(dataclasses.replace(config, freeze_embeddings=True), data, store)
    assert not frozen.model.get_input_embeddings().weight.requires_grad
    assert load_encoder(config, data, store).model.get_input_embeddings().weight.requires_grad


def test_another_encoder_is_loaded(
    tiny_data: Path, tiny_checkpoint: Path, tmp_path: Path, loadings: list[EncoderConfig]
) -> None:
    data, store = DataFolder(tiny_data), StageStore(tmp_path)
    config = EncoderConfig(provider="hub", name=str(tiny_checkpoint))
    whole = load_encoder(config, data, store)
    cut = load_encoder(dataclasses.replace(config, n_layers=1), data, store)
    assert len(loadings) == 2 and cut.fingerprint != whole.fingerprint
    load_encoder(config, data, store)
    assert len(loadings) == 3 and len(load._kept) == 1  # one at a time


def test_a_large_encoder_is_not_kept(
    tiny_data: Path, tiny_checkpoint: Path, tmp_path: Path, loadings: list[EncoderConfig],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(load, "KEPT_BYTES", 100)
    config = EncoderConfig(provider="hub", name=str(tiny_checkpoint))
    for _ in range(2):
        load_encoder(config, DataFolder(tiny_data), StageStore(tmp_path))
    assert len(loadings) == 2 and not load._kept
