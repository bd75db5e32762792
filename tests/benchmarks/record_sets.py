"""Trains every set of three languages of a synthetic world: `python tests/benchmarks/record_sets.py FOLDER`.

What comes out (FOLDER/recorded_pos.csv.gz, recorded_ner.csv.gz) is what `realign-sweep replay recorded-pos` and
`recorded-ner` replay: 2,024 sets of 24 languages, one seed. `--languages 11 --seeds 6` makes what `recorded-seeds-pos`
and `recorded-seeds-ner` replay (recorded_seeds_pos.csv.gz, ...): 165 sets of eleven of these languages, six seeds each.
Trials of a few seconds, in as many processes as there are CPUs; what is there already is not trained again. 24 other
languages, none of which the encoder saw in pre-training, are scored.
"""

import argparse
import json
import os
import shutil
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from search_spaces.inventory import INVENTORY, REALIGNMENT_LANGUAGES, seen_by
from search_spaces.languages import ENGLISH, Language
from search_spaces.replay.recorded import RecordedTrial, write_table
from trainables.encoders.load import load_encoder
from trainables.mapping import from_mapping
from trainables.parallel_data import SOURCES
from trainables.parallel_data.synthetic.write import write_world
from trainables.run import Run
from trainables.run_config import DataConfig, RunConfig
from trainables.shared_stages import open_store

WORLD_SEED, N_POOL, N_SCORED, SIZE = 1, 24, 24, 3
TASKS = ("pos", "ner")
RUN = {
    "tasks": list(TASKS),
    "n_threads": 1,
    "encoder": {
        "provider": "pretrained",
        "pretrain": {
            "seen": "mbert", "vocabulary_size": 3000, "n_layers": 2, "hidden_size": 64, "n_heads": 4, "max_length": 40,
            "n_steps": 1000, "n_tokens_per_batch": 1024, "learning_rate": 2e-3, "mask_frac": 0.3, "n_threads": 1,
        },
    },
    "realign": {"n_steps": 40, "batch_size": 16, "learning_rate": 7e-4, "projection_size": 0, "max_length": 40},
    "finetune": {"n_steps": 50, "batch_size": 16, "learning_rate": 2e-3, "max_length": 40},
    "evaluate": {
        "n_sentences": 16, "n_retrieval": 30, "max_length": 40, "batch_size": 256, "probe_at": [0.5],
        "n_probe_languages": 8,
    },
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", type=int, default=N_POOL, help="of the 24")
    parser.add_argument("--seeds", type=int, default=1, help="trainings of each set")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    folder = options.folder.absolute()
    pool, scored = drawn_languages()
    if not (folder / "world").exists():
        make_world(folder / "world", scored)
    config = run_config(folder)
    store = open_store(config)
    load_encoder(config.encoder, SOURCES[config.data.source](config.data, store), store)
    path = folder / "trials.jsonl"
    done = {(tuple(row["languages"]), row["seed"]) for row in map(json.loads, path.open())} if path.exists() else set()
    ranked = np.random.default_rng(0).permutation(pool).tolist()[: options.languages]
    ranks = {language: rank for rank, language in enumerate(ranked)}
    # all sets of the first ranks come first, so that at any time there is a smaller table that is complete
    sets = sorted(
        combinations(sorted(ranks), SIZE),
        key=lambda members: sorted((ranks[language] for language in members), reverse=True),
    )
    wanted = [(members, seed) for members in sets for seed in range(options.seeds)]
    trials = [one for one in wanted if one not in done]
    started = time.monotonic()
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as processes:
        futures = [processes.submit(train, folder, *one) for one in trials]
        for n, future in enumerate(as_completed(futures), start=1):
            with path.open("a") as file:
                file.write(json.dumps(future.result()) + "\n")
            if n % 50 == 0:
                left = (time.monotonic() - started) / n * (len(trials) - n)
                print(f"{n} of {len(trials)}, {left / 60:.0f} min left", flush=True)
    rows = [row for row in map(json.loads, path.open()) if (tuple(row["languages"]), row["seed"]) in set(wanted)]
    several = "seeds_" if options.seeds > 1 else ""
    for task in TASKS:
        trials = sorted((table_row(row, task) for row in rows), key=lambda trial: (trial.seed, trial.languages))
        write_table(trials, folder / f"recorded_{several}{task}.csv.gz")
        if several:
            print(f"{task}: rank correlation of the sets' test scores, two seeds at a time: {agreement(trials)}")


def agreement(trials: list[RecordedTrial]) -> str:
    """Of each two training seeds: mean, least and largest."""
    seeds = sorted({trial.seed for trial in trials})
    by_seed = [
        [np.mean(list(trial.judged.values())) for trial in trials if trial.seed == seed] for seed in seeds
    ]  # sets in the same order
    found = [spearmanr(a, b).statistic for a, b in combinations(by_seed, 2)]
    return f"{np.mean(found):.2f} ({min(found):.2f} to {max(found):.2f})"


def drawn_languages() -> tuple[list[Language], list[Language]]:
    """The pool to choose from, and the languages to score, none of which mBERT saw."""
    generator = np.random.default_rng(WORLD_SEED)
    pool = generator.choice(sorted(REALIGNMENT_LANGUAGES), N_POOL, replace=False).tolist()
    unseen = sorted(set(INVENTORY) - seen_by("mbert") - {ENGLISH})
    scored = generator.choice(unseen, N_SCORED, replace=False).tolist()
    return sorted(map(Language, pool)), sorted(map(Language, scored))


def make_world(folder: Path, scored: list[Language]) -> None:
    """Sentence pairs of the whole world, for pre-training, and labels of the scored languages only."""
    making = folder.with_name("world-in-the-making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    write_world(DataConfig(world_seed=WORLD_SEED, n_labelled=80), making)
    kept = {language.split("_")[0] for language in (*scored, ENGLISH)}
    for part in ("pos", "ner", "nli", "flores"):
        for path in (making / part).iterdir():
            if path.name.split("_")[0] in kept and part != "nli":
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    making.rename(folder)


def run_config(folder: Path, languages: tuple[Language, ...] = (), seed: int = 0) -> RunConfig:
    places = {"data": {"source": "folder", "root": str(folder / "world")}, "store": str(folder / "store")}
    return from_mapping(RunConfig, {**RUN, **places, "languages": list(languages), "seed": seed})


def train(folder: Path, languages: tuple[Language, ...], seed: int) -> dict:
    """One trial: scores by task, split and language, and its seconds of CPU time."""
    started = time.process_time()
    run = Run(run_config(folder, languages, seed))
    after: dict[float, float] = {}
    while not run.done:
        run.advance()
        for signal in run.signals:
            if signal.name == "retrieval_so_far":
                after.setdefault(signal.at, time.process_time() - started)
    total = time.process_time() - started
    signals = [(after[s.at] / total, s.value) for s in run.signals if s.name == "retrieval_so_far"]
    scores: dict = {task: {"dev": {}, "test": {}} for task in TASKS}
    for row in run.scores:
        if row.task in TASKS and row.language != ENGLISH:
            scores[row.task][row.split][row.language] = row.value
    return {"languages": list(languages), "seed": seed, "scores": scores, "duration": total, "signals": signals}


def table_row(row: dict, task: str) -> RecordedTrial:
    scores = row["scores"][task]
    return RecordedTrial(
        languages=tuple(map(Language, row["languages"])), seed=row["seed"], told=scores["dev"], judged=scores["test"],
        duration=row["duration"], signals=tuple((at, value) for at, value in row["signals"]),
    )  # fmt: skip


if __name__ == "__main__":
    main()
