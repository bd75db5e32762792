"""The first page says what was run, or that nothing was."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sweep.published.study import published_records
from sweep.records.records import TrialRecord
from sweep.reports.results import SweepResults
from sweep.reports.setup import encoder_of, setup_facts, setup_section
from sweep.reports.write import report, write_reports
from trainables.evaluation.scores import ScoreRow
from trainables.mapping import to_mapping
from trainables.run_config import DataConfig, EncoderConfig, FinetuneConfig, RealignConfig, RunConfig

RUN = RunConfig(
    encoder=EncoderConfig(provider="hub", name="xlm-roberta-base"),
    data=DataConfig(source="hub", sets=("nllb", "xnli", "uner"), revisions={"nllb": "abc123"}),
    realign=RealignConfig(n_steps=24_544, batch_size=16, learning_rate=7.5e-6),
    finetune=FinetuneConfig(n_steps=3_405, learning_rate=1e-5),
)


@pytest.fixture
def records(record_of: Callable[..., TrialRecord]) -> list[TrialRecord]:
    common: dict[str, Any] = {
        "config": to_mapping(RUN),
        "encoder": {"name": "xlm-roberta-base", "commit": "e73636d4f797dec63c3081bb6ed5c7b0bb3f2089"},
        "data": {"evaluate/pos": "0123456789abcdef", "realign": "ffff"},
        "data_revisions": {"nllb": "abc123", "xnli": "b" * 40, "uner/eng_Latn": "c" * 40, "uner/swe_Latn": "d" * 40},
    }  # fmt: skip
    leaks = {"sets": 9, "pairs": {"deu_Latn": 8000, "wol_Latn": 2000}, "leaks": [
        {"part": "pos", "language": "wol_Latn", "source": "", "text": "bitext", "n_leaked": 3, "n_sentences": 200,
         "n_pairs": 3}]}  # fmt: skip
    return [
        record_of("none", 0, **common),
        record_of("sub", 0, ("deu_Latn", "wol_Latn"), checks={"leaks": leaks}, **common),
    ]


def test_encoder_data_sentences_and_training_stand_on_the_first_page(records: list[TrialRecord]) -> None:
    (table,) = setup_section([SweepResults(name="tiny", records=records)]).tables
    assert dict((row[0], row[1]) for row in table.rows) == {
        "encoder": "xlm-roberta-base at commit e73636d4f797",
        "pre-trained on": "2 of the 119 languages of the inventory",
        "data": "nllb at abc123, xnli at bbbbbbbbbbbb, uner at a commit a language (2)",
        "versions": "evaluate/pos 0123456789ab",
        "sentence pairs a realigned language": "2,000 to 8,000, median 5,000, in 2 languages",
        "test": "PoS accuracy: 100 to 100 counted, in 3 languages",
        "evaluation sentences in training text": "in sentence pairs, of 1 of 9 sets, 1.5 % of one at most",
        "realignment": "contrastive, 24,544 steps of 16, rate 7.5e-06",
        "fine-tuning on English": "pos 3,405 steps of 32, rate 1e-05",
    }


def test_a_local_folder_is_named_by_the_digest_of_its_files_never_by_a_revision(records: list[TrialRecord]) -> None:
    config = to_mapping(replace(RUN, encoder=replace(RUN.encoder, revision="e73636d4f797")))
    encoder = {"name": "xlm-roberta-base", "digest": "0123456789abcdef0123"}
    said = encoder_of(replace(records[0], config=config, encoder=encoder))
    assert said == "xlm-roberta-base, local files 0123456789ab"


def test_a_task_that_some_trials_lack_is_said_once(records: list[TrialRecord], score: Callable[..., Any]) -> None:
    ner = [score("ner", "deu_Latn", "test", 7, metric="f1")]
    rows = [ScoreRow.from_dict(row) for row in ner]
    both = [records[0], replace(records[1], scores=(*records[1].scores, *rows))]
    (table,) = setup_section([SweepResults(name="tiny", records=both)]).tables
    (said,) = (row[1] for row in table.rows if row[0] == "test")
    assert said == "PoS accuracy: 100 to 100 counted, in 3 languages; NER F1: 100 to 100 counted, in 1 languages"


@pytest.mark.slow
def test_programs_read_what_was_run_beside_the_leaderboard(records: list[TrialRecord], tmp_path: Path) -> None:
    write_reports(records, "tiny", tmp_path, figures=False)
    frame = pd.read_csv(tmp_path / "what_was_run.csv")
    facts = frame.set_index("fact")["value"]
    (table,) = setup_section([SweepResults(name="tiny", records=records)]).tables
    assert facts.to_dict() == {row[0]: row[1] for row in table.rows} and set(frame["sweep"]) == {"tiny"}
    few = [r for r in published_records() if r.arm == "full"]
    imported = setup_facts([SweepResults(name="p", records=few)]).set_index("fact")["value"]
    assert imported["scores of"].startswith("Nguyen et al. 2025") and imported["encoder"].startswith("xlm-roberta-base")


@pytest.mark.parametrize("form", ["markdown", "latex"])
def test_it_stands_before_the_leaderboard(records: list[TrialRecord], form: str) -> None:
    text = report(records, "tiny", form)
    assert 0 < text.index("e73636d4f797") < text.index("24,544 steps of 16") < text.index("Leaderboard")


@pytest.mark.parametrize("form", ["markdown", "latex"])
def test_the_published_report_says_whose_scores_they_are_and_that_nothing_was_run(form: str) -> None:
    few = [r for r in published_records() if r.arm in ("none", "full", "most_uriel_en_10")]
    text = " ".join(report(few, "published", form).replace("\n% ", " ").split())
    assert text.index("Nothing was run here: all scores are those of Nguyen et al. 2025") < text.index("Leaderboard")
    assert "with xlm-roberta-base." in text


def test_all_tables_are_in_points(records: list[TrialRecord]) -> None:
    rows = [line for line in report(records, "tiny").splitlines() if line.startswith("|") and "rate" not in line]
    assert any("45.0" in row for row in rows) and not any(" 0.45" in row for row in rows)
