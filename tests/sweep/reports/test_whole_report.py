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

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from search_spaces.distances.sources import load_distances
from search_spaces.inventory import INVENTORY
from search_spaces.languages import Language
from sweep.commands.report import run_report
from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, TrialRecord
from sweep.reports.claims import claims_section
from sweep.reports.contents import whole_document
from sweep.reports.families import Findings
from sweep.reports.gains import binned, gains_by_distance, language_gains, trial_gains
from sweep.reports.plots_arms import cost_plot, course_plots
from sweep.reports.results import SweepResults
from sweep.reports.write import ReportOptions, report, report_several, write_reports
from sweep.scores.groups import GROUPS, HIGH_RESOURCE, LOW_RESOURCE, user_groups
from sweep.scores.leaderboard import leaderboard

Make = Callable[..., TrialRecord]
PERCENT = {
    ("none", 0): (60, 50, 30, 20), ("none", 1): (62, 50, 32, 24),
    ("sub", 0): (60, 51, 40, 24), ("sub", 1): (60, 51, 46, 26),
}  # fmt: skip


@pytest.fixture
def records(record_of: Make, pos_scores: Callable[..., Any]) -> list[TrialRecord]:
    return [
        record_of(
            arm, seed, ("wol_Latn",) if arm == "sub" else (), score=0.4 if arm == "sub" else 0.3,
            seen_languages=("deu_Latn", "eng_Latn", "fra_Latn"),
            scores=pos_scores(eng_Latn=90, deu_Latn=deu, fra_Latn=fra, wol_Latn=wol, yor_Latn=yor),
        )
        for (arm, seed), (deu, fra, wol, yor) in PERCENT.items()
    ]  # fmt: skip


def results_of(records: list[TrialRecord], **fields: Any) -> SweepResults:
    return SweepResults(name="tiny", records=records, **fields)


def test_resource_groups_part_the_classes_of_the_inventory() -> None:
    assert not LOW_RESOURCE & HIGH_RESOURCE
    classes = {tag: info.resource for tag, info in INVENTORY.items() if info.role == "realignment"}
    assert {tag for tag, own in classes.items() if own == "<=2"} == LOW_RESOURCE & set(classes)
    assert {tag for tag, own in classes.items() if own != "<=2"} == HIGH_RESOURCE
    assert "quy_Latn" in LOW_RESOURCE  # evaluated only, in neither encoder's data
    assert not {"ces_Latn", "eng_Latn"} & (LOW_RESOURCE | HIGH_RESOURCE)  # evaluated only and read by both; the pivot


def test_out_of_distribution_is_neither_realigned_nor_seen(records: list[TrialRecord]) -> None:
    table = leaderboard(records).set_index(["arm", "group"])
    assert table.loc[("sub", "out of distribution"), "n_group_languages"] == 1  # Yoruba
    assert table.loc[("sub", "out of distribution"), "mean"] == pytest.approx(0.25)
    assert table.loc[("none", "out of distribution"), "n_group_languages"] == 2  # Wolof too


def test_the_interval_of_a_mean_is_students(records: list[TrialRecord]) -> None:
    row = leaderboard(records).set_index(["arm", "group"]).loc[("sub", "all")]
    values = [np.mean(PERCENT["sub", seed]) / 100 for seed in (0, 1)]
    expected = stats.t.interval(0.95, 1, loc=np.mean(values), scale=stats.sem(values))
    assert (row["low"], row["high"]) == pytest.approx(expected)


def test_groups_of_the_user(records: list[TrialRecord]) -> None:
    facts = {"speakers": {Language("deu_Latn"): "many", Language("yor_Latn"): "many", Language("wol_Latn"): "few"}}
    assert list(user_groups(facts)) == ["speakers: few", "speakers: many"]
    text = report(records, "tiny", "csv", ReportOptions(facts=facts))
    rows = [line.split(",") for line in text.splitlines()]
    columns = {name: i for i, name in enumerate(rows[0])}
    found = {(row[columns["arm"]], row[columns["group"]]): row for row in rows[1:]}
    assert float(found["sub", "speakers: many"][columns["mean"]]) == pytest.approx((60 + 24 + 60 + 26) / 400)
    assert "speakers: few, n=1" in report(records, "tiny", options=ReportOptions(facts=facts))


def test_gains_by_language(records: list[TrialRecord]) -> None:
    table = language_gains(trial_gains(results_of(records)), "sub", "pos").set_index("language")
    assert list(table.index) == ["deu_Latn", "fra_Latn", "yor_Latn", "wol_Latn"]  # by rising gain
    assert table["gain"].tolist() == pytest.approx([-0.01, 0.01, 0.03, 0.12])
    # Two seeds: the range, not an interval.
    assert table.loc["wol_Latn", ["low", "high", "n_seeds"]].tolist() == pytest.approx([0.10, 0.14, 2])


def test_distance_to_the_nearest_realigned_language(records: list[TrialRecord]) -> None:
    table = gains_by_distance(results_of(records), "featural").set_index("language")
    matrix = load_distances("featural", INVENTORY).matrix
    assert table.loc["wol_Latn", "distance"] == 0
    assert table.loc["yor_Latn", "distance"] == pytest.approx(
        matrix.between(Language("yor_Latn"), Language("wol_Latn"))
    )  # fmt: skip
    assert table.loc["yor_Latn", "gain"] == pytest.approx(0.03)


def test_bins_count_a_language_once() -> None:
    table = pd.DataFrame(
        {
            "arm": list("ababa"), "language": ["x", "x", "y", "y", "z"],
            "distance": [0.0, 0.2, 0.3, 0.4, 0.5], "gain": [9.0, 1.0, 2.0, 4.0, 5.0],
        }
    )  # fmt: skip
    bins = binned(table, n_bins=2)
    assert bins["gain"].tolist() == [9.0, 1.5, 4.5] and bins["n_languages"].tolist() == [1, 2, 2]
    one = binned(table.iloc[1:].assign(language=["x", "x", "x", "z"]), n_bins=1)
    assert one["gain"].tolist() == pytest.approx([((1 + 2 + 4) / 3 + 5) / 2])


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


def test_sweeps_side_by_side_are_compared_each_with_its_own(records: list[TrialRecord]) -> None:
    sweeps = {"a": records, "b": records[:2] + records[3:]}
    text = report_several(sweeps)
    leaders = text.split("## Leaderboard")[1].split("\n\n")[1]
    assert re.findall(r"^\| ([ab]: \w+)", leaders, re.M) == ["a: sub", "a: none", "b: sub", "b: none"]
    assert "PoS accuracy, a: sub: " in text and "from b: none: " in text and "from a: none: " in text
    assert "for 2 comparisons" in text  # one family
    frame = report_several(sweeps, "csv").splitlines()
    assert {line.split(",")[0] for line in frame[1:]} == {"a", "b"}


@pytest.mark.slow
def test_every_report_is_written(records: list[TrialRecord], tmp_path: Path) -> None:
    paths = write_reports(records, "tiny", tmp_path)
    assert {path.name for path in paths} == {
        "report.md", "report.csv", "report.tex", "report.html", "comparisons.csv", "figures"
    }  # fmt: skip
    page = (tmp_path / "report.html").read_text()
    assert not re.search(r"<script|src=\"(?!data:)|href=\"(?!#)|@import|url\(", page)  # opens without a network
    n_figures = len(list((tmp_path / "figures").glob("*.png")))
    assert page.count("data:image/svg+xml;base64,") == n_figures == len(list((tmp_path / "figures").glob("*.svg")))
    assert n_figures == 6  # differences, map, bars, distance, size, cost
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page, re.S)
    assert len(captions) == 6 and all(re.search(r"\d+ (seed|arm)|n=\d", caption) for caption in captions)
    assert "There is no course of a search: all arms were planned" in page
    first = {path.name: path.read_bytes() for path in (tmp_path / "figures").iterdir()}
    write_reports(records, "tiny", tmp_path)
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "figures").iterdir()}


def test_costs_of_languages(records: list[TrialRecord]) -> None:
    (plot,) = cost_plot([results_of(records, costs={Language("wol_Latn"): 7.0})])
    points = plot.figure.axes[0].collections[-1].get_offsets()
    assert sorted(points[:, 0].tolist()) == [0.0, 7.0] and "table given" in plot.caption
    with pytest.raises(ValueError, match="the cost table lacks wol_Latn"):
        cost_plot([results_of(records, costs={Language("yor_Latn"): 1.0})])
    (plot,) = cost_plot([results_of(records)])
    assert plot.figure.axes[0].collections[-1].get_offsets()[:, 0].tolist() == [5.0, 5.0]  # 2 + 3 seconds a trial


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


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [[0, 2], [2, 3], [0], [3], [0, 3]])
def test_what_there_is_is_shown(records: list[TrialRecord], chosen: list[int]) -> None:
    document = whole_document(Findings([results_of([records[i] for i in chosen])]), "featural")
    plots = {plot.name for plot in document.plots}
    assert {"size", "cost"} <= plots and ("tiny-distance" in plots) == (chosen == [0, 2])
    assert ("differences" in plots) == (chosen == [0, 2])


def test_a_search_with_failed_trials(record_of: Make, records: list[TrialRecord]) -> None:
    scores = [0.2, 0.5, None, 0.4]
    searched = [
        record_of(
            f"search-{i}", 0, ("deu_Latn", "wol_Latn")[: 1 + i % 2], number=i, trial=f"search-{i}", score=score,
            **({} if score is not None else {"status": "failed", "scores": (), "error": "RuntimeError: memory"}),
        )
        for i, score in enumerate(scores)
    ]  # fmt: skip
    (plot,) = course_plots(results_of([*records, *searched]))
    above, below = plot.figure.axes
    step, without = above.get_lines()  # what was best so far; the dev score of fine-tuning only
    assert list(without.get_ydata()) == pytest.approx([0.3, 0.3])
    assert list(step.get_ydata()) == [0.2, 0.5, 0.5] and list(step.get_xdata()) == [0, 1, 3]
    news = next(drawn for drawn in above.collections if drawn.get_label() == "new best")
    assert news.get_offsets().tolist() == [[0.0, 0.2], [1.0, 0.5]]
    assert below.collections[0].get_offsets()[:, 1].tolist() == [1, 2, 1, 2]
    assert "1 without a score" in plot.caption
    text = report([*records, *searched], "tiny")
    assert "7 trials finished, 1 failed" in text and "- search-2: RuntimeError: memory" in text


def test_arms_with_two_trials_of_a_seed_are_shown_but_not_paired(records: list[TrialRecord], record_of: Make) -> None:
    twice = [record_of("many", 0, ("deu_Latn",), trial=f"many-{i}") for i in range(2)]
    text = report([*records, *twice], "tiny")
    assert "1 arms have two trials of one seed and cannot be paired." in text and "| many" in text


def test_arms_of_one_label_are_told_apart(records: list[TrialRecord], record_of: Make) -> None:
    other = record_of("sub2", 0, ("deu_Latn",), label="sub")
    assert results_of([*records, other]).labels == {"none": "none", "sub": "sub (sub)", "sub2": "sub (sub2)"}


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


def test_a_report_without_figures_needs_neither_matplotlib_nor_all_of_scipys_statistics() -> None:
    code = "import sys, sweep.commands.report; sys.exit('matplotlib' in sys.modules or 'scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


REALIGNED = ("deu_Latn", "fra_Latn", "wol_Latn")


@pytest.fixture
def search(record_of: Make, pos_scores: Callable[..., Any]) -> list[TrialRecord]:
    """Full and none, and 14 searched sets of one seed, the k-th with dev score 0.30 + k / 100; the last one has two."""

    def trial(
        arm: str, seed: int, languages: tuple[str, ...], score: float, percent: int, **fields: Any
    ) -> TrialRecord:
        scores = pos_scores(eng_Latn=90, deu_Latn=percent, fra_Latn=percent - 5, wol_Latn=percent + 3,
                            yor_Latn=percent, ell_Grek=percent + 1)  # fmt: skip
        return record_of(arm, seed, languages, score=score, scores=scores, **fields)

    sets = [("deu_Latn", language) for language in list(INVENTORY)[10:24]]
    records = [trial("none", 0, (), 0.2, 40), trial("full", 0, REALIGNED, 0.4, 60, criterion="full")]
    records += [trial(f"search-{k}", 0, sets[k], 0.3 + k / 100, 50 + k // 4, number=k) for k in range(14)]
    return [*records, trial("search-13", 1, sets[13], 0.43, 57, number=14)]


def test_a_search_lists_planned_arms_and_its_ten_best(search: list[TrialRecord]) -> None:
    results = results_of(search)
    best = [f"search-{k}" for k in range(13, 3, -1)]
    assert [arm for arm in results.listed if arm in results.searched] == best
    assert {"none", "full"} <= set(results.listed) and len(results.listed) == 12 and len(results.arms) == 16
    assert results.shown == ["search-13", "full"]  # what was searched for, although the full set may be better
    text = report(search, "tiny")
    assert "**Best set of the search on development data: search-13 (deu_Latn, " in text
    assert "15 trials of 14 different sets of 2 languages" in text and "10 best of 14 searched ones" in text
    assert "search-3 " not in text and "search-3," in report(search, "tiny", "csv")
