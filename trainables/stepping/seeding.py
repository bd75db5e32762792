"""Seeds: every stage of every trial draws from generators of its own.

A stage's seed is a hash of (training seed, stage name), so a stage that is skipped, resumed or taken from a store
shifts no other stage's random numbers. Torch's global state is set at the start of a stage because dropout reads it.
"""

from dataclasses import dataclass

import numpy
import torch

from trainables.stepping.derived_seed import derived_seed


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


@dataclass(frozen=True)
class RandomState:
    """Where torch's global generators stand: of the CPU, and of the current GPU where one is in use."""

    cpu: torch.Tensor
    cuda: torch.Tensor | None

    @classmethod
    def now(cls) -> "RandomState":
        """As they stand."""
        return cls(torch.get_rng_state(), torch.cuda.get_rng_state() if torch.cuda.is_initialized() else None)

    def restore(self) -> None:
        """Sets them back."""
        torch.set_rng_state(self.cpu)
        if self.cuda is not None and torch.cuda.is_available():
            torch.cuda.set_rng_state(self.cuda)
