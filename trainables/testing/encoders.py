"""The contract of an encoder provider: it says what the encoder is before it loads it, and loads the same each time."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from trainables.data.folder import DataFolder
from trainables.encoders import ENCODERS
from trainables.encoders.base import Source
from trainables.encoders.load import load_encoder
from trainables.run_config import EncoderConfig
from trainables.store.fingerprint import fingerprint
from trainables.store.stage_store import StageStore
from trainables.testing.tiny import save_tiny_encoder, write_tiny_data


class EncoderContract:
    """name: in the table of encoder providers."""

    name: str

    def config(self, folder: Path) -> EncoderConfig:
        """`run.encoder` for the smallest encoder of this provider; `folder` holds a tiny one in the hub's layout."""
        return EncoderConfig(provider=self.name, name=str(folder))

    def test_its_identity_can_be_fingerprinted_and_is_the_same_each_time(self) -> None:
        with self._opened() as (config, data, store):
            one, two = (ENCODERS[self.name](config, data, store) for _ in range(2))
            assert fingerprint(one.identity) == fingerprint(two.identity) and one.seen == two.seen

    def test_it_loads_the_same_weights_each_time(self) -> None:
        with self._opened() as (config, data, store):
            source: Source = ENCODERS[self.name](config, data, store)
            torch.manual_seed(7)
            one = source.load()[0].state_dict()
            torch.manual_seed(8)
            two = source.load()[0].state_dict()
            assert one.keys() == two.keys() and all(torch.equal(one[key], two[key]) for key in one), (
                "Loading must give the same weights whatever the random state. Seed what is drawn, in `fork_rng()`."
            )

    def test_it_gives_a_bare_encoder_in_fp32_and_a_fast_tokenizer(self) -> None:
        with self._opened() as (config, data, store):
            encoder = load_encoder(config, data, store)
            model, tokenizer = encoder.model, encoder.tokenizer
            assert not model.training, "The model must be in eval mode."
            assert {p.dtype for p in model.parameters()} == {torch.float32}, "All weights must be fp32."
            assert getattr(model, "pooler", None) is None, "The model must have no pooler: nobody here uses it."
            assert tokenizer.is_fast and tokenizer.pad_token_id is not None, "The tokenizer must be fast, with padding."
            batch = tokenizer(["a dog", "cat"], padding=True, return_tensors="pt")
            hidden_BTH = model(**batch).last_hidden_state
            assert hidden_BTH.shape == (*batch["input_ids"].shape, model.config.hidden_size)

    @contextmanager
    def _opened(self) -> Iterator[tuple[EncoderConfig, DataFolder, StageStore]]:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            save_tiny_encoder(root / "encoder")
            write_tiny_data(root / "data", [])
            yield self.config(root / "encoder"), DataFolder(root / "data"), StageStore(root / "store")
