"""How fast subsets are chosen, beside a plain greedy: `python tests/benchmarks/selection_speed.py FOLDER`.

Writes FOLDER/selection-speed.md and selection-speed.png. Ratios are of runs side by side in one process; absolute
seconds are this machine's.
"""

import argparse
import platform
import time
import tracemalloc
from pathlib import Path

import matplotlib
import numpy as np

from search_spaces.criteria.parse import parse_criterion
from search_spaces.distances.sources import load_distances
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH, Language
from search_spaces.objectives.closest_pair import ClosestPair
from search_spaces.objectives.pairwise_sum import PairwiseSum
from search_spaces.problem import SelectionProblem
from search_spaces.selection import solve
from search_spaces.solvers.local import solve_greedy, solve_local
from search_spaces.subset_space import SubsetSpace

CRITERIA = ("max-sum", "min-sum", "max-min", "min-diameter", "facility-location", "worst-target")
SIZES = (5, 10, 15, 20, 25, 30, 35, 40)
GROWTH_N, GROWTH_K = (250, 500, 1000, 2000, 4000), (10, 25, 50, 100, 200)


def plain_greedy(distance_NN: np.ndarray, size: int, reduce: np.ufunc) -> list[int]:
    """The textbook build-up: from the language with the largest sum, always the one that adds most."""
    chosen = [int(distance_NN.sum(axis=1).argmax())]
    while len(chosen) < size:
        gain = reduce.reduce(distance_NN[:, chosen], axis=1)
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
    return chosen


def seconds(call, *arguments):
    started = time.perf_counter()
    result = call(*arguments)
    return time.perf_counter() - started, result


def exact_table() -> list[str]:
    """Every criterion and size at n = 65: seconds to the proof, and the value over that of the plain greedy."""
    distances = load_distances("featural", (*REALIGNMENT_LANGUAGES, ENGLISH)).matrix
    lines = ["| criterion | " + " | ".join(f"k={k}" for k in SIZES) + " |", "|" + "---|" * (len(SIZES) + 1)]
    block = distances.block(REALIGNMENT_LANGUAGES)
    for name in CRITERIA:
        cells = []
        for k in SIZES:
            space = SubsetSpace(pool=REALIGNMENT_LANGUAGES, min_size=k, max_size=k)
            objective = parse_criterion(name).bind(SelectionProblem(space=space, distances=distances))
            spent, solution = seconds(solve, objective, space, "auto", 60.0)
            proof = "" if solution.optimal else f", gap {(solution.bound - solution.value):.3g}"
            greedy = ""
            if name in ("max-sum", "max-min"):
                reduce = np.add if name == "max-sum" else np.minimum
                plain, members = seconds(plain_greedy, block, k, reduce)
                greedy = f" (greedy {1e3 * plain:.2g} ms, {objective.value(np.sort(members)) / solution.value:.3f})"
            cells.append(f"{spent:.2f} s{proof}{greedy}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    return lines


def row(cells) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def random_points(n: int) -> np.ndarray:
    points = np.random.default_rng(0).uniform(size=(n, 8)) / 3
    squared = (points**2).sum(axis=1)
    return np.sqrt(np.maximum(squared[:, None] + squared[None, :] - 2 * points @ points.T, 0.0))


def growth() -> tuple[list[str], dict[str, list[tuple[int, float]]]]:
    """Greedy + exchanges on random points as n and k grow, with the peak of memory over the matrix's own size."""
    header = ("criterion", "n", "k", "plain greedy", "greedy", "local search", "value / plain greedy", "peak / matrix")
    lines = [row(header), "|" + "---|" * len(header)]
    curves: dict[str, list[tuple[int, float]]] = {}
    cases = [(n, 100) for n in GROWTH_N] + [(4000, k) for k in GROWTH_K if k != 100]
    for n, k in cases:
        matrix = random_points(n)
        space = SubsetSpace(pool=tuple(Language(f"l{i:05d}") for i in range(n)), min_size=k, max_size=k)
        for name, objective, reduce in (
            ("max-sum", PairwiseSum(matrix), np.add),
            ("max-min", ClosestPair(matrix, None), np.minimum),
        ):
            plain, chosen = seconds(plain_greedy, matrix, k, reduce)
            spent, _ = seconds(solve_greedy, objective, space)
            tracemalloc.start()
            whole, best = seconds(solve_local, objective, space)
            peak = tracemalloc.get_traced_memory()[1] / matrix.nbytes
            tracemalloc.stop()
            ratio = best.value / objective.value(np.sort(chosen))
            times = (f"{plain:.3f} s", f"{spent:.3f} s", f"{whole:.2f} s")
            lines.append(row((name, n, k, *times, f"{ratio:.4f}", f"{peak:.2f}")))
            print(lines[-1], flush=True)
            if k == 100:
                curves.setdefault(f"{name}, k = 100", []).append((n, whole))
            if n == 4000:
                curves.setdefault(f"{name}, n = 4,000", []).append((k, whole))
    return lines, curves


def plot(curves: dict[str, list[tuple[int, float]]], path: Path) -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (over_n, over_k) = pyplot.subplots(1, 2, figsize=(9, 3.5), sharey=True)
    for marker, (name, points) in zip("osos", sorted(curves.items()), strict=False):
        axes = over_n if "k = 100" in name else over_k
        points = sorted(points)
        axes.loglog([x for x, _ in points], [y for _, y in points], marker=marker, label=name)
    over_n.set(xlabel="languages n", ylabel="seconds, local search")
    over_k.set(xlabel="chosen k")
    for axes, ticks in ((over_n, GROWTH_N), (over_k, GROWTH_K)):
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    exact = exact_table()
    grown, curves = growth()
    plot(curves, folder / "selection-speed.png")
    text = [
        "# How fast subsets are chosen", "",
        f"One process, Python {platform.python_version()}, numpy {np.__version__}; made by "
        "`tests/benchmarks/selection_speed.py`.", "",
        "## Proven optima: 65 languages, featural distances, English as anchor", "",
        "Seconds from the start to the proof, local search included; for max-sum and max-min also a plain greedy "
        "search (its time, and its value relative to ours).", "", *exact, "",
        "## Greedy search and exchanges: random points, no anchor", "",
        "Plain greedy and greedy start once; the full local search starts from nine built-up sets and from a random "
        "set. Its time includes memory tracing.", "", *grown, "",
        "![time over n and over k](selection-speed.png)", "",
    ]  # fmt: skip
    (folder / "selection-speed.md").write_text("\n".join(text))


if __name__ == "__main__":
    main()
