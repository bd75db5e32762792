"""`realign-sweep replay`: runs, goes on where it was cut off, refuses what is wrong; tables out of records."""

import csv
import gzip
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from search_spaces.languages import Language
from search_spaces.replay.recorded import RecordedTrial, write_table
from sweep.api import replay
from sweep.commands.main import main
from sweep.config.search_languages import SearchLanguages
from sweep.records.records import TrialRecord
from sweep.replay.command import ROWS, done_jobs
from sweep.replay.job import Job, _trials, digest_of
from sweep.replay.tables import recorded_trials

JOB = Job("pairs-10", "random", 6, 2, 0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pairs-11"], "'pairs-10'"),
        (["pairs-10", "--searchers", "tpe"], "optuna-tpe"),
        (["pairs-10", "--searchers", "subset-gp(acquisition)"], "key=value"),
        (["pairs-10", "--seeds", "0"], "one seed or more"),
        (["gone.csv.gz"], "must exist"),
        (["pairs-10", "--searchers", "random(foo=1),subset-gp"], "those of 'random(foo=1)' are not"),
        (["pairs-10", "--early-stopping", "3"], "those of pairs-10 have none"),
        (["pairs-10", "--lead", "evolution", "--searchers", "random"], "`--lead` must be one of random"),
        (["pairs-10", "--tasks", "pos"], "pairs-10 is not a sweep"),
    ],
)
def test_mistakes_are_one_sentence(arguments: list[str], message: str, capsys, tmp_path) -> None:
    assert main(["replay", *arguments, "--out", str(tmp_path / "out"), "--mlruns", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out" / ROWS).exists()


def table_of(path: Path, scores: Sequence[float]) -> list[str]:
    """A table of the sets of 2 of 4 languages with these scores, and the command that replays it."""
    sets = list(combinations([Language(tag) for tag in ("deu_Latn", "swh_Latn", "wol_Latn", "yor_Latn")], 2))
    write_table(
        [
            RecordedTrial(
                languages=languages, seed=0, told={Language("hau_Latn"): score}, judged={Language("hau_Latn"): score},
                duration=1.0,
            )
            for languages, score in zip(sets, scores, strict=False)
        ],
        path,
    )  # fmt: skip
    return ["replay", str(path), "--searchers", "random", "--seeds", "1", "--trials", "3", "--jobs", "1", "--out"]


@pytest.mark.parametrize("content", [b"languages,seed\n", gzip.compress(b"languages,seed\ndeu_Latn,0\n")],
                         ids=["no gzip", "columns missing"])  # fmt: skip
def test_what_is_no_table_is_refused(content: bytes, tmp_path, capsys) -> None:
    (tmp_path / "x.csv.gz").write_bytes(content)
    assert main(["replay", str(tmp_path / "x.csv.gz"), "--out", str(tmp_path / "out")]) == 2
    assert "must be one that `realign-sweep replay` wrote" in capsys.readouterr().err


def test_sets_of_one_worth_and_a_file_in_place_of_the_folder_are_refused(tmp_path, capsys) -> None:
    command = table_of(tmp_path / "x.csv.gz", [0.3] * 6)
    assert main([*command, str(tmp_path / "out")]) == 2
    assert "are all worth 0.3" in capsys.readouterr().err
    assert main([*command, str(tmp_path / "x.csv.gz")]) == 2
    assert "is a file" in capsys.readouterr().err


@pytest.mark.slow
def test_a_table_that_has_changed_is_replayed_again_and_half_a_line_is_nothing(tmp_path, capsys) -> None:
    command = [*table_of(tmp_path / "x.csv.gz", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), str(tmp_path / "out")]
    assert main(command) == 0
    rows, first = tmp_path / "out" / ROWS, capsys.readouterr().out
    whole = rows.read_bytes()
    rows.write_bytes(whole[:-12])
    assert main(command) == 0 and rows.read_bytes() == whole and capsys.readouterr().out == first
    table_of(tmp_path / "x.csv.gz", [0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    _trials.cache_clear(), digest_of.cache_clear()  # as in another process
    assert main(command) == 0 and capsys.readouterr().out != first
    assert len({job.table for job in done_jobs(rows)}) == 2


@pytest.mark.slow
def test_it_writes_a_report_and_goes_on_where_it_was_cut_off(tmp_path, capsys) -> None:
    command = ["replay", "pairs-10", "--searchers", "random,linear-thompson", "--seeds", "2", "--trials", "10"]
    command += ["--workers", "1,3", "--out", str(tmp_path), "--jobs", "2"]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert (
        "| pairs-10 | linear-thompson, 3 workers | 2 |" in printed and (tmp_path / "replay.md").read_text() == printed
    )
    assert {path.name for path in tmp_path.iterdir()} >= {"replay.png", "replay.svg", "replay-time.png"}
    with (tmp_path / ROWS).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(done_jobs(tmp_path / ROWS)) == 8
    kept = [row for row in rows if not (row["searcher"] == "random" and row["is_last"] == "1" and row["seed"] == "0")]
    with (tmp_path / ROWS).open("w", newline="") as file:  # as after a crash: two runs lack their last row
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(kept)
    assert main(command) == 0
    assert capsys.readouterr().out == printed


def test_records_become_a_table(record_of: Callable[..., TrialRecord]) -> None:
    def score(split: str, language: str, percent: int) -> dict[str, Any]:
        return {
            "task": "pos", "metric": "accuracy", "language": language, "split": split, "n_correct": percent,
            "n_total": 100, "value": percent / 100,
        }  # fmt: skip

    scores = (score("dev", "deu_Latn", 40), score("dev", "wol_Latn", 20), score("dev", "eng_Latn", 90))
    scores += (score("test", "deu_Latn", 50), score("test", "wol_Latn", 40), score("test", "eng_Latn", 99))
    signals = tuple({"name": "retrieval_so_far", "at": at, "value": at} for at in (0.5, 1.0))
    costs = {"probe_before_s": 1.0, "realign_s": 4.0, "finetune/pos_s": 5.0, "peak_rss_bytes": 7.0}
    searched = record_of(
        "search-0000", 3, number=0, languages=("swh_Latn", "amh_Ethi"), scores=scores, signals=signals, costs=costs
    )
    planned = record_of("none", 0, scores=scores)
    every = SearchLanguages(languages="all")
    assert recorded_trials([searched, planned], every) == [
        RecordedTrial(
            languages=(Language("amh_Ethi"), Language("swh_Latn")), seed=3,
            told={Language("deu_Latn"): 0.4, Language("wol_Latn"): 0.2},
            judged={Language("deu_Latn"): 0.5, Language("wol_Latn"): 0.4}, duration=10.0,
            signals=((pytest.approx(0.3), 0.5),),
        )
    ]  # fmt: skip
    only = recorded_trials([searched, planned], SearchLanguages(languages=("deu_Latn",)))
    assert (only[0].told, only[0].judged) == ({"deu_Latn": 0.4}, {"deu_Latn": 0.5})
    with pytest.raises(ValueError, match="must be among pos"):
        recorded_trials([searched], every, ["qa"])
    with pytest.raises(ValueError, match="has none"):
        recorded_trials([planned], every)


def test_jobs_are_checked_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`jobs` must be from 1 to 4,096 runs at a time, but is -1"):
        replay(["coverage-10"], searchers=["random"], jobs=-1, out=tmp_path)
    for functions, searchers in (([], ["random"]), (["coverage-10"], [])):
        with pytest.raises(ValueError, match="needs a function and a searcher"):
            replay(functions, searchers=searchers, out=tmp_path)
