"""Builds what all trials share, once, on the driver: the pre-trained or decoded encoder in the stage store.

Without this the first trials would build it inside Ray, unseen, while the others wait for the lock.
"""

import time
from collections.abc import Callable
from pathlib import Path

from sweep.config import SweepConfig
from sweep.folders import SweepFolder, problem_of_writing
from sweep.mapping import ConfigError
from sweep.plan import with_store
from trainables.encoders import load_encoder
from trainables.encoders.base import Encoder
from trainables.parallel_data import SOURCES
from trainables.run_config import RunConfig
from trainables.stage_store import StageStore


def pretrain_encoder(config: SweepConfig, folder: SweepFolder, say: Callable[[str], None]) -> str:
    """Pre-trains the encoder of a sweep into the store and says where that is.

    Raises:
        ConfigError: the sweep's encoder is not one of our own, or the store cannot be written to.
    """
    if config.run.encoder.provider != "pretrained":
        provider = config.run.encoder.provider
        raise ConfigError([f"`run.encoder.provider` must be 'pretrained' to be pre-trained, but is {provider!r}."])
    run = with_store(config, folder).run
    if problem := problem_of_writing(Path(run.store), "Set `run.store` to a folder of yours."):
        raise ConfigError([problem])
    encoder = prepare_encoder(run, say)
    n_parameters = sum(parameter.numel() for parameter in encoder.model.parameters())
    return f"encoder {encoder.fingerprint} ({n_parameters / 1e6:.1f} M parameters) is in {run.store}"


def prepare_encoder(run: RunConfig, say: Callable[[str], None]) -> Encoder:
    """Loads the encoder of `run`, building its stages if the store lacks them.

    Args:
        run: with an absolute `store`.
        say: shows one line of progress.

    Raises:
        ValueError: the encoder cannot be had; the provider's own message.
    """
    say(f"encoder: {run.encoder.provider} {run.encoder.name}".rstrip() + " (built once, then kept in the store)")
    started = time.perf_counter()
    store = StageStore(Path(run.store))
    encoder = load_encoder(run.encoder, SOURCES[run.data.source](run.data, store), store)
    seen = "unknown languages" if encoder.seen is None else f"{len(encoder.seen)} languages"
    say(f"encoder: ready after {time.perf_counter() - started:.1f} s, pre-trained on {seen}")
    return encoder
