"""Reports and metrics of a sweep with several tasks, against numbers computed by hand.

Test scores in percent; Kinyarwanda has two NER test sets, the encoder saw German only:

    arm    PoS deu  wol    NER kin  kin.panx  wol    PoS eng  NER eng
    none       60   30         60        20   10         90       80
    sub        60   50         70        40   25         88       81

so NER of "all" is ((60 + 20) / 2 + 10) / 2 = 25 and ((70 + 40) / 2 + 25) / 2 = 40.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sweep.records.records import RecordStore, TrialRecord
from sweep.reports.write import report
from sweep.scores.frame import language_frame, score_frame
from sweep.scores.groups import GROUP_TITLES, group_means
from sweep.scores.leaderboard import leaderboard, stage_times
from sweep.scores.titles import TITLES
from sweep.tracking.metrics import record_metrics, scores_table

Score = Callable[..., dict[str, Any]]


@pytest.fixture
def records(record_of: Callable[..., TrialRecord], score: Score) -> list[TrialRecord]:
    percent = {"none": (60, 30, 60, 20, 10, 90, 80), "sub": (60, 50, 70, 40, 25, 88, 81)}
    made = []
    for arm, (pos_deu, pos_wol, ner_kin, ner_panx, ner_wol, pos_eng, ner_eng) in percent.items():
        scores = [
            score("pos", "deu_Latn", "test", pos_deu), score("pos", "wol_Latn", "test", pos_wol),
            score("ner", "kin_Latn", "test", ner_kin, source=""),
            score("ner", "kin_Latn", "test", ner_panx, source="panx"),
            score("ner", "wol_Latn", "test", ner_wol, source=""),
            score("pos", "eng_Latn", "test", pos_eng), score("ner", "eng_Latn", "test", ner_eng),
            score("ner", "kin_Latn", "test", 99, metric="precision"), score("ner", "kin_Latn", "dev", 1),
            score("retrieval", "wol_Latn", "test", 12), score("retrieval_before", "wol_Latn", "test", 11),
        ]  # fmt: skip
        made.append(record_of(arm, 0, ("wol_Latn",) if arm == "sub" else (), scores=tuple(scores)))
    return made


def cell(table: pd.DataFrame, arm: str, task: str, group: str) -> pd.Series:
    rows = table[(table["arm"] == arm) & (table["task"] == task) & (table["group"] == group)]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("arm", "task", "group", "n", "mean", "change"),
    [
        ("none", "pos", "all", 2, 0.45, None),
        ("none", "ner", "all", 2, 0.25, None),
        ("sub", "ner", "all", 2, 0.40, 0.15),
        ("sub", "ner", "unseen", 2, 0.40, 0.15),
        ("sub", "ner", "realigned", 1, 0.25, 0.15),
        ("sub", "ner", "not realigned", 1, 0.55, 0.15),
        ("sub", "pos", "seen", 1, 0.60, 0.0),
        ("sub", "pos", "English", 1, 0.88, -0.02),
        ("sub", "ner", "English", 1, 0.81, 0.01),
    ],
)
def test_a_language_with_two_test_sets_counts_once(
    records: list[TrialRecord], arm: str, task: str, group: str, n: int, mean: float, change: float | None
) -> None:
    row = cell(leaderboard(records), arm, task, group)
    assert row["metric"] == TITLES[task].metric and row["n_group_languages"] == n
    assert row["mean"] == pytest.approx(mean)
    assert pd.isna(row["change"]) if change is None else row["change"] == pytest.approx(change)


def test_the_frame_keeps_every_test_set_and_metric(records: list[TrialRecord]) -> None:
    frame = score_frame(records[:1])
    kin = frame[(frame["language"] == "kin_Latn") & (frame["split"] == "test")]
    assert list(zip(kin["metric"], kin["source"], kin["value"], strict=True)) == [
        ("f1", "", 0.6), ("f1", "panx", 0.2), ("precision", "", 0.99),
    ]  # fmt: skip
    assert set(language_frame(records[:1])["metric"]) == {"accuracy", "f1", "p_at_1"}


def test_names_of_mlflow_metrics(records: list[TrialRecord]) -> None:
    metrics = record_metrics(records[0])
    assert metrics["test_sets/ner/f1/kin_Latn"] == 0.6 and metrics["test_sets/ner/f1/kin_Latn.panx"] == 0.2
    assert not [name for name in metrics if "precision" in name or name.startswith("dev/")]
    table = json.loads(scores_table(records[0]))
    rows = {tuple(row[:4]) + (row[5],): row[6] for row in table["data"]}
    assert rows["ner", "precision", "test", "kin_Latn", ""] == 0.99 and rows["ner", "f1", "dev", "kin_Latn", ""] == 0.01
    assert metrics["ner/f1/all"] == metrics["ner/f1/unseen"] == pytest.approx(0.25)
    assert metrics["pos/accuracy/all"] == pytest.approx(0.45) and metrics["test_sets/pos/accuracy/eng_Latn"] == 0.9


def test_several_tasks_have_a_table_a_group_and_a_column_a_task(records: list[TrialRecord]) -> None:
    text = report(records, "tiny")
    titles = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert titles == [
        "What was run", "Leaderboard", "The sets", "What may be claimed",
        "The claims in numbers: PoS accuracy, points more than none",
        "How small a difference could have been shown, in points",
        *GROUP_TITLES.values(), "Seconds per stage, mean over trials", "How to read this",
    ]  # fmt: skip
    assert "NER F1, not compared: sub." in text  # Kinyarwanda and Wolof are of one family
    sections = {title: text.split(f"## {title}\n\n")[1].split("\n\n")[0] for title in titles}
    lines = sections["Test, all languages but English"].splitlines()
    header, _, *rows = [[c.strip() for c in line.split("|")[1:-1]] for line in lines]
    assert header[4:] == ["PoS accuracy, n=2", "NER F1, n=2", "Retrieval P@1, n=1", "Retrieval P@1 before, n=1"]
    by_arm = {row[0]: row[4:] for row in rows}
    assert by_arm["sub"] == ["55.0 (+10.0)", "40.0 (+15.0)", "12.0 (+0.0)", "11.0"]
    assert "PoS accuracy" in sections["Test, English"] and "Retrieval" not in sections["Test, English"]


def test_one_task_has_a_table_a_task_and_a_column_a_group(records: list[TrialRecord]) -> None:
    only = [
        TrialRecord(**{**vars(r), "scores": tuple(s for s in r.scores if s.task not in ("pos", "retrieval_before"))})
        for r in records
    ]
    text = report(only, "tiny")
    assert "## NER F1, zero-shot, test" in text and "## Retrieval P@1 with English, after realignment" in text
    header = next(line for line in text.split("## NER F1, zero-shot, test")[1].splitlines() if line.startswith("| arm"))
    assert [c.strip() for c in header.split("|")[5:-1]] == [
        "all, n=2", "unseen, n=2", "low-resource, n=2", "realigned, n=1", "not realigned", "out of distribution",
    ]  # fmt: skip


def test_stages_from_the_store_are_no_part_of_the_mean_times(record_of: Callable[..., TrialRecord]) -> None:
    built = record_of("sub", 0, costs={"realign_s": 8.0, "finetune/pos_s": 2.0})
    taken = record_of("sub", 1, costs={"realign_s": 0.1, "realign_reused": 1.0, "finetune/pos_s": 4.0})
    table = stage_times([built, taken]).iloc[0]
    assert (table["realign_s"], table["finetune/pos_s"], table["n_trials"]) == (8.0, 3.0, 2)
    text = report([built, taken], "tiny")
    assert "Realignments taken from the store: 1." in text and "finetune/pos |" in text


def test_records_from_before_sources_still_load(tmp_path: Path, records: list[TrialRecord]) -> None:
    store = RecordStore(tmp_path)
    path = store.write(records[0])
    old = json.loads(path.read_text())
    old["scores"] = [row for row in old["scores"] if row.get("source") != "panx"]
    for row in old["scores"]:
        row.pop("source", None)
    old["config"]["finetune"] = {"task": "pos"}  # a field of that time
    path.write_text(json.dumps(old))
    means = group_means(store.all()[0])
    assert means["ner", "f1", "all"] == pytest.approx((0.6 + 0.1) / 2)
