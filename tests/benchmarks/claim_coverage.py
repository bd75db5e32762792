"""How often default intervals hold the truth, and how often a report makes a false claim: a table in Markdown.

    python tests/benchmarks/claim_coverage.py --worlds 300 --seed 7000     # as in docs/statistics.md, ten minutes
    python tests/benchmarks/claim_coverage.py --hard                       # the rows that were worst, a minute
    python tests/benchmarks/claim_coverage.py --few --worlds 4000          # few arms of two seeds, some minutes

Each cell is simulated with within-family correlations of 0, 0.2 and 0.45. Corrections were chosen on worlds with seeds
below 100 and 12345: validate on others.
"""

import argparse
from dataclasses import replace

import numpy as np

from sweep.statistics.simulation import EVEN, UNEVEN, Held, World, simulate

CORRELATIONS = (0.0, 0.2, 0.45)
KINDS = {"equal": {}, "unequal": {"unequal": 0.5}, "missing": {"unequal": 0.5, "missing": 0.15}}
N_SEEDS = (1, 2, 4, 8)
HARD = (
    ("2 x 60 in 12, even", World(n_seeds=2, sizes=EVEN[60], correlation=0.2)),
    ("4 x 5 in 4, uneven", World(n_seeds=4, sizes=UNEVEN[5], correlation=0.2)),
    ("1 x 60 in 12, even; 3 arms repeated", World(n_seeds=1, sizes=EVEN[60], correlation=0.2, n_repeated=3)),
    ("2 x 60 in 12, even; 3 arms", World(n_seeds=2, sizes=EVEN[60], correlation=0.2, n_arms=3)),
)

FEW = tuple(
    (
        f"{n_seeds} x 60 in 12, even; {n_arms} arms; run {run_sd:g}",
        World(n_seeds=n_seeds, sizes=EVEN[60], correlation=0.2, n_arms=n_arms, run_sd=run_sd),
    )
    for n_seeds, n_arms in ((2, 3), (2, 2))
    for run_sd in (0.4, 1.0, 2.0)
)


def rows() -> list[tuple[str, World]]:
    """Every number of seeds and shape of families."""
    return [
        (f"{n_seeds} x {n} in {len(sizes)}, {name}", World(n_seeds=n_seeds, sizes=sizes, correlation=0.0))
        for name, shapes in (("even", EVEN), ("uneven", UNEVEN))
        for n_seeds in N_SEEDS
        for n, sizes in shapes.items()
    ]


def line(
    title: str, world: World, correlations: tuple[float, ...], n_worlds: int, seed: int, unequal: float = 0.5
) -> str:
    """A row: coverage by correlation, and shares of reports with a false claim, over all correlations."""
    held: dict[str, list[Held]] = {}
    for kind, setting in KINDS.items():
        known = {name: unequal if name == "unequal" else value for name, value in setting.items()}
        worlds = [replace(world, correlation=rho, **known) for rho in correlations]
        held[kind] = [simulate(one, n_worlds, seed + i) for i, one in enumerate(worlds)]
    coverage = [" / ".join(f"{100 * one.coverage:.0f}" for one in held[kind]) for kind in KINDS]
    noisiest = " / ".join(f"{100 * one.noisiest:.0f}" for one in held["unequal"])
    claims = [f"{100 * np.mean([one.false_claims for one in held[kind]]):.1f}" for kind in KINDS]
    return f"| {title} | {' | '.join([*coverage, noisiest, *claims])} |"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=300, help="of each cell (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7000, help="of the first world (default: %(default)s)")
    parser.add_argument("--hard", action="store_true", help="four rows, with a correlation of 0.2 only")
    parser.add_argument(
        "--few", action="store_true", help="few arms, noise of runs from 0.4 to 2, a correlation of 0.2"
    )
    parser.add_argument("--unequal", type=float, default=0.5, help="log-sd of unequal noise (default: %(default)s)")
    chosen = parser.parse_args()
    columns = ["seeds x languages in families", "equal noise", "unequal", "missing", "noisiest arm"]
    print("|", " | ".join([*columns, "false: equal", "unequal", "missing"]), "|")
    print("|---" + "|--:" * 7 + "|")
    correlations = (0.2,) if chosen.hard or chosen.few else CORRELATIONS
    for title, world in FEW if chosen.few else HARD if chosen.hard else rows():
        print(line(title, world, correlations, chosen.worlds, chosen.seed, chosen.unequal), flush=True)


if __name__ == "__main__":
    main()
