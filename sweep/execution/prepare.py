"""Builds what all trials share, once, on the driver: the pre-trained or decoded encoder in the stage store.

Without this the first trials would build it inside Ray, unseen, while the others wait for the lock.
"""

import dataclasses
import gc
import time
from collections.abc import Callable

from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.plan import with_store
from trainables.mapping import ConfigError
from trainables.run import Run, release
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
    return f"encoder {prepare_encoder(run, say)} is in {run.store}"


def prepare_encoder(run: RunConfig, say: Callable[[str], None]) -> str:
    """Sets up one trial on the driver: builds the stages that the store lacks, meets the mistakes a trial would meet.

    Args:
        run: with an absolute `store`.
        say: shows one line of progress.

    Returns:
        the encoder's fingerprint.

    Raises:
        ValueError: the encoder cannot be had, a name is unknown, or settings do not fit the encoder.
    """
    say(f"encoder: {run.encoder.provider} {run.encoder.name}".rstrip() + " (built once, then kept in the store)")
    started = time.perf_counter()
    # Here the whole machine is ours, and it may lack the GPU that the trials' nodes have.
    trial = Run(dataclasses.replace(run, n_threads=0, device="cpu"))
    fingerprint, seen, warnings = trial.encoder.fingerprint, trial.encoder.seen, trial.checks["warnings"]
    size = f"{sum(parameter.numel() for parameter in trial.encoder.model.parameters()) / 1e6:.1f} M parameters"
    release(trial)
    gc.collect()  # the driver lives as long as the sweep and needs no encoder
    languages = "unknown languages" if seen is None else f"{len(seen)} languages"
    say(f"encoder: ready after {time.perf_counter() - started:.1f} s, {size}, pre-trained on {languages}")
    for warning in warnings:
        say(f"encoder: {warning}")
    return fingerprint
