"""Builds what all trials share, once, before them: the pre-trained or decoded encoder in the stage store.

Without this the first trials would build it inside Ray, unseen, while the others wait for the lock.
"""

import dataclasses
import gc
import time
from collections.abc import Callable, Sequence
from typing import Any

import ray

from search_spaces.own_languages import use_languages
from search_spaces.plugins import load_plugins
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.plan import with_store
from trainables.mapping import ConfigError
from trainables.run import Run, release
from trainables.run_config import RunConfig
from trainables.stepping.devices import reserved_device


def pretrain_encoder(config: SweepConfig, folder: SweepFolder, say: Callable[[str], None]) -> str:
    """Pre-trains the encoder of a sweep into the store and says where that is.

    Raises:
        ConfigError: the sweep's encoder is not one of our own, or the store cannot be written to.
    """
    if config.run.encoder.provider != "pretrained":
        provider = config.run.encoder.provider
        raise ConfigError([f"`run.encoder.provider` must be 'pretrained' to be pre-trained, but is {provider!r}."])
    run = with_store(config, folder).run
    device = "cpu" if config.resources.gpu == 0 else run.device
    return f"encoder {set_up_once(dataclasses.replace(run, device=device), say)} is in {run.store}"


def prepare_encoder(config: SweepConfig, say: Callable[[str], None]) -> None:
    """Sets up one trial: builds the stages that the store lacks, meets the mistakes a trial would meet.

    On the driver where trials compute on CPUs. Where they have GPUs, in a process on such a node, within Ray: the
    driver's machine may have none, and would hold on to it as long as it lives.

    Args:
        config: with the resources of a trial known, and an absolute `run.store`.
        say: shows one line of progress.

    Raises:
        ValueError: the encoder cannot be had, a name is unknown, or settings do not fit the encoder.
    """
    run, gpu = config.run, config.resources.gpu or 0
    if not gpu:
        set_up_once(dataclasses.replace(run, device="cpu"), say)
        return
    say("encoder: set up on a GPU of Ray's; what it says comes at the end")
    task: Any = ray.remote(num_cpus=config.resources.cpu, num_gpus=gpu, max_calls=1)(set_up_on_worker)
    lines, problem = ray.get(task.remote(run, gpu, tuple(config.plugins), tuple(config.languages)))
    for line in lines:
        say(line)
    if problem:
        raise ValueError(problem)


def set_up_on_worker(
    run: RunConfig, gpu: float, plugins: Sequence[str], languages: Sequence[Any]
) -> tuple[list[str], str]:
    """`set_up_once` within Ray: (what it said, its problem or ""). Not all of our errors survive pickling."""
    lines: list[str] = []
    try:
        load_plugins(plugins)
        use_languages(languages)
        set_up_once(dataclasses.replace(run, device=reserved_device(run.device, gpu)), lines.append)
    except ValueError as error:
        return lines, str(error)
    return lines, ""


def set_up_once(run: RunConfig, say: Callable[[str], None]) -> str:
    """Sets up a trial and lets it go; returns its encoder's fingerprint.

    Raises:
        ValueError: see `prepare_encoder`.
    """
    say(f"encoder: {run.encoder.provider} {run.encoder.name}".rstrip() + " (built once, then kept in the store)")
    started = time.perf_counter()
    trial = Run(dataclasses.replace(run, n_threads=0))  # here the whole machine is ours
    fingerprint, seen, warnings = trial.encoder.fingerprint, trial.encoder.seen, trial.checks["warnings"]
    size = f"{sum(parameter.numel() for parameter in trial.encoder.model.parameters()) / 1e6:.1f} M parameters"
    release(trial)
    gc.collect()  # the driver lives as long as the sweep and needs no encoder
    languages = "unknown languages" if seen is None else f"{len(seen)} languages"
    say(f"encoder: ready after {time.perf_counter() - started:.1f} s, {size}, pre-trained on {languages}")
    for warning in warnings:
        say(f"encoder: {warning}")
    return fingerprint
