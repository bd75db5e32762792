"""A tiny data folder, tiny configs and hand-made records for the tests of `sweep`."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.config.load import parse_config
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.plan import Plan, make_plan
from sweep.records.records import TrialRecord
from trainables.evaluation.scores import ScoreRow

LANGUAGES = ("deu", "fra", "jpn", "swh", "tel", "tur", "wol", "yor")


def write_gzip(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with sentence pairs of eight languages and labels of three, for all three tasks."""
    root = tmp_path / "data"
    for code in LANGUAGES:
        write_gzip(root / "bitext" / f"{code}.tsv.gz", f"x.1\tdogs bark\t{code} bark\nx.2\tcats sleep\t{code} sleep\n")
    for code, split in (("deu", "test"), ("wol", "test"), *(("eng", split) for split in ("train", "dev", "test"))):
        names = [f"{split} {i}" for i in range(2)]  # no sentence is in two splits
        tagged = [f"1\t{name}\t_\tNOUN" + "\t_" * 6 + "\n2\tbark\t_\tVERB" + "\t_" * 6 + "\n\n" for name in names]
        write_gzip(root / "pos" / code / f"{split}.conllu.gz", "".join(tagged))
        write_gzip(root / "ner" / code / f"{split}.tsv.gz", "".join(f"{name}\tB-PER\nbark\tO\n\n" for name in names))
        write_gzip(
            root / "nli" / code / f"{split}.tsv.gz", "".join(f"{name}\tbark {name}\tneutral\n" for name in names)
        )
    return root


@pytest.fixture
def folder(tmp_path: Path) -> SweepFolder:
    """Where a sweep called "tiny" lives."""
    return SweepFolder.below(tmp_path / "mlruns", "tiny")


@pytest.fixture
def config_of(data: Path) -> Callable[..., SweepConfig]:
    """Makes a config over `data`; keywords are top-level keys."""

    def make(**keys: Any) -> SweepConfig:
        arms = ["none", "full", {"criterion": "random", "size": 3, "seed": 5}]
        run = {"data": {"source": "folder", "root": str(data)}, **keys.pop("run", {})}
        return parse_config({"name": "tiny", "arms": arms, "run": run, **keys})

    return make


@pytest.fixture
def plan_of(config_of: Callable[..., SweepConfig], folder: SweepFolder) -> Callable[..., Plan]:
    """Makes a plan over `data`; keywords are top-level keys."""
    return lambda **keys: make_plan(config_of(**keys), folder)


def _score(task: str, language: str, split: str, n_correct: int, n_total: int = 100, **other: str) -> dict[str, Any]:
    metric = {"pos": "accuracy", "ner": "f1", "nli": "accuracy"}.get(task, "p_at_1")
    return {
        "task": task, "metric": metric, "language": language, "split": split,
        "n_correct": n_correct, "n_total": n_total, "value": n_correct / n_total if n_total else 0.0, **other,
    }  # fmt: skip


def _pos_scores(**percent: int) -> tuple[dict[str, Any], ...]:
    """Test scores in percent, and dev scores ten points below, which no report may show as results."""
    test = [_score("pos", language, "test", value) for language, value in percent.items()]
    return (*test, *(_score("pos", language, "dev", value - 10) for language, value in percent.items()))


@pytest.fixture
def record_of() -> Callable[..., TrialRecord]:
    """Makes a finished record; keywords are its fields, `scores` in percent by language."""

    def make(arm: str, seed: int, languages: tuple[str, ...] = (), **fields: Any) -> TrialRecord:
        defaults: dict[str, Any] = {
            "sweep": "tiny", "trial": f"{arm}-seed{seed}", "label": arm, "status": "finished",
            "criterion": "none" if not languages else "given", "score": 0.5,
            "seen_languages": ("deu_Latn", "eng_Latn"),
            "costs": {"realign_s": 2.0, "finetune_s": 3.0, "peak_rss_bytes": 1e9},
            "config": {"encoder": {"provider": "pretrained", "name": ""}, "realign": {"temperature": 0.1}},
            "scores": _pos_scores(eng_Latn=90, deu_Latn=60, wol_Latn=30),
            "versions": {"python": "3.11"}, "started_s": 100.0, "ended_s": 160.0,
        }  # fmt: skip
        given = {**defaults, **fields}
        rows = tuple(ScoreRow.from_dict(row) if isinstance(row, dict) else row for row in given.pop("scores"))
        return TrialRecord(arm=arm, seed=seed, languages=languages, scores=rows, **given)

    return make


@pytest.fixture
def score() -> Callable[..., dict[str, Any]]:
    """(task, language, split, n_correct, n_total=100) -> a score as records hold it; `metric` and `source` by name."""
    return _score


@pytest.fixture
def pos_scores() -> Callable[..., tuple[dict[str, Any], ...]]:
    """Test scores in percent by language, and dev scores ten points below."""
    return _pos_scores


@pytest.fixture
def two_arms(
    record_of: Callable[..., TrialRecord], pos_scores: Callable[..., tuple[dict[str, Any], ...]]
) -> list[TrialRecord]:
    """Accuracies in percent (English is never averaged; the encoder saw German, not Wolof and Yoruba):

    arm     seed   deu  wol  yor    all        seen  unseen  realigned (wol)
    none    0      60   30   21     37         60    25.5    -
    none    1      62   32   23     39         62    27.5    -
    sub     0      61   39   29     43         61    34      39
    sub     1      60   44   31     45         60    37.5    44
    """
    percent = {
        ("none", 0): (60, 30, 21), ("none", 1): (62, 32, 23), ("sub", 0): (61, 39, 29), ("sub", 1): (60, 44, 31),
    }  # fmt: skip
    return [
        record_of(
            arm, seed, ("wol_Latn",) if arm == "sub" else (), score=0.4 if arm == "sub" else 0.3,
            scores=pos_scores(eng_Latn=90 + seed, deu_Latn=deu, wol_Latn=wol, yor_Latn=yor),
        )
        for (arm, seed), (deu, wol, yor) in percent.items()
    ]  # fmt: skip
