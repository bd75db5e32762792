"""The page of a report in a real browser: sort, filter, choose languages, compare; nothing is fetched.

What is shown is compared with the leaderboard. To run: as `test_mlflow_pages.py`, with SHOTS for screenshots.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from sweep.findings.live_page import page_of
from sweep.records.records import TrialRecord
from sweep.reports.page.data import Progress
from sweep.reports.results import SweepResults
from sweep.scores.groups import GROUPS
from trainables.evaluation.scores import ScoreRow

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


LANGUAGES = ("afr_Latn", "amh_Ethi", "deu_Latn", "fin_Latn", "hin_Deva", "jpn_Jpan", "swh_Latn", "wol_Latn", "yor_Latn")


@pytest.fixture(scope="module")
def results() -> SweepResults:
    """Two arms without choice and eighteen sets of four languages, of two seeds each."""
    generator = np.random.default_rng(0)
    sets = {"none": (), "full": tuple(map(str, REALIGNMENT_LANGUAGES))}
    for i in range(18):
        drawn = generator.choice(REALIGNMENT_LANGUAGES, 3, replace=False).tolist()
        sets[f"set-{i}"] = tuple(sorted({*drawn, "wol_Latn" if i % 3 == 0 else "swh_Latn"}))
    records = [_record(arm, tags, seed, generator) for arm, tags in sets.items() for seed in (0, 1)]
    return SweepResults(name="tiny", records=records)


def _record(arm: str, languages: tuple[str, ...], seed: int, generator: np.random.Generator) -> TrialRecord:
    rows = []
    for task, metric, base in (("pos", "accuracy", 60), ("ner", "f1", 50)):
        for i, language in enumerate(LANGUAGES):
            for split, lower in (("test", 0), ("dev", 8)):
                n = int(10 * (base - lower - 3 * i + 4 * (language in languages) + generator.normal(0, 1)))
                row = {"task": task, "metric": metric, "language": language, "split": split, "n_correct": n}
                rows.append(ScoreRow.from_dict({**row, "n_total": 1000, "value": n / 1000}))
    dev = float(np.mean([row.value for row in rows if row.split == "dev"]))
    return TrialRecord(
        sweep="tiny", trial=f"{arm}-seed{seed}", arm=arm, label=arm, criterion=arm if len(arm) == 4 else "given",
        languages=languages, seed=seed, status="finished", score=dev, scores=tuple(rows), costs={"realign_s": 5.0},
        seen_languages=("afr_Latn", "deu_Latn", "eng_Latn", "fin_Latn"), started_s=100.0, ended_s=160.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def page(results: SweepResults, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    progress = Progress(n_over=10, n_trials=33, state="running")
    path.write_text(page_of(results.name, results.records, progress, []), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Any, page: Path) -> Any:
    browser.get("about:blank")
    browser.get(page.as_uri())
    until(lambda: browser.find_elements("css selector", "#map .main-svg"))
    return browser


def until(look: Callable[[], Any], seconds: float = 120) -> Any:
    end_s = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end_s, "the page did not come to it"
        time.sleep(0.2)
    return found


def shoot(browser: Any, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        browser.save_screenshot(f"{folder}/{name}.png")


def rows(browser: Any) -> list[list[str]]:
    """Texts of the leaderboard's cells."""
    script = "return [...document.querySelectorAll('#board tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    return [list(map(str, row)) for row in browser.execute_script(script)]


def click(browser: Any, css: str) -> None:
    browser.execute_script("document.querySelector(arguments[0]).click()", css)


def choose(browser: Any, css: str, value: str, event: str = "change") -> None:
    script = "const e = document.querySelector(arguments[0]); e.value = arguments[1];"
    script += " e.dispatchEvent(new Event(arguments[2]))"
    browser.execute_script(script, css, value, event)


def expected(results: SweepResults, group: str, task: str = "pos") -> dict[str, str]:
    """Label -> points, of the leaderboard."""
    board = results.board
    found = board[(board["group"] == group) & (board["task"] == task)]
    return {row.label: f"{100 * row.mean:.1f}" for row in found.itertuples(index=False)}


def test_nothing_is_fetched_and_nothing_fails(opened: Any) -> None:
    assert opened.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert "10 of 33, running" in opened.find_element("id", "status").text
    assert all(opened.find_elements("css selector", f"#{name} .main-svg") for name in ("heat", "against", "map"))
    assert opened.find_elements("css selector", "#parallel path")
    shoot(opened, "page-1-whole")


def test_the_leaderboard_is_sorted_and_its_numbers_are_those_of_ours(opened: Any, results: SweepResults) -> None:
    whole = expected(results, "all")
    shown = {row[0].removeprefix("★ "): row[5].split(" [")[0] for row in rows(opened)}
    assert shown == {label: whole[label] for label in shown} and len(shown) == len(results.arms)
    click(opened, "th[data-key=mean]")  # falling
    means = [float(row[5].split(" [")[0]) for row in rows(opened)]
    assert means == sorted(means, reverse=True) and len(set(means)) > 5
    shoot(opened, "page-2-sorted")
    click(opened, "th[data-key=mean]")
    assert [float(row[5].split(" [")[0]) for row in rows(opened)] == means[::-1]


def test_groups_and_languages_can_be_chosen(opened: Any, results: SweepResults) -> None:
    choose(opened, "#task", "ner")
    choose(opened, "#group", "unseen")
    unseen = expected(results, "unseen", "ner")
    assert {row[0].removeprefix("★ "): row[5].split(" [")[0] for row in rows(opened)} == unseen
    assert "unseen" in GROUPS
    choose(opened, "#add-language", "Wolof")
    header = opened.execute_script("return [...document.querySelectorAll('#board th')].map(h => h.textContent)")
    assert header[-2] == "Wolof"
    frame = results.test[(results.test["task"] == "ner") & (results.test["language"] == "wol_Latn")]
    of_arm = frame.groupby("arm")["value"].mean()  # of every arm the same seeds
    for row in rows(opened):
        (arm,) = (arm for arm, label in results.labels.items() if label == row[0].removeprefix("★ "))
        assert row[-2].split(" [")[0] == f"{100 * of_arm[arm]:.1f}"
    shoot(opened, "page-3-languages")


def test_sets_with_a_language_are_found_and_a_reload_keeps_the_choice(opened: Any, results: SweepResults) -> None:
    language = "Wolof"
    choose(opened, "#filter", language, "input")
    wanted = {results.labels[arm] for arm, tags in results.sets.items() if "wol_Latn" in tags}
    assert {row[0].removeprefix("★ ") for row in rows(opened)} == wanted and 0 < len(wanted) < len(results.arms)
    shoot(opened, "page-4-filtered")
    opened.refresh()
    until(lambda: opened.find_elements("css selector", "#map .main-svg"))
    assert {row[0].removeprefix("★ ") for row in rows(opened)} == wanted
    choose(opened, "#filter", "no such language", "input")
    assert rows(opened) == [] and "Nothing to draw" in opened.find_element("id", "parallel").text


def test_a_against_b(opened: Any, results: SweepResults) -> None:
    click(opened, "button[data-pick=a0]")
    click(opened, "button[data-pick=b3]")
    note = opened.find_element("id", "against-note").text
    assert f"A: {results.labels[results.arms[0]]}" in note and f"B: {results.labels[results.arms[3]]}" in note
    drawn = opened.execute_script(
        "return document.getElementById('against').data.slice(1)"
        ".map(t => Object.fromEntries(t.y.map((y, i) => [y, t.x[i]])))"
    )
    for arm, points in zip((results.arms[0], results.arms[3]), drawn, strict=True):
        own = results.test[(results.test["task"] == "pos") & (results.test["arm"] == arm)]
        means = own.groupby("language")["value"].mean()
        assert points["Wolof"] == pytest.approx(100 * means["wol_Latn"]) and len(points) == len(means)
    low, high = opened.execute_script("return document.getElementById('against')._fullLayout.xaxis.range")
    dots = [x for points in drawn for x in points.values()]
    assert low < min(dots) and high > max(dots)  # and not by the intervals of two seeds, which are cut
    assert high - low == pytest.approx(1.5 * (max(dots) - min(dots))) and "cut off at the edge" in note
    opened.execute_script("document.getElementById('against-title').scrollIntoView()")
    time.sleep(1)
    shoot(opened, "page-5-against")
    opened.execute_script("document.getElementById('map').scrollIntoView()")
    time.sleep(1)
    shoot(opened, "page-6-map")
