"""Seeds: every stage of every trial draws from generators of its own.

A stage's seed is a hash of (training seed, stage name), so a stage that is skipped, resumed or taken from a store
shifts no other stage's random numbers. Torch's global state is set at the start of a stage because dropout reads it.
"""

import hashlib
from dataclasses import dataclass

import numpy
import torch


def derived_seed(seed: int, name: str) -> int:
    """A 63-bit seed for the stream called `name`, a function of `seed` and `name` only."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "little") >> 1


@dataclass(frozen=True)
class StageSeeds:
    """The two kinds of generator a stage may use."""

    numpy: numpy.random.Generator
    torch: torch.Generator


def seed_stage(seed: int, stage: str) -> StageSeeds:
    """Seeds torch's global generators (dropout, initialisation) for `stage` and returns generators for everything
    else.
    """
    torch.manual_seed(derived_seed(seed, f"{stage}/global"))
    generator = torch.Generator().manual_seed(derived_seed(seed, f"{stage}/torch"))
    return StageSeeds(numpy=numpy.random.default_rng(derived_seed(seed, f"{stage}/numpy")), torch=generator)
