"""What `report` takes for a sweep of very many trials: processor seconds and memory, the first time and unchanged.

    python tests/benchmarks/report_speed.py 10000

Made-up records: random sets of ten as arms with five seeds each, three tasks, 54 languages, "dev" and "test".
"""

import argparse
import json
import resource
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from command_cost import ROOT, cost

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from sweep.config.yaml_reader import write_yaml
from sweep.folders import SweepFolder

N_LANGUAGES, N_SEEDS, N_SENTENCES, SIZE = 54, 5, 100, 10
TASKS = {"pos": "accuracy", "ner": "f1", "nli": "accuracy"}


def write_sweep(mlruns: Path, n_trials: int) -> str:
    """A finished sweep's folder; returns its name."""
    generator = np.random.default_rng(0)
    pool = sorted(map(str, REALIGNMENT_LANGUAGES))
    folder = SweepFolder.below(mlruns, "many")
    folder.records.mkdir(parents=True)
    arms = [
        {"name": f"set-{i}", "languages": sorted(generator.choice(pool, SIZE, replace=False).tolist())}
        for i in range(-(-n_trials // N_SEEDS))
    ]
    document = {"name": "many", "arms": arms, "seeds": list(range(N_SEEDS)), "run": {"tasks": list(TASKS)}}
    folder.config.write_text(write_yaml(document))
    for i in range(n_trials):
        arm, seed = arms[i // N_SEEDS], i % N_SEEDS
        correct = generator.binomial(N_SENTENCES, 0.6, (len(TASKS), N_LANGUAGES, 2)).tolist()
        scores = [
            {"task": task, "metric": metric, "language": language, "split": split, "n_correct": correct[t][j][k],
             "n_total": N_SENTENCES, "source": "", "n_cut": None, "value": correct[t][j][k] / N_SENTENCES}
            for t, (task, metric) in enumerate(TASKS.items())
            for j, language in enumerate(pool[:N_LANGUAGES])
            for k, split in enumerate(("dev", "test"))
        ]  # fmt: skip
        name = f"{arm['name']}-seed{seed}"
        record = {
            "schema": 1, "sweep": "many", "trial": name, "arm": arm["name"], "label": arm["name"], "criterion": "given",
            "languages": arm["languages"], "subset_seed": None, "seed": seed, "number": None, "point": {},
            "status": "finished", "error": "", "score": 0.6, "scores": scores, "signals": [],
            "costs": {"realign_s": 1.0}, "curves": {}, "data": {}, "data_revisions": {}, "machine": {"device": "cpu"},
            "config": {"tasks": list(TASKS)},
            "config_fingerprint": f"{i:020x}", "encoder": {"name": "made-up"}, "encoder_fingerprint": "0" * 20,
            "way_of_reading": "", "checks": {}, "seen_languages": pool[:40], "versions": {}, "git_commit": None,
            "started_s": 1e9 + i, "ended_s": 1e9 + i + 1,
        }  # fmt: skip
        (folder.records / f"{name}.json").write_text(json.dumps(record))
    return "many"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n_trials", type=int)
    options = parser.parse_args()
    with TemporaryDirectory() as temporary:
        mlruns = Path(temporary) / "mlruns"
        name = write_sweep(mlruns, options.n_trials)
        for title, more in (("report --no-figures", ["--no-figures"]), ("report", []), ("report again", [])):
            first_s, total_s, code = cost(["report", name, "--mlruns", str(mlruns), *more], ROOT)
            mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(
                f"{title}: {total_s:.1f} s, first output after {first_s:.1f} s, {mib:.0f} MiB, exit {code}", flush=True
            )


if __name__ == "__main__":
    main()
