"""The command as a user runs it, with real trials on a tiny world: run, kill, resume, report, same digits."""

import gzip
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from tests.faults.mlflow_server import PASSWORD, START_S, USER, Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
CODES = {"eng": "Latn", "deu": "Latn", "swh": "Latn", "wol": "Latn", "tur": "Latn"}
SWEEP = """\
arms: [none, full, {criterion: max-sum, size: 2}, {languages: [Wolof, sw], name: african}]
seeds: [0]
concurrency: 1
run:
  encoder:
    pretrain:
      {seen: [en, de], vocabulary_size: 150, n_layers: 2, hidden_size: 8, n_heads: 2, n_steps: 20, max_length: 32}
  realign: {n_steps: 6, batch_size: 4, projection_size: 8, max_length: 32}
  finetune: {n_steps: 6, batch_size: 4, max_length: 32}
  evaluate: {n_retrieval: 10, max_length: 32}
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


def conllu(sentence: tuple[str, ...], letters: str) -> str:
    tagged = enumerate(zip(sentence, ("NOUN", "VERB", "NOUN"), strict=True), start=1)
    return "".join(f"{n}\t{word}{letters}\t_\t{tag}" + "\t_" * 6 + "\n" for n, (word, tag) in tagged) + "\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in made-up words: each language appends its own letters to every English word."""
    root = tmp_path_factory.mktemp("world")
    nouns, verbs = ("dog", "cat", "bird", "tree", "house", "boat"), ("sees", "likes", "finds", "eats")
    # Distinct, as pre-training leaves out every sentence that is evaluated later.
    sentences = random.Random(0).sample(list(itertools.product(nouns, verbs, nouns)), 90)
    parts = {
        "bitext": slice(0, 30),
        "flores": slice(30, 60),
        "train": slice(60, 70),
        "dev": slice(70, 75),
        "test": slice(75, 90),
    }
    for code, letters in zip(CODES, ("", "en", "wa", "oo", "lar"), strict=True):
        texts = [" ".join(word + letters for word in sentence) for sentence in sentences]
        if code != "eng":
            pairs = zip(sentences[parts["bitext"]], texts[parts["bitext"]], strict=True)
            rows = [f"x.{i}\t{' '.join(english)}\t{other}\n" for i, (english, other) in enumerate(pairs)]
            write(root / "bitext" / f"{code}.tsv.gz", "".join(rows))
        flores = enumerate(texts[parts["flores"]])
        rows = [f"{i}\t{'train' if i < 20 else 'dev'}\ttopic\t{text}\n" for i, text in flores]
        write(root / "flores" / f"{code}_{CODES[code]}.tsv.gz", "".join(rows))
        for part in ("train", "dev", "test") if code == "eng" else ("test",):
            labelled = "".join(conllu(sentence, letters) for sentence in sentences[parts[part]])
            write(root / "pos" / code / f"{part}.conllu.gz", labelled)
    return root


@pytest.fixture(scope="module")
def command(data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = tmp_path_factory.mktemp("config") / "tiny.yaml"
    path.write_text(SWEEP)
    return [sys.executable, "-m", "sweep.commands.main", "run", str(path), "--data", str(data)]


def environment() -> dict[str, str]:
    # Another hash seed each time: no result may depend on the order of a set.
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(time.time_ns() % 1000)}


def call(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, env=environment(), capture_output=True, text=True, cwd=ROOT, timeout=600)


def records_in(mlruns: Path) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text()) for path in (mlruns / "sweeps" / "tiny" / "records").glob("*.json")}


@pytest.fixture(scope="module")
def whole(
    command: list[str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A sweep that ran without disturbance."""
    mlruns = tmp_path_factory.mktemp("whole")
    return mlruns, call([*command, "--mlruns", str(mlruns)])


def test_a_sweep_runs_and_reports(whole: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    mlruns, done = whole
    assert done.returncode == 0, done.stderr
    for line in (
        "tiny: 4 of 4 trials, complete",
        "african (Swahili, Wolof)",
        "max-sum k=2",
        "report: ",
        "MLflow store:",
    ):
        assert line in done.stdout
    report = (mlruns / "sweeps" / "tiny" / "report.md").read_text()
    for line in ("# tiny", "4 trials finished, 0 failed", "| max-sum k=2", "| african", "Retrieval P@1"):
        assert line in report
    assert done.stderr.count("/4] ") == 4 and "Traceback" not in done.stderr
    records = records_in(mlruns)
    assert sorted(records) == ["african-seed0", "full-seed0", "max-sum-2-seed0", "none-seed0"]
    for record in records.values():
        assert record["status"] == "finished" and record["seen_languages"] == ["deu_Latn", "eng_Latn"]
        assert record["costs"]["finetune/pos_s"] > 0 and record["encoder_fingerprint"] and record["versions"]["ray"]
        tasks = {(score["task"], score["split"]) for score in record["scores"]}
        assert {("pos", "dev"), ("pos", "test"), ("retrieval", "test"), ("retrieval_before", "test")} <= tasks
    assert records["african-seed0"]["languages"] == ["swh_Latn", "wol_Latn"]
    assert records["full-seed0"]["languages"] == ["deu_Latn", "swh_Latn", "tur_Latn", "wol_Latn"]


def test_a_killed_sweep_resumes_to_the_same_digits_and_runs_nothing_twice(
    command: list[str], tmp_path: Path, whole: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    running = subprocess.Popen(
        [*command, "--mlruns", str(tmp_path)], env=environment(), cwd=ROOT, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 400
    while not records_in(tmp_path) and time.monotonic() < deadline and running.poll() is None:
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    first = {path: path.stat().st_mtime_ns for path in (tmp_path / "sweeps" / "tiny" / "records").glob("*.json")}
    assert 1 <= len(first) < 4
    done = call([sys.executable, "-m", "sweep.commands.main", "resume", "tiny", "--mlruns", str(tmp_path)])
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in first} == first
    records, undisturbed = records_in(tmp_path), records_in(whole[0])
    assert {name: record["scores"] for name, record in records.items()} == {
        name: record["scores"] for name, record in undisturbed.items()
    }
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("realign-sweep").experiment_id])
    assert len(runs) == 5 and {run.info.status for run in runs} == {"FINISHED"}


def test_mlflow_has_curves_and_data_sets_live_and_made_anew_elsewhere(
    whole: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    mlruns, _ = whole
    other = f"sqlite:///{tmp_path / 'other.db'}"
    arguments = ["sync", "tiny", "--mlruns", str(mlruns), "--tracking-uri", other]
    done = call([sys.executable, "-m", "sweep.commands.main", *arguments])
    assert done.returncode == 0 and "4 trials written" in done.stderr
    live, anew = (curves_and_inputs(uri) for uri in (f"sqlite:///{mlruns / 'mlflow.db'}", other))
    assert live == anew and live.keys() == {"none", "full", "max-sum-2", "african"}
    for arm, (curves, inputs) in live.items():
        realigned = {"progress/realign/loss"} if arm != "none" else set()
        assert curves.keys() == {"progress/finetune/pos/loss", "progress/finetune/pos/learning_rate"} | realigned
        assert all([step for step, _ in points] == [1, 2, 3, 4, 5, 6] for points in curves.values())
        used = {name: context for name, (_, context) in inputs.items()}
        assert used == {
            "pos-train-eng (folder)": "fine-tuning", "pos-test (folder)": "evaluation",
            "parallel-sentences (folder)": "evaluation",
            **({"bitext (folder)": "realignment"} if realigned else {}),
        }  # fmt: skip
    assert len({live[arm][1]["bitext (folder)"][0] for arm in ("full", "max-sum-2", "african")}) >= 2
    assert len({live[arm][1]["pos-test (folder)"][0] for arm in live}) == 1


def test_a_live_sweep_on_a_server_that_goes_down_and_comes_back_is_there_completely(
    command: list[str],
    tmp_path: Path,
    whole: tuple[Path, subprocess.CompletedProcess[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("flask_wtf", reason="MLflow's basic-auth app needs Flask-WTF")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", USER)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", str(int(START_S)))  # a busy machine is no fault
    (tmp_path / "lab").mkdir()
    server, mlruns = Server(tmp_path / "lab"), tmp_path / "mlruns"
    with server:
        server.start()
        arguments = [*command, "--mlruns", str(mlruns), "--tracking-uri", server.uri]
        with (tmp_path / "said").open("w") as said:
            running = subprocess.Popen(arguments, env=environment(), cwd=ROOT, stdout=said, stderr=said)
        for n in (1, 3):
            while len(records_in(mlruns)) < n and running.poll() is None:
                time.sleep(0.05)
            if n == 1:
                server.kill()
                continue
            running.send_signal(signal.SIGSTOP)  # these trials are over sooner than a server has started
            server.start()
            running.send_signal(signal.SIGCONT)
        assert running.wait(600) == 0, (tmp_path / "said").read_text()
        there, undisturbed = (curves_and_inputs(uri) for uri in (server.uri, f"sqlite:///{whole[0] / 'mlflow.db'}"))
        client = MlflowClient(server.uri)
        runs = client.search_runs([client.get_experiment_by_name("realign-sweep").experiment_id])
    assert there == undisturbed and there.keys() == {"none", "full", "max-sum-2", "african"}
    assert len(runs) == 5 and {run.info.status for run in runs} == {"FINISHED"}
    text = (tmp_path / "said").read_text()
    assert "MLflow store:       " + server.uri in text and PASSWORD not in text and "Traceback" not in text
    assert not (mlruns / "mlflow.db").exists()
    assert not [path for path in mlruns.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()]


def curves_and_inputs(uri: str) -> dict[str, tuple[dict[str, Any], dict[str, tuple[str, str]]]]:
    """Arm -> ({metric: [(step, value)]}, {data set: (digest, context)}), as MLflow's client gives them."""
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("realign-sweep").experiment_id
    found = {}
    for run in client.search_runs([experiment], "tags.kind = 'trial'"):
        names = [name for name in run.data.metrics if name.startswith("progress/")]
        history = {name: client.get_metric_history(run.info.run_id, name) for name in names}
        curves = {name: [(point.step, point.value) for point in points] for name, points in history.items()}
        inputs = {i.dataset.name: (i.dataset.digest, i.tags[0].value) for i in run.inputs.dataset_inputs}
        found[run.data.tags["arm"]] = (curves, inputs)
    return found


def test_the_report_can_be_made_again(whole: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    mlruns, done = whole
    again = call([sys.executable, "-m", "sweep.commands.main", "report", "tiny", "--mlruns", str(mlruns)])
    assert (
        again.returncode == 0
        and again.stdout.splitlines()[1:] == done.stdout.splitlines()[1 : len(again.stdout.splitlines())]
    )
