"""The whole report: groups, gains and distances against hand-computed numbers, and that every input gives a report.

Test scores in percent; the encoder saw German and French; "sub" realigns Wolof:

    arm   seed   deu fra wol yor
    none  0      60  50  30  20
    none  1      62  50  32  24
    sub   0      60  51  40  24
    sub   1      60  51  46  26
"""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search_spaces.languages import Language
from sweep.commands.report import run_report
from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, TrialRecord
from sweep.reports.claims import claims_section
from sweep.reports.families import Findings
from sweep.reports.gains import trial_gains
from sweep.reports.results import SweepResults
from sweep.reports.write import ReportOptions, report, write_reports
from sweep.scores.groups import GROUPS, user_groups

Make = Callable[..., TrialRecord]


def results_of(records: list[TrialRecord], **fields: Any) -> SweepResults:
    return SweepResults(name="tiny", records=records, **fields)


def test_groups_of_the_user(records: list[TrialRecord]) -> None:
    facts = {"speakers": {Language("deu_Latn"): "many", Language("yor_Latn"): "many", Language("wol_Latn"): "few"}}
    assert list(user_groups(facts)) == ["speakers: few", "speakers: many"]
    text = report(records, "tiny", "csv", ReportOptions(facts=facts))
    rows = [line.split(",") for line in text.splitlines()]
    columns = {name: i for i, name in enumerate(rows[0])}
    found = {(row[columns["arm"]], row[columns["group"]]): row for row in rows[1:]}
    assert float(found["sub", "speakers: many"][columns["mean"]]) == pytest.approx((60 + 24 + 60 + 26) / 400)
    assert "speakers: few, n=1" in report(records, "tiny", options=ReportOptions(facts=facts))


def test_claims_are_against_the_full_set_if_it_is_there(records: list[TrialRecord], record_of: Make) -> None:
    assert results_of(records).reference == "none"
    full = [record_of("all", seed, ("deu_Latn", "wol_Latn"), criterion="full") for seed in (0, 1)]
    assert results_of([*records, *full]).reference == "all"
    compared = Findings([results_of(records)]).claims
    assert [(one.comparison.arm, one.comparison.reference, one.comparison.task) for one in compared] == [
        ("sub", "none", "pos")
    ]
    assert 100 * compared[0].comparison.difference == pytest.approx((-1 + 1 + 12 + 3) / 4)
    assert "PoS accuracy, sub: indistinguishable from none: +3.8 [" in report(records, "tiny")


@pytest.mark.slow
def test_every_report_is_written(records: list[TrialRecord], tmp_path: Path) -> None:
    paths = write_reports(records, "tiny", tmp_path)
    assert {path.name for path in paths} == {
        "report.md", "report.csv", "report.tex", "report.html", "comparisons.csv", "what_was_run.csv",
        "brief.json", "figures",
    }  # fmt: skip
    page = (tmp_path / "report.html").read_text()
    page = re.sub(r"<script.*?</script>", "", page, flags=re.S)  # test_assemble.py looks at these
    assert not re.search(r"src=\"(?!data:)|href=\"(?!#)|@import|url\(", page)  # opens without a network
    n_figures = len(list((tmp_path / "figures").glob("*.png")))
    assert page.count("data:image/svg+xml;base64,") == n_figures == len(list((tmp_path / "figures").glob("*.svg")))
    assert n_figures == 6  # differences, map, bars, distance, size, cost
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page, re.S)
    assert len(captions) == 6 and all(re.search(r"\d+ (seed|arm)|n=\d", caption) for caption in captions)
    assert "There is no course of a search: all arms were planned" in page
    first = {path.name: path.read_bytes() for path in (tmp_path / "figures").iterdir()}
    write_reports(records, "tiny", tmp_path)
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "figures").iterdir()}


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ([0, 2], "The noise between seeds is not known: no arm was run with two seeds."),
        ([2, 3], "No gains can be shown: there is no arm without realignment (`none`)."),
        ([2, 3], "No claim can be made: there is neither the full set nor an arm without realignment."),
        ([0], "No claim can be made: there is one arm only."),
        ([0, 3], "No gains can be shown: no arm shares a seed with the one without realignment."),
        ([0, 3], "Not compared, as no seed or too few languages are shared: sub."),
    ],
)
def test_what_is_missing_is_one_sentence(records: list[TrialRecord], chosen: list[int], sentence: str) -> None:
    findings = Findings([results_of([records[i] for i in chosen])])
    if "gains" in sentence:
        with pytest.raises(ValueError, match=re.escape(sentence)):
            trial_gains(findings.sweeps[0])
    else:
        assert sum(text.endswith(sentence) for text in claims_section(findings).paragraphs) == 1


def test_arms_with_two_trials_of_a_seed_are_shown_but_not_paired(records: list[TrialRecord], record_of: Make) -> None:
    twice = [record_of("many", 0, ("deu_Latn",), trial=f"many-{i}") for i in range(2)]
    text = report([*records, *twice], "tiny")
    assert "1 arms have two trials of one seed and cannot be paired." in text and "| many" in text


def test_every_group_of_the_report_is_a_mask(records: list[TrialRecord]) -> None:
    frame = results_of(records).frame
    masks = {group: mask(frame) for group, mask in GROUPS.items()}
    assert all(mask.dtype == bool and len(mask) == len(frame) for mask in masks.values())
    assert (masks["all"] == (masks["realigned"] | masks["not realigned"])).all()
    assert not (masks["all"] & masks["English"]).any()


@pytest.mark.slow
def test_figures_of_an_earlier_report_go_and_those_of_others_stay(records: list[TrialRecord], tmp_path: Path) -> None:
    figures = tmp_path / "figures"
    figures.mkdir()
    stale = {"tiny-gains-best.svg", "tiny-gain-map-best.png", "tiny-course.svg", "tiny-course.png"}
    others = {"learned-best.png", "confirm.svg", "mine.png", "my-tiny-course.png", "cost.txt"}
    for name in stale | others:
        (figures / name).write_text("of before")
    write_reports(records, "tiny", tmp_path)
    found = {path.name for path in figures.iterdir()}
    assert others < found and not stale & found and {"cost.png", "tiny-gains-sub.svg"} < found


def test_what_was_asked_for_is_checked_before_anything_is_drawn(records: list[TrialRecord], tmp_path: Path) -> None:
    folder = SweepFolder.below(tmp_path, "tiny")
    for record in records:
        RecordStore(folder.records).write(record)
    with pytest.raises(ValueError, match=r"must be one of .* known ones, but is 'featral'. Nearest: 'featural'"):
        run_report([folder], distance="featral", say=print)
    costs = tmp_path / "costs.csv"
    costs.write_text("language,cost\nyor_Latn,1\n")
    with pytest.raises(ValueError, match=r"must hold every realigned language, but .* lacks wol_Latn \(1 of 1\)"):
        run_report([folder], costs=costs, say=print)
    assert not (folder.root / "report.md").exists() and not (folder.root / "figures").exists()


@pytest.mark.slow
def test_a_report_needs_no_torch() -> None:
    code = "import sys, sweep.reports.write; sys.exit('torch' in sys.modules or 'mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
