"""Builds what all trials share, once, on the driver: the pre-trained or decoded encoder in the stage store.

Without this the first trials would build it inside Ray, unseen, while the others wait for the lock.
"""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

from sweep.config import SweepConfig
from sweep.folders import SweepFolder, problem_of_writing
from sweep.mapping import ConfigError
from sweep.plan import with_store
from trainables.encoders.base import Encoder
from trainables.realignment.objectives import OBJECTIVES
from trainables.run import Run
from trainables.run_config import RunConfig


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
    """Sets up one trial on the driver: builds the stages that the store lacks, meets the mistakes a trial would meet.

    Args:
        run: with an absolute `store`.
        say: shows one line of progress.

    Raises:
        ValueError: the encoder cannot be had, a name is unknown, or settings do not fit the encoder.
    """
    say(f"encoder: {run.encoder.provider} {run.encoder.name}".rstrip() + " (built once, then kept in the store)")
    started = time.perf_counter()
    _ = OBJECTIVES[run.realign.objective]  # looked up late in a trial
    # Here the whole machine is ours, and it may lack the GPU that the trials' nodes have.
    encoder = Run(dataclasses.replace(run, n_threads=0, device="cpu")).encoder
    seen = "unknown languages" if encoder.seen is None else f"{len(encoder.seen)} languages"
    say(f"encoder: ready after {time.perf_counter() - started:.1f} s, pre-trained on {seen}")
    return encoder
