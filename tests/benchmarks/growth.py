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
from collections.abc import Sequence
from dataclasses import replace
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
    options = parser.parse_args()
    torch.set_num_threads(1)
    config = from_mapping(RunConfig, {**bill.RUN, "tasks": ["pos"], "store": options.store, "languages": ["swh_Latn"]})
    config = replace(config, data=replace(config.data, root=str(Path(options.data).absolute())))
    data = SOURCES[config.data.source](config.data, open_store(config))
    load_encoder(config.encoder, data, open_store(config))
    pool = np.random.default_rng(0).permutation(sorted(map(str, REALIGNMENT_LANGUAGES))).tolist()
    sets = [f"{a}/{b}" for a, b in evaluated_sets(TASKS["pos"], data, config.evaluate) if a != ENGLISH]
    bill.as_later_trial(bill.shortest(config))  # so that what trials have in common is there
    by_realigned = [bill.as_later_trial(replace(config, languages=tuple(pool[:n]))) for n in LANGUAGES]
    by_tested = [
        bill.as_later_trial(replace(config, evaluate=replace(config.evaluate, languages=tuple(sets[:n]))))
        for n in LANGUAGES
    ]
    by_sentences = [
        bill.as_later_trial(replace(config, evaluate=replace(config.evaluate, n_sentences=n))) for n in SENTENCES
    ]
    _, axes = plt.subplots(2, 2, figsize=(9, 6.4), layout="constrained")
    draw(axes[0, 0], LANGUAGES, {"realignment": [one.seconds["realignment"] for one in by_realigned]}, "languages")
    draw(axes[0, 0], LANGUAGES, {"evaluation": [one.seconds["evaluation"] for one in by_tested]}, "languages")
    draw(axes[0, 1], SENTENCES, {
        kind: [one.seconds[kind] for one in by_sentences] for kind in ("realignment", "fine-tuning", "evaluation")
    }, "test sentences a language")  # fmt: skip
    n_trials, ms, mib = driver(options.trials)
    draw(axes[1, 0], n_trials, {"ms of the driver's processor a trial": ms, "MiB of its memory": mib}, "trials over")
    axes[1, 0].set_xscale("log")
    axes[1, 0].set_ylabel("")
    seconds = [workers(n) for n in WORKERS]
    draw(axes[1, 1], WORKERS, {"eight trials, seconds of the clock": seconds}, "trials at a time")
    axes[1, 1].set_xticks(WORKERS)
    options.figure.parent.mkdir(parents=True, exist_ok=True)
    plt.savefig(options.figure, dpi=110, metadata={"Software": None})


def draw(axes: Any, x: Sequence[float], lines: dict[str, Sequence[float]], unit: str) -> None:
    """Lines from zero on, and the same as a table."""
    for name, values in lines.items():
        axes.plot(x, values, marker="o", label=name)
        print(f"{name} by {unit}: " + ", ".join(f"{a}: {b:.1f}" for a, b in zip(x, values, strict=True)), flush=True)
    axes.set(xlabel=unit, ylabel="seconds")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)


def driver(n_trials: int) -> tuple[list[int], list[float], list[float]]:
    """(trials over, milliseconds a trial since the one before, mebibytes) of `driver_cost.py`."""
    script = Path(__file__).with_name("driver_cost.py")
    command = [sys.executable, str(script), str(n_trials), "--search", "--mlflow"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = [match.groups() for match in map(LINE.match, said.splitlines()) if match]
    return [int(n) for n, _, _ in found], [float(ms) for _, ms, _ in found], [float(mib) for _, _, mib in found]


def workers(n: int) -> float:
    """Seconds of the clock from the first trial's start to the last one's end."""
    with TemporaryDirectory() as folder:
        mlruns = Path(folder) / "mlruns"
        first = {**SWEEP, "name": "first", "arms": ["none"], "concurrency": 1}
        run_sweep(first, mlruns=mlruns)  # its encoder, which is no matter of workers
        run_sweep({**SWEEP, "name": "all", "concurrency": n, "seeds": [1]}, mlruns=mlruns)
        found = RecordStore(SweepFolder.below(mlruns, "all").records).all()
        return max(one.ended_s for one in found) - min(one.started_s for one in found)


if __name__ == "__main__":
    main()
