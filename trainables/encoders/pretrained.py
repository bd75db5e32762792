"""Provider "pretrained": a small BERT of our own, from the store, or trained now when the store does not hold it."""

from trainables import pretraining
from trainables.data.folder import DataFolder
from trainables.encoders.base import Loaded, Source
from trainables.encoders.loading import load_folder
from trainables.run_config import EncoderConfig
from trainables.store.stage_store import StageStore


def source(config: EncoderConfig, data: DataFolder, store: StageStore) -> Source:
    """The encoder of `config.pretrain` on the texts of `data`."""

    device = "cuda" if config.pretrain_on == "cuda" else "cpu"
    what = pretraining.identity(config.pretrain, data, device)

    def load() -> Loaded:
        return load_folder(pretraining.pretrain(config.pretrain, data, store, device))

    return Source(
        identity={"provider": "pretrained", **what},
        seen=frozenset(what["config"].seen),
        load=load,
        origin={"texts": what["data"]},
    )
