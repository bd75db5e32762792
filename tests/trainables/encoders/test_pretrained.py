"""Provider "pretrained": built when the store does not hold it, taken from there ever after."""

from pathlib import Path

import pytest
import torch

from search_spaces.registry import UnknownNameError
from trainables import pretraining
from trainables.data.folder import DataFolder
from trainables.encoders.load import load_encoder
from trainables.run_config import EncoderConfig, PretrainConfig
from trainables.store.stage_store import StageStore

PRETRAIN = PretrainConfig(
    seen=("swh_Latn",), vocabulary_size=90, n_layers=2, hidden_size=16, n_heads=2, max_length=16, n_steps=2,
    n_tokens_per_batch=64,
)  # fmt: skip


def test_built_once(tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, store = DataFolder(tiny_data), StageStore(tmp_path)
    config = EncoderConfig(provider="pretrained", pretrain=PRETRAIN)
    first = load_encoder(config, data, store)
    monkeypatch.setattr(pretraining, "train", None)  # must not be called again
    second = load_encoder(config, data, store)
    assert first.seen == frozenset({"eng_Latn", "swh_Latn"}) and first.model.dtype == torch.float32
    assert first.fingerprint == second.fingerprint
    assert all(torch.equal(a, b) for a, b in zip(first.model.parameters(), second.model.parameters(), strict=True))
    one_block = load_encoder(EncoderConfig(provider="pretrained", pretrain=PRETRAIN, n_layers=1), data, store)
    assert len(one_block.model.encoder.layer) == 1 and one_block.fingerprint != first.fingerprint


def test_an_unknown_provider_is_refused_with_the_nearest(tiny_data: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Nearest: 'packaged'"):
        load_encoder(EncoderConfig(provider="package"), DataFolder(tiny_data), StageStore(tmp_path))
