"""Damages every file of an interrupted sweep's folder in turn (cut, emptied, removed, overwritten) and goes on with it.

Run it from the repository's root; it prints one line a case and ends with 1 if a case was neither complete with the
scores of the undisturbed sweep, nor refused in one sentence:

    python -m tests.faults.resume_damage                 # all cases, minutes on two cores
    python -m tests.faults.resume_damage --limit-s 60    # as many as fit, in an order drawn by --seed

Trials are real ones on a tiny made-up world. Each case works on a copy in another folder, so it moves the sweep as
well. One Ray serves all cases.
"""

import argparse
import contextlib
import gzip
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ray import tune

from sweep import launch
from sweep.config.load import parse_config, saved_config
from sweep.config.sections import SweepConfig
from sweep.execution.ray_session import ray_session
from sweep.folders import SweepFolder
from sweep.records.records import RecordStore

DAMAGES: dict[str, Callable[[Path], Any]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "emptied": lambda path: path.write_bytes(b""),
    "removed": lambda path: path.unlink(),
    "overwritten": lambda path: path.write_bytes(random.Random(0).randbytes(200)),
}
CODES = {"eng": "", "deu": "en", "swh": "wa", "wol": "oo", "tur": "lar"}
SWEEP = {
    "name": "tiny", "arms": ["none", {"languages": ["deu", "swh"], "name": "two"}], "seeds": [0], "concurrency": 1,
    "search": {"kind": "evolution", "n_samples": 3, "size": 2, "distances": ["featural"], "seed": 1},
    "cluster": {"cpus": 2},
    "run": {
        "encoder": {"pretrain": {"seen": ["en", "de"], "vocabulary_size": 150, "n_layers": 1, "hidden_size": 16,
                                 "n_heads": 2, "n_steps": 4, "max_length": 32}},
        "realign": {"n_steps": 4, "learning_rate": 1e-2, "batch_size": 4, "projection_size": 8, "max_length": 32},
        "finetune": {"n_steps": 8, "learning_rate": 3e-2, "batch_size": 4, "max_length": 32},
        "evaluate": {"n_retrieval": 5, "max_length": 32}, "checkpoint_steps": 1,
    },
}  # fmt: skip


def write_world(root: Path) -> None:
    """A data folder in made-up words: each language appends its own letters to every English word."""
    nouns, verbs = ("dog", "cat", "bird", "tree", "house"), ("sees", "likes", "finds")
    sentences = random.Random(0).sample(list(itertools.product(nouns, verbs, nouns)), 60)
    for code, letters in CODES.items():
        texts = [" ".join(word + letters for word in sentence) for sentence in sentences]
        if code != "eng":
            pairs = enumerate(zip(sentences[:20], texts[:20], strict=True))
            rows = [f"x.{i}\t{' '.join(english)}\t{other}\n" for i, (english, other) in pairs]
            _write(root / "bitext" / f"{code}.tsv.gz", "".join(rows))
        rows = [f"{i}\t{'train' if i < 10 else 'dev'}\ttopic\t{text}\n" for i, text in enumerate(texts[20:36])]
        _write(root / "flores" / f"{code}_Latn.tsv.gz", "".join(rows))
        parts = {"train": slice(36, 44), "dev": slice(44, 48), "test": slice(48, 60)}
        for part in parts if code == "eng" else ("test",):
            labelled = "".join(_conllu(sentence, letters) for sentence in sentences[parts[part]])
            _write(root / "pos" / code / f"{part}.conllu.gz", labelled)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


def _conllu(sentence: tuple[str, ...], letters: str) -> str:
    tagged = enumerate(zip(sentence, ("NOUN", "VERB", "NOUN"), strict=True), start=1)
    return "".join(f"{n}\t{word}{letters}\t_\t{tag}" + "\t_" * 6 + "\n" for n, (word, tag) in tagged) + "\n"


@contextlib.contextmanager
def one_ray(config: SweepConfig) -> Iterator[None]:
    """All sweeps in the block share one Ray; MLflow and reports, which are views of the records, are left out."""
    replaced = {
        "ray_session": lambda config, address, say: contextlib.nullcontext(config.resources),
        "write_reports": lambda *arguments, **options: None,
        "check_store": lambda config, folder, tracking_uri: None,
        "MlflowCallback": lambda **options: tune.Callback(),
        "FolderCallback": lambda *arguments: tune.Callback(),
    }
    before = {name: getattr(launch, name) for name in replaced}
    with ray_session(config, None, print):
        try:
            for name, stand_in in replaced.items():
                setattr(launch, name, stand_in)
            yield
        finally:
            for name, own in before.items():
                setattr(launch, name, own)


@contextlib.contextmanager
def interrupted_after(n_records: int, folder: SweepFolder) -> Iterator[None]:
    """Sends this process SIGTERM, once a trial is under way after so many records."""
    over = threading.Event()

    def watch() -> None:
        while len(list(folder.records.glob("*.json"))) < n_records or not list(folder.checkpoints.glob("*/run.pt")):
            if over.wait(0.01):
                return
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def scores_in(folder: SweepFolder) -> dict[str, Any]:
    """What tables are made of: trial -> languages, score and all rows."""
    records = RecordStore(folder.records).all()
    return {record.trial: [record.languages, record.status, record.score, list(record.scores)] for record in records}


def damage_all(root: Path, limit_s: float, seed: int, say: Callable[[str], None]) -> list[str]:
    """Runs all cases, or as many as fit into `limit_s`; returns what went wrong."""
    write_world(root / "world")
    config = parse_config(
        {**SWEEP, "run": {**SWEEP["run"], "data": {"source": "folder", "root": str(root / "world")}}}  # type: ignore[dict-item]
    )
    wrong: list[str] = []
    with one_ray(config):
        whole, cut = (SweepFolder.below(root / name, "tiny") for name in ("whole", "cut"))
        launch.run_sweep(config, whole, say=lambda text: None)
        expected = scores_in(whole)
        shutil.copytree(whole.store, cut.store)  # the encoder, not to be built again
        shutil.rmtree(cut.store / "scores")
        shutil.rmtree(cut.store / "realigned")
        started_s = time.monotonic()
        with interrupted_after(2, cut):
            outcome = launch.run_sweep(config, cut, say=lambda text: None)
        seconds = time.monotonic() - started_s
        say(f"interrupted with {len(outcome.records)} of {outcome.n_trials} trials after {seconds:.1f} s")
        files = sorted(path.relative_to(cut.root) for path in cut.root.rglob("*") if path.is_file())
        cases = [(None, "moved"), *itertools.product(files, DAMAGES)]
        head, rest = cases[:1], cases[1:]
        random.Random(seed).shuffle(rest)
        deadline = time.monotonic() + limit_s
        for number, (file, damage) in enumerate([*head, *rest]):
            if time.monotonic() > deadline:
                say(f"{number} of {len(cases)} cases in time")
                break
            found = damaged_case(root / f"case-{number}", cut, file, damage, expected)
            say(f"{damage:12}{file or 'whole folder'!s:50} {found}")
            if found.startswith("WRONG"):
                wrong.append(f"{damage} {file}: {found}")
    return wrong


def damaged_case(mlruns: Path, cut: SweepFolder, file: Path | None, damage: str, expected: dict[str, Any]) -> str:
    """ "complete", "refused: ..." or "WRONG ..."."""
    shutil.copytree(cut.mlruns, mlruns, symlinks=True)
    folder, said = SweepFolder.below(mlruns, "tiny"), list[str]()
    if file is not None:
        DAMAGES[damage](folder.root / file)
    try:
        if not folder.config.exists():
            return "refused: there is no config, which the command `resume` says"
        outcome = launch.run_sweep(saved_config(folder.config), folder, say=said.append)
    except ValueError as error:
        return f"refused: {str(error).splitlines()[0]}"
    finally:
        before = (cut.root / "records").stat().st_mtime_ns
    if outcome.n_open or outcome.n_failed:
        return f"WRONG: {outcome.what_is_left} {outcome.n_failed} failed"
    if scores_in(folder) != expected:
        differing = sorted(name for name in expected if scores_in(folder).get(name) != expected[name])
        return f"WRONG: other scores of {differing}"
    assert before == (cut.root / "records").stat().st_mtime_ns, "the old place was written to"
    notices = [text for text in said if "aside" in text]
    shutil.rmtree(mlruns)
    return f"complete{': ' + notices[0] if notices else ''}"


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit-s", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        wrong = damage_all(Path(root), options.limit_s, options.seed, lambda text: print(text, flush=True))
    print(json.dumps({"wrong": wrong}, indent=1))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
