"""Worlds whose truth is known: how often the default interval holds it, and how often a false claim is made.

In a world no arm differs from the reference in languages like these, but each does in every language: by a normal
effect (standard deviation 1) that is correlated within families. On top comes the noise of each run, shared by all its
languages, and the noise of each score. Everything goes through the code of the reports: shrunken noise, the interval
over seeds and families, Holm's correction. `tests/benchmarks/claim_coverage.py` prints the table of docs/statistics.md.
"""

from dataclasses import dataclass, replace

import numpy as np

from sweep.statistics.confidence import Part, confidence
from sweep.statistics.corrections import holm
from sweep.statistics.noise import OWN_SEEDS, floor_of

UNEVEN = {5: (2, 1, 1, 1), 17: (8, 4, 2, 1, 1, 1), 55: (19, 16, 3, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1)}
"""Families of 5, 17 and 55 languages; the last are those of the PoS test languages of Nguyen et al. (2025)."""

EVEN = {5: (1,) * 5, 16: (4,) * 4, 60: (5,) * 12}


@dataclass(frozen=True, kw_only=True)
class World:
    """sizes: of the families. correlation: of effects within a family. run_sd, score_sd: noise of a run and of a score.
    unequal: standard deviation of the logarithm of the arms' noise. missing: share of the languages that a pair lacks.

    n_repeated: arms (the reference among them) that have four seeds where n_seeds is 1.
    """

    n_seeds: int
    sizes: tuple[int, ...]
    correlation: float
    unequal: float = 0.0
    run_sd: float = 0.4
    score_sd: float = 0.5
    missing: float = 0.0
    n_arms: int = 20
    n_repeated: int = 6


@dataclass(frozen=True, kw_only=True)
class Held:
    """Shares: of 95 % intervals that hold the truth, of those of the noisiest arm, of families with a false claim."""

    coverage: float
    noisiest: float
    false_claims: float


def simulate(world: World, n_worlds: int, seed: int = 0, pooled: bool = False) -> Held:
    """What the default intervals and claims of `n_worlds` such worlds do.

    Args:
        pooled: not the default, but what it replaced: all arms are taken to be as noisy as each other.
    """
    rng = np.random.default_rng(seed)
    families = np.repeat(np.arange(len(world.sizes)), world.sizes)
    held, noisiest, claims = [], [], []
    for _ in range(n_worlds):
        noise = np.exp(world.unequal * rng.normal(size=1 + world.n_arms))
        p = np.array(_p_values(world, families, noise, rng, pooled))
        held.append(np.mean(p > 0.05))
        noisiest.append(p[int(np.argmax(noise[1:]))] > 0.05)
        claims.append(min(holm(p.tolist())) <= 0.05)
    return Held(coverage=float(np.mean(held)), noisiest=float(np.mean(noisiest)), false_claims=float(np.mean(claims)))


def _p_values(
    world: World, families: np.ndarray, noise: np.ndarray, rng: np.random.Generator, pooled: bool
) -> list[float]:
    n_arms, n_seeds = 1 + world.n_arms, world.n_seeds
    n_run = 4 if n_seeds == 1 else n_seeds
    shape = n_arms, n_run, len(families)
    shared = rng.normal(size=(n_arms, len(world.sizes)))[:, families]
    effects = np.sqrt(world.correlation) * shared + np.sqrt(1 - world.correlation) * rng.normal(size=shared.shape)
    effects[0] = 0.0
    runs = world.run_sd * rng.normal(size=(n_arms, n_run, 1)) + world.score_sd * rng.normal(size=shape)
    scores = effects[:, None] + noise[:, None, None] * runs
    repeated = range(world.n_repeated if n_seeds == 1 else n_arms)
    floor = floor_of({str(arm): (float(scores[arm].mean(axis=1).var(ddof=1)), n_run - 1) for arm in repeated})
    if pooled:
        floor = replace(floor, arms={}, prior=Part(floor.sd**2, floor.df))
    found = []
    for arm in range(1, n_arms):
        kept = np.flatnonzero(rng.random(len(families)) >= world.missing)
        if len(set(families[kept])) < 2:
            kept = np.arange(len(families))
        differences = (scores[arm] - scores[0])[:n_seeds, kept]
        shared_noise = floor.difference(str(arm), "0", n_seeds) if n_seeds < OWN_SEEDS else None
        found.append(confidence(differences, families=families[kept].tolist(), noise=shared_noise).p_value)
    return found
