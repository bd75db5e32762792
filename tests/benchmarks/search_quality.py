"""How good the sets are that searchers find: `python tests/benchmarks/search_quality.py FOLDER [--seeds 0 1 2 ...]`.

Six synthetic set functions over the 65 languages, each evaluation with noise, in batches of four. A run's value is the
true one of the set that it would hand over after 25, 50, 100, 200 evaluations: 0 = an average random set, 1 = the best
known (local search on the true function from 12 starts). Appends to FOLDER/search-quality.csv run by run, leaves out
what is there already, and writes FOLDER/search-quality-table.md. Problem seeds from 100 on were used to choose between
variants of our searcher; report others.
"""

import argparse
import csv
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from search_spaces.distance_sources import load_distances
from search_spaces.distances import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.objectives.base import Objective
from search_spaces.problem import SelectionProblem
from search_spaces.searchers import SEARCHERS
from search_spaces.searchers.set_kernel import typology
from search_spaces.searchers.subset_gp import SubsetGpSearcher
from search_spaces.solvers.local import improve
from search_spaces.solvers.sampling import random_sets
from search_spaces.subset_space import SubsetSpace
from search_spaces.uriel import load_uriel

POOL = tuple(sorted(REALIGNMENT_LANGUAGES))
N = len(POOL)
SETTINGS = {  # kind of function, size, noise as a share of the sd between random sets
    "A k=5 noise .7": ("A", 5, 0.7),
    "A k=10 noise .7": ("A", 10, 0.7),
    "A k=20 noise .7": ("A", 20, 0.7),
    "A k=10 noise .3": ("A", 10, 0.3),
    "B k=10 noise .7": ("B", 10, 0.7),
    "C k=10 noise .7": ("C", 10, 0.7),
}
CHECKPOINTS = (25, 50, 100, 200)
BATCH = 4
VARIANTS: dict[str, tuple[str, bool, dict]] = {  # name -> searcher, whether it knows typology, options
    "random": ("random", False, {}),
    "diverse": ("diverse", True, {}),
    "evolution": ("evolution", False, {}),
    "optuna-tpe": ("optuna-tpe", False, {}),
    "optuna-gp": ("optuna-gp", False, {}),
    "linear-thompson": ("linear-thompson", False, {}),
    "subset-gp": ("subset-gp", True, {}),
    "subset-gp, overlap only": ("subset-gp", False, {}),
    "subset-gp, ucb": ("subset-gp", True, {"acquisition": "ucb"}),
    "subset-gp, thompson": ("subset-gp", True, {"acquisition": "thompson"}),
    "subset-gp, ei": ("subset-gp", True, {"acquisition": "ei"}),
    "subset-gp, mean": ("subset-gp", True, {"acquisition": "mean"}),
    "subset-gp, random start": ("subset-gp", True, {"n_diverse": 0}),
}


class Coverage(Objective):
    """Mean over the languages of 1 - exp(-help): each chosen language helps those that are like it, ever less."""

    def __init__(self, help_NN: np.ndarray) -> None:
        super().__init__(len(help_NN))
        self.help_NN = help_NN

    def values(self, sets_BK):
        total = np.zeros((len(sets_BK), self.n))
        for position in range(sets_BK.shape[1]):
            total += self.help_NN[sets_BK[:, position]]
        return (1 - np.exp(-total)).mean(axis=1)


class Pairs(Objective):
    """A value a language, and some pairs that are worth more or less together."""

    def __init__(self, values_N: np.ndarray, pairs_NN: np.ndarray) -> None:
        super().__init__(len(values_N))
        self.values_N, self.pairs_NN = values_N, pairs_NN

    def values(self, sets_BK):
        total = self.values_N[sets_BK].sum(axis=1)
        for a in range(sets_BK.shape[1]):
            for b in range(a):
                total = total + self.pairs_NN[sets_BK[:, a], sets_BK[:, b]]
        return total


def standardised(points: np.ndarray) -> np.ndarray:
    centred = points - points.mean(axis=0)
    return centred / np.sqrt((centred**2).sum(axis=1).mean())


def embedded(distance_NN: np.ndarray) -> np.ndarray:
    """Points with these distances (classical scaling)."""
    centre = np.eye(N) - 1 / N
    values, vectors = np.linalg.eigh(-centre @ distance_NN**2 @ centre / 2)
    kept = values > 1e-9
    return standardised(vectors[:, kept] * np.sqrt(values[kept]))


def hidden_points(generator: np.random.Generator, typological: bool) -> np.ndarray:
    """Where languages lie: 75 % a mix of half of URIEL's features, geography and family, 25 % noise; or noise alone."""
    noise = standardised(generator.normal(size=(N, 8)))
    if not typological:
        return noise
    features = load_uriel(POOL, "featural", "knn").values
    half = generator.choice(features.shape[1], features.shape[1] // 2, replace=False)
    places, families = (embedded(load_distances(name, POOL).matrix.values) for name in ("geographic", "genetic"))
    shares = generator.dirichlet(np.full(3, 2.0)) * 0.75
    parts = zip((*shares, 0.25), (standardised(features[:, half]), places, families, noise), strict=True)
    return np.hstack([np.sqrt(share) * part for share, part in parts])


def set_function(kind: str, generator: np.random.Generator) -> Objective:
    if kind == "B":
        upper = np.triu_indices(N, 1)
        pairs = np.zeros((N, N))
        pairs[upper] = np.where(generator.random(len(upper[0])) < 0.1, generator.normal(size=len(upper[0])), 0.0)
        return Pairs(generator.normal(size=N), pairs + pairs.T)
    points = hidden_points(generator, kind == "A")
    squared = ((points[:, None] - points[None]) ** 2).sum(axis=-1)
    width = np.quantile(squared[np.triu_indices(N, 1)], 0.03)
    return Coverage(np.exp(-squared / width) * generator.uniform(0.5, 1.5, size=N)[:, None])


@dataclass(frozen=True)
class Task:
    """One function to search: its space, scale and noise."""

    space: SubsetSpace
    function: Objective
    average: float
    spread: float
    best: float
    noise: float

    def scaled(self, languages) -> float:
        return (self.function.value(self.space.index(languages)) - self.average) / (self.best - self.average)

    def observed(self, languages, generator: np.random.Generator) -> float:
        return self.function.value(self.space.index(languages)) + self.noise * self.spread * generator.normal()


def make_task(setting: str, seed: int) -> Task:
    kind, size, noise = SETTINGS[setting]
    function = set_function(kind, np.random.default_rng([seed, "ABC".index(kind)]))
    space = SubsetSpace(pool=POOL, min_size=size, max_size=size)
    sets = np.array(random_sets(space, 4_000, np.random.default_rng(0)))
    values = function.values(sets)
    starts = sets[np.argsort(-values)[:12]]
    best = max(function.value(improve(function, space, start)) for start in starts)
    return Task(space, function, float(values.mean()), float(values.std()), best, noise)


def run(variant: str, setting: str, seed: int, distances: dict[str, DistanceMatrix], n_evaluations: int) -> list[dict]:
    """The picks of one search at the checkpoints."""
    searcher_name, knows, options = VARIANTS[variant]
    task = make_task(setting, seed)
    problem = SelectionProblem(space=task.space, distances=distances["featural"] if knows else None, anchor=None)
    searcher = SEARCHERS[searcher_name](problem, seed, distances=distances if knows else None, **options)
    generator = np.random.default_rng([seed, 99])
    rows, best_observed, spent_s, slowest_s = [], (-np.inf, 0.0), 0.0, 0.0
    for n in range(1, n_evaluations + 1):
        if (n - 1) % BATCH == 0:
            started = time.process_time()
            batch = searcher.ask(BATCH)
            spent_s += time.process_time() - started
            slowest_s = max(slowest_s, (time.process_time() - started) / BATCH)
        languages = batch[(n - 1) % BATCH]
        score = task.observed(languages, generator)
        best_observed = max(best_observed, (score, task.scaled(languages)))
        searcher.tell(languages, score)
        if n in CHECKPOINTS:
            picks = {"observed": best_observed[1], "mean": task.scaled(searcher.recommend(1)[0].languages)}
            if isinstance(searcher, SubsetGpSearcher):
                picks["anywhere"] = task.scaled(searcher.recommend_anywhere(1)[0].languages)
            rows += [
                {
                    "searcher": variant, "setting": setting, "seed": seed, "n": n, "pick": pick,
                    "value": f"{value:.4f}", "ask_s": f"{spent_s:.2f}", "slowest_s": f"{slowest_s:.3f}",
                }
                for pick, value in picks.items()
            ]  # fmt: skip
    return rows


def tables(rows: list[dict]) -> str:
    """Markdown: mean over all settings for each pick, and each setting by posterior mean; +- standard error."""
    lines = []
    names = [name for name in VARIANTS if any(row["searcher"] == name for row in rows)]
    for pick in ("mean", "observed", "anywhere"):
        lines += ["", f"Pick: {pick}. Mean over settings.", "", header(["searcher", "runs", *map(str, CHECKPOINTS)])]
        for name in names:
            cells = [summary(rows, name, pick, n, None) for n in CHECKPOINTS]
            if any(cells):
                runs = {(r["setting"], r["seed"]) for r in rows if r["searcher"] == name}
                lines.append(f"| {name} | {len(runs)} | " + " | ".join(cells) + " |")
    for setting in SETTINGS:
        lines += ["", f"{setting}, pick: mean.", "", header(["searcher", *map(str, CHECKPOINTS)])]
        lines += [
            f"| {name} | " + " | ".join(summary(rows, name, "mean", n, setting) for n in CHECKPOINTS) + " |"
            for name in names
        ]
    lines += ["", "CPU seconds for all proposals of a run (mean), and for one of the slowest batch.", ""]
    lines.append(header(["searcher", "all", "slowest"]))
    for name in names:
        last = [r for r in rows if r["searcher"] == name and int(r["n"]) == max(CHECKPOINTS) and r["pick"] == "mean"]
        if last:
            total, slowest = np.mean([float(r["ask_s"]) for r in last]), max(float(r["slowest_s"]) for r in last)
            lines.append(f"| {name} | {total:.1f} | {slowest:.2f} |")
    return "\n".join(lines) + "\n"


def header(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |\n|" + "---|" * len(cells)


def summary(rows: list[dict], name: str, pick: str, n: int, setting: str | None) -> str:
    """Mean +- standard error over problem seeds, of one setting or of the mean of all (None; empty if one is lacking).

    Settings are strata: their own differences are no error. So it takes two seeds, not many, for an error of the mean.
    """
    values = defaultdict(list)
    for row in rows:
        if row["searcher"] == name and row["pick"] == pick and int(row["n"]) == n and setting in (None, row["setting"]):
            values[row["setting"]].append(float(row["value"]))
    if len(values) < (1 if setting else len(SETTINGS)):
        return ""
    mean = np.mean([np.mean(v) for v in values.values()])
    if min(map(len, values.values())) < 2:
        return f"{mean:.2f}"
    error = np.sqrt(sum(np.var(v, ddof=1) / len(v) for v in values.values())) / len(values)
    return f"{mean:.2f} ± {error:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(8)))
    parser.add_argument("--searchers", nargs="+", default=list(VARIANTS)[:8], choices=list(VARIANTS))
    parser.add_argument("--settings", nargs="+", default=list(SETTINGS), choices=list(SETTINGS))
    parser.add_argument("--evaluations", type=int, default=200)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    path = arguments.folder / "search-quality.csv"
    rows = list(csv.DictReader(path.open())) if path.exists() else []
    done = {(row["searcher"], row["setting"], int(row["seed"])) for row in rows}
    distances = typology(POOL)
    for seed in arguments.seeds:
        for setting in arguments.settings:
            for name in arguments.searchers:
                if (name, setting, seed) in done:
                    continue
                new = run(name, setting, seed, distances, arguments.evaluations)
                with path.open("a", newline="") as file:
                    writer = csv.DictWriter(file, fieldnames=list(new[0]))
                    if not rows:
                        writer.writeheader()
                    writer.writerows(new)
                rows += new
                (arguments.folder / "search-quality-table.md").write_text(tables(rows))
    (arguments.folder / "search-quality-table.md").write_text(tables(rows))


if __name__ == "__main__":
    main()
