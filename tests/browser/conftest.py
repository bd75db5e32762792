"""A store of 304 trials under three parents, made from synthetic records by the code that real sweeps use, and a
headless browser on MLflow's own server. Skips, saying why, where there is no browser or no selenium.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search_spaces.inventory import INVENTORY, REALIGNMENT_LANGUAGES
from sweep.config.load import as_mapping, parse_config
from sweep.config.yaml_reader import write_yaml
from sweep.folders import SweepFolder, write_atomically
from sweep.records.records import RecordStore, TrialRecord
from sweep.tracking.sync import sync
from trainables.evaluation.scores import ScoreRow
from trainables.mapping import to_mapping
from trainables.store.fingerprint import fingerprint

STUDY = "language subsets"
SWEEPS = ("criteria-mbert", "criteria-xlmr", "sizes-mbert")
TEST_LANGUAGES = (
    "afr_Latn", "amh_Ethi", "deu_Latn", "fin_Latn", "hin_Deva", "jpn_Jpan", "swh_Latn", "wol_Latn", "yor_Latn",
)  # fmt: skip

CRITERIA = ("max-sum", "min-sum", "max-min", "facility-location", "random")
START_S = 1_700_000_000.0


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SweepFolder:
    """The store of the last of the three sweeps; MLflow has all of them. MLRUNS_300 names a folder to keep it in."""
    root = Path(os.environ.get("MLRUNS_300") or tmp_path_factory.mktemp("mlruns"))
    folders = [SweepFolder.below(root, name) for name in SWEEPS]
    for i, sweep_folder in enumerate(folders):
        if not sweep_folder.config.exists():
            write_sweep(sweep_folder, i)
            sync(sweep_folder)
    return folders[-1]


@pytest.fixture(scope="session")
def server(folder: SweepFolder) -> Iterator[str]:
    """Address of `realign-sweep ui` on the store."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "sweep.commands.main", "ui", "--mlruns", str(folder.mlruns), "--port", str(port)]
    log = (folder.mlruns / "ui.log").open("w")
    process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            assert process.poll() is None, (folder.mlruns / "ui.log").read_text()
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/health", timeout=5):
                break
            time.sleep(0.5)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)
        log.close()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium. SHOTS names a folder for screenshots."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium: pip install -e '.[browser]'")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip(f"needs Chromium and chromedriver on the PATH (found {chromium} and {driver})")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("chromium")
    for flag in ("headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "no-first-run", "disable-sync",
                 "disable-background-networking", "disable-component-update", "window-size=1800,1100",
                 f"user-data-dir={profile}"):  # fmt: skip
        options.add_argument(f"--{flag}")
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    chrome.set_page_load_timeout(120)
    yield chrome
    chrome.quit()


def write_sweep(folder: SweepFolder, number: int) -> None:
    """A sweep's config and all its records: five criteria (or sizes) and two arms without choice, at several seeds."""
    name = SWEEPS[number]
    arms: list[Any] = ["none", "full"]
    sizes = (5, 10, 20) if name.startswith("criteria") else (2, 5, 10, 20, 30, 40)
    criteria = CRITERIA if name.startswith("criteria") else ("max-sum", "random", "facility-location")
    arms += [{"criterion": c, "size": k} for c in criteria for k in sizes]
    seeds = list(range(-(-100 // len(arms))))
    description = "Synthetic numbers for a test of the browser: which languages to realign on?"
    encoder = {"provider": "hub", "name": "bert-base-multilingual-cased" if "mbert" in name else "xlm-roberta-base"}
    run = {"encoder": encoder, "tasks": ["pos", "ner", "nli"], "data": {"source": "synthetic"}}
    config = parse_config(
        {"name": name, "study": STUDY, "arms": arms, "seeds": seeds, "description": description, "run": run}
    )
    write_atomically(folder.config, write_yaml(as_mapping(config)))
    generator = np.random.default_rng(number)
    records = RecordStore(folder.records)
    planned = [(arm, seed) for seed in seeds for arm in config.arms]
    for i, (arm, seed) in enumerate(planned):
        languages = () if arm.criterion == "none" else REALIGNMENT_LANGUAGES
        if arm.size:
            languages = tuple(sorted(generator.choice(REALIGNMENT_LANGUAGES, arm.size, replace=False).tolist()))
        draw = f" s={arm.seed}" if arm.seed is not None else ""
        label = f"{arm.criterion} k={arm.size}{draw}" if arm.size else arm.criterion
        failed = i == 42
        scores = make_scores(generator, len(languages), arm.criterion)
        trial_run = to_mapping(replace(config.run, languages=languages, seed=seed))
        started_s = START_S + 90_000 * number + 600 * i
        records.write(
            TrialRecord(
                sweep=name,
                trial=f"{arm.name}-seed{seed}",
                arm=arm.name,
                label=label,
                criterion=arm.criterion,
                languages=languages,
                subset_seed=arm.seed,
                seed=seed,
                status="failed" if failed else "finished",
                error="Traceback ...\ntorch.OutOfMemoryError: CUDA out of memory." if failed else "",
                score=None if failed else float(np.mean([s["value"] for s in scores if s["split"] == "dev"])),
                scores=() if failed else tuple(map(ScoreRow.from_dict, scores)),
                costs={
                    "realign_s": 40.0 + len(languages),
                    "finetune/pos_s": 60.0,
                    "finetune/ner_s": 55.0,
                    "finetune/nli_s": 200.0,
                    "peak_rss_bytes": 2.1e9,
                    **({"realign_reused": 1.0} if i % 3 else {}),
                },
                config=trial_run,
                config_fingerprint=fingerprint(config.run),
                seen_languages=tuple(sorted(t for t, info in INVENTORY.items() if info.seen_by_mbert)),
                versions={"python": "3.11"},
                git_commit="0123456789abcdef0123456789abcdef01234567",
                started_s=started_s,
                ended_s=started_s + 420 + len(languages),
            )  # fmt: skip
        )


def make_scores(generator: np.random.Generator, size: int, criterion: str) -> list[dict[str, Any]]:
    """Three tasks and the probe, on nine languages and English; realignment helps a little, more for unseen ones."""
    gain = np.log1p(size) + (0.4 * CRITERIA.index(criterion) if criterion in CRITERIA else 0.0)
    rows = []
    tasks = (("pos", "accuracy", 70), ("ner", "f1", 55), ("nli", "accuracy", 60), ("retrieval", "p_at_1", 40))
    for task, metric, base in tasks:
        for i, language in enumerate(("eng_Latn", *TEST_LANGUAGES)):
            if task == "retrieval" and language == "eng_Latn":
                continue
            for split in ("dev", "test"):
                percent = base - 3 * i + gain * (1 + i / 5) + generator.normal(0, 0.8)
                n_correct = int(np.clip(round(10 * percent), 0, 1000))
                rows.append(
                    {"task": task, "metric": metric, "language": language, "split": split, "n_correct": n_correct,
                     "n_total": 1000, "value": n_correct / 1000}
                )  # fmt: skip
    return rows
