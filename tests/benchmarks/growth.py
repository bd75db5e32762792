"""How cost grows with trials, languages, sentences and workers: tables, and a figure of four panels.

    python tests/benchmarks/growth.py --data DATA --store mlruns/store --figure docs/growth.png

Languages and sentences: one trial each, of the small encoder of `bill.py`, processor seconds of one thread by stage.
Trials: `driver_cost.py`, a search with MLflow and trials that do nothing. Workers: the same eight trials on a generated
world through Ray, by the clock.
"""

import argparse
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import bill
import matplotlib.pyplot as plt
import numpy as np
import torch

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import ENGLISH
from sweep.api import run_sweep
from sweep.config.load import parse_config
from sweep.folders import SweepFolder
from sweep.records.records import RecordStore
from trainables.encoders.load import load_encoder
from trainables.evaluation.evaluated import evaluated_sets
from trainables.mapping import from_mapping
from trainables.parallel_data import SOURCES
from trainables.run_config import RunConfig
from trainables.shared_stages import open_store
from trainables.tasks import TASKS

LANGUAGES, SENTENCES, WORKERS, N_TRIALS = (5, 10, 20, 40, 65), (5, 10, 20, 50, 100), (1, 2), 2000
Lines = dict[str, dict[int, float]]
"""Name -> x -> value."""
LINE = re.compile(r"\s*(\d+) trials:\s*([\d.]+) ms CPU a trial since the last line,\s*(\d+) MiB")
SWEEP: dict[str, Any] = {
    "arms": ["none", *({"criterion": "random", "size": 5, "seed": i} for i in range(7))],
    "seeds": [0],
    "resources": {"cpu": 1, "gpu": 0},
    "run": {
        "tasks": ["pos"],
        "encoder": {
            "pretrain": {"vocabulary_size": 3000, "n_layers": 2, "hidden_size": 64, "n_heads": 2, "n_steps": 50}
        },
        "realign": {"n_steps": 100},
        "finetune": {"n_steps": 100},
        "evaluate": {"n_sentences": 20, "n_retrieval": 20},
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="a data folder")
    parser.add_argument("--store", required=True, help="where the encoder is kept; pre-trained first, if need be")
    parser.add_argument("--figure", type=Path, required=True)
    parser.add_argument("--trials", type=int, default=N_TRIALS)
    parser.add_argument("--said", type=Path, help="what an earlier run printed: its measurements are taken from there")
    options = parser.parse_args()
    torch.set_num_threads(1)
    said = read(options.said.read_text()) if options.said else {}
    measured = cache(lambda: Measured(options))  # which needs its encoder
    by_languages = said.get("languages") or measured().by_languages()
    by_sentences = said.get("test sentences a language") or measured().by_sentences()
    by_trials = said.get("trials over") or driver(options.trials)
    by_workers = said.get("trials at a time") or {"eight trials": {n: workers(n) for n in WORKERS}}
    _, axes = plt.subplots(2, 2, figsize=(9, 6.4), layout="constrained")
    draw(axes[0, 0], by_languages, "languages")
    draw(axes[0, 1], by_sentences, "test sentences a language")
    draw(axes[1, 0], by_trials, "trials over")
    axes[1, 0].set_xscale("log")
    axes[1, 0].set_ylabel("")
    draw(axes[1, 1], by_workers, "trials at a time")
    axes[1, 1].set_xticks(WORKERS)
    options.figure.parent.mkdir(parents=True, exist_ok=True)
    plt.savefig(options.figure, dpi=110, metadata={"Software": None})


class Measured:
    """Single trials of the small encoder."""

    def __init__(self, options: argparse.Namespace) -> None:
        config = from_mapping(
            RunConfig, {**bill.RUN, "tasks": ["pos"], "store": options.store, "languages": ["swh_Latn"]}
        )
        self.config = replace(config, data=replace(config.data, root=str(Path(options.data).absolute())))
        self.data = SOURCES[self.config.data.source](self.config.data, open_store(self.config))
        load_encoder(self.config.encoder, self.data, open_store(self.config))
        bill.as_later_trial(bill.shortest(self.config))  # so that what trials have in common is there

    def by_languages(self) -> Lines:
        """Realigned ones, and tested ones."""
        pool = np.random.default_rng(0).permutation(sorted(map(str, REALIGNMENT_LANGUAGES))).tolist()
        evaluate = self.config.evaluate
        sets = [f"{a}/{b}" for a, b in evaluated_sets(TASKS["pos"], self.data, evaluate) if a != ENGLISH]
        realigned = {n: self.seconds(languages=tuple(pool[:n]))["realignment"] for n in LANGUAGES}
        tested = {
            n: self.seconds(evaluate=replace(evaluate, languages=tuple(sets[:n])))["evaluation"] for n in LANGUAGES
        }
        return {"realignment": realigned, "evaluation": tested}

    def by_sentences(self) -> Lines:
        """Of every test set."""
        evaluate = self.config.evaluate
        found = {n: self.seconds(evaluate=replace(evaluate, n_sentences=n)) for n in SENTENCES}
        kinds = ("realignment", "fine-tuning", "evaluation")
        return {kind: {n: seconds[kind] for n, seconds in found.items()} for kind in kinds}

    def seconds(self, **changes: Any) -> dict[str, float]:
        """Of a trial that differs in these fields."""
        return bill.as_later_trial(replace(self.config, **changes)).seconds


def read(text: str) -> dict[str, Lines]:
    """What `draw` printed: unit -> name -> x -> value."""
    found: dict[str, Lines] = {}
    for line in text.splitlines():
        head, colon, values = line.partition(": ")
        name, by, unit = head.rpartition(" by ")
        if colon and by:
            pairs = (pair.split(": ") for pair in values.split(", "))
            found.setdefault(unit, {})[name] = {int(x): float(value) for x, value in pairs}
    return found


def draw(axes: Any, lines: Lines, unit: str) -> None:
    """Lines from zero on, and the same as a table."""
    for name, values in lines.items():
        axes.plot(list(values), list(values.values()), marker="o", label=name)
        print(f"{name} by {unit}: " + ", ".join(f"{a}: {b:.1f}" for a, b in values.items()), flush=True)
    axes.set(xlabel=unit, ylabel="seconds")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)


def driver(n_trials: int) -> Lines:
    """Milliseconds a trial since the count before, and mebibytes, of `driver_cost.py`."""
    script = Path(__file__).with_name("driver_cost.py")
    command = [sys.executable, str(script), str(n_trials), "--search", "--mlflow"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = [match.groups() for match in map(LINE.match, said.splitlines()) if match]
    return {
        "ms of the driver's processor a trial": {int(n): float(ms) for n, ms, _ in found},
        "MiB of its memory": {int(n): float(mib) for n, _, mib in found},
    }


def workers(n: int) -> float:
    """Seconds of the clock from the first trial's start to the last one's end."""
    with TemporaryDirectory() as folder:
        mlruns = Path(folder) / "mlruns"
        first = {**SWEEP, "name": "first", "arms": ["none"], "concurrency": 1}
        run_sweep(parse_config(first), mlruns=mlruns)  # its encoder, which is no matter of workers
        run_sweep(parse_config({**SWEEP, "name": "all", "concurrency": n, "seeds": [1]}), mlruns=mlruns)
        found = RecordStore(SweepFolder.below(mlruns, "all").records).all()
        return max(one.ended_s for one in found) - min(one.started_s for one in found)


if __name__ == "__main__":
    main()
