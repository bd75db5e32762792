"""The contract that authors of plug-ins run, over the providers that need neither a network nor another package."""

import dataclasses
from pathlib import Path

import pytest

from trainables.run_config import EncoderConfig, PretrainConfig
from trainables.testing import EncoderContract

PRETRAIN = PretrainConfig(
    seen=("swh_Latn",), vocabulary_size=60, n_layers=1, hidden_size=16, n_heads=2, max_length=16, n_steps=2,
    n_tokens_per_batch=64,
)  # fmt: skip


class TestProviders(EncoderContract):
    @pytest.fixture(autouse=True, params=["hub", "pretrained"])
    def member(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param

    def config(self, folder: Path) -> EncoderConfig:
        return dataclasses.replace(super().config(folder), pretrain=PRETRAIN)
