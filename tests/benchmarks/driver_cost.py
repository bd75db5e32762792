"""What a trial costs the driver, beside the work that it does: processor time and memory by the number of trials.

    python tests/benchmarks/driver_cost.py 100 500 2000 [--search] [--mlflow]

Trials on a local Ray that do nothing but report a result as large as one of three tasks in sixty languages. A line each
time the number of trials over has grown by a factor: the driver's processor time (workers are other processes) a trial
since the line before, its resident memory, and how many processes the trials have taken turns in.
"""

import argparse
import gzip
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import psutil
from ray import cloudpickle, tune

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from sweep.config.load import parse_config
from sweep.execution.checkpoints import Checkpoints
from sweep.execution.progress_callback import ProgressCallback
from sweep.execution.ray_session import ray_session
from sweep.execution.record_callback import RecordCallback
from sweep.execution.tuning import run_trials
from sweep.folders import SweepFolder
from sweep.launch import make_callbacks
from sweep.plan import make_plan
from sweep.records.records import RecordStore

cloudpickle.register_pickle_by_value(sys.modules[__name__])
LINES = (10, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class TrivialTrial(tune.Trainable):  # type: ignore[misc]
    """One step."""

    def setup(self, config: dict[str, Any]) -> None:
        """Nothing to set up."""

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Nothing to reset."""
        return True

    def step(self) -> dict[str, Any]:
        """A result of the usual size."""
        languages = [str(language) for language in REALIGNMENT_LANGUAGES][:60]
        scores = [
            {"task": task, "metric": metric, "language": language, "split": split, "n_correct": 70, "n_total": 100,
             "value": 0.7, "source": ""}
            for task, metric in (("pos", "accuracy"), ("ner", "f1"), ("nli", "accuracy"))
            for language in languages
            for split in ("dev", "test")
        ]  # fmt: skip
        points = list(range(200))
        curve = {"step": points, "time_s": [0.1 * n for n in points], "loss": [1 / (1 + n) for n in points]}
        return {
            "done": True, "stage": "done", "score": 0.7, "scores": scores, "seen_languages": languages,
            "curves": {stage: curve for stage in ("realign", "finetune/pos", "finetune/ner", "finetune/nli")},
            "costs": {f"{stage}_s": 1.0 for stage in ("realign", "finetune/pos", "finetune/ner", "finetune/nli")},
            "checks": {"unknown": dict.fromkeys(languages, 0.01), "cut": dict.fromkeys(languages, 3), "warnings": []},
            "data": dict.fromkeys(("realign", "pos", "ner", "nli"), "0" * 20), "encoder_fingerprint": "0" * 20,
        }  # fmt: skip


class Meter(tune.Callback):
    """Prints the driver's costs."""

    def __init__(self) -> None:
        self.processes: set[int] = set()
        self.n, self.cpu_s, self.n_before, self.started_s = 0, time.process_time(), 0, time.monotonic()

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial is over."""
        self.n += 1
        self.processes.add(trial.last_result["pid"])
        if self.n not in LINES:
            return
        cpu_s, rss = time.process_time(), psutil.Process().memory_info().rss
        each_ms = 1000 * (cpu_s - self.cpu_s) / (self.n - self.n_before)
        print(
            f"{self.n:6d} trials: {each_ms:7.1f} ms CPU a trial since the last line, {rss / 2**20:7.0f} MiB resident, "
            f"{time.monotonic() - self.started_s:6.0f} s, {len(self.processes)} processes",
            flush=True,
        )
        self.cpu_s, self.n_before = time.process_time(), self.n


def write_data(root: Path) -> None:
    """Sentence pairs and labels of two languages."""
    texts = {"bitext/deu.tsv.gz": "x.1\tdogs bark\tHunde bellen\n", "bitext/fra.tsv.gz": "x.1\tdogs bark\tchiens\n"}
    for code, split in (("deu", "test"), *(("eng", split) for split in ("train", "dev", "test"))):
        words = [f"1\t{split} {i}\t_\tNOUN" + "\t_" * 6 + "\n\n" for i in range(2)]
        texts[f"pos/{code}/{split}.conllu.gz"] = "".join(words)
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(gzip.compress(text.encode()))


def measure(n_trials: int, search: bool, mlflow: bool) -> None:
    """Runs one sweep."""
    with tempfile.TemporaryDirectory(prefix="driver-cost-") as temporary:
        root = Path(temporary)
        write_data(root / "data")
        document: dict[str, Any] = {
            "name": "cost", "arms": ["none"], "seeds": [0] if search else list(range(n_trials)),
            "run": {"data": {"source": "folder", "root": str(root / "data")}},
            "resources": {"cpu": 1, "gpu": 0}, "cluster": {"cpus": 2},
        }  # fmt: skip
        if search:
            space = {"subset.criterion": {"choice": ["random"]}, "subset.size": {"choice": [1, 2]}}
            document["space"] = {**space, "realign.temperature": {"uniform": [0.05, 0.5]}}
            document["search"] = {"kind": "random", "n_samples": n_trials - 1}
        config = parse_config(document)
        folder = SweepFolder.below(root / "mlruns", "cost")
        plan = make_plan(config, folder)
        records, checkpoints = RecordStore(folder.records), Checkpoints(folder.checkpoints)
        callbacks: list[tune.Callback] = [
            RecordCallback(records, {"sweep": "cost", "versions": {}, "git_commit": None}, checkpoints),
            ProgressCallback("cost", plan.n_trials, records),
        ]
        if mlflow:
            callbacks = list(make_callbacks(config, plan, folder, records, checkpoints))
        print(f"{n_trials} trials{', searched' if search else ''}{', with MLflow' if mlflow else ''}", flush=True)
        with ray_session(config, None, print):
            meter = Meter()
            run_trials(plan, folder, records, checkpoints, TrivialTrial, [*callbacks, meter], print)
            print(f"   all: {time.process_time():.1f} s CPU of the process, start and end included", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n_trials", type=int, nargs="+")
    parser.add_argument("--search", action="store_true", help="trials that a search asks for, instead of planned ones")
    parser.add_argument("--mlflow", action="store_true", help="with the view in MLflow")
    options = parser.parse_args()
    for n in options.n_trials:
        measure(n, options.search, options.mlflow)
