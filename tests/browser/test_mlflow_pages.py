"""The main path of somebody who looks at sweeps in a real browser: list, expand, filter, sort, charts, note, artifacts.

What pages show is compared with the records. To run them, with Chromium and chromedriver on the PATH:

    pip install -e '.[browser]'
    SHOTS=shots python -m pytest tests/browser        # SHOTS: a folder for a screenshot of each page; may be left out

Two minutes on an idle machine. They skip, saying why, where the browser or selenium is missing.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sweep.folders import SweepFolder
from sweep.records.records import RecordStore, TrialRecord
from sweep.tracking.names import planned_config, run_name

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
T = TypeVar("T")
EXPERIMENT = (
    "/experiments/1/runs?workflowType=machine_learning"  # without it MLflow shows its pages for language models
)
EXPANDERS = "[role=gridcell] button"
RUN_LINKS = "a[href*='/runs/']"
SWEEPS_ONLY = "tags.kind = 'sweep'"
FILTER = "tags.criterion = 'max-sum' and tags.size = '10' and tags.kind = 'trial'"


class Page:
    """What a person does with the pages.

    Args:
        browser: a selenium driver. address: of the server.
    """

    def __init__(self, browser: Any, address: str) -> None:
        self.browser, self.address = browser, address

    def open(self, path: str) -> None:
        """Goes to a page as somebody who comes for the first time: MLflow remembers filters in the browser."""
        self.browser.get(f"{self.address}/health")
        self.browser.execute_script("localStorage.clear(); sessionStorage.clear()")
        self.browser.get(f"{self.address}/#{path}")
        self.until(lambda: self.all(RUN_LINKS) or self.all("[role=tab]"))

    def all(self, css: str) -> list[Any]:
        """Everything that matches now."""
        return list(self.browser.find_elements("css selector", css))

    def with_text(self, css: str, text: str) -> Any:
        """The first element that matches and shows exactly `text`; None if there is none."""
        return next((e for e in self.all(css) if e.text.strip() == text), None)

    def click(self, find: Callable[[], Any]) -> None:
        """Clicks on what `find` gives, as soon as it can be clicked."""
        self.until(lambda: (find().click(), True)[1])

    def until(self, look: Callable[[], T], seconds: float = 120) -> T:
        """What `look` gives as soon as it gives something; pages redraw themselves, so stale elements are no news."""
        last: Exception | None = None
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            try:
                if found := look():
                    return found
            except Exception as error:  # selenium has a dozen kinds for "not yet"
                last = error
            time.sleep(0.3)
        self.shoot("timeout")
        raise AssertionError(
            f"The page did not come to it: {last}\n{self.browser.find_element('tag name', 'body').text}"
        )

    def text(self) -> str:
        """All text on the page."""
        return str(self.browser.find_element("tag name", "body").text)

    def runs(self) -> list[str]:
        """Names of the runs in the table, from above (the page's own order is another)."""
        return [link.text for link in sorted(self.all(RUN_LINKS), key=lambda link: link.location["y"]) if link.text]

    def search(self, condition: str) -> None:
        """Fills in the search box."""
        from selenium.webdriver.common.keys import Keys

        box = self.until(lambda: self.all("[data-testid=search-box]"))[0]
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys(condition, Keys.ENTER, Keys.ESCAPE)

    def shoot(self, name: str) -> None:
        """Keeps a screenshot where the environment asks for it."""
        if folder := os.environ.get("SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.browser.save_screenshot(f"{folder}/{name}.png")


@pytest.fixture
def page(browser: Any, server: str) -> Page:
    return Page(browser, server)


@pytest.fixture(scope="module")
def records(folder: SweepFolder) -> list[TrialRecord]:
    """Of all three sweeps."""
    return [record for name in folder.names() for record in RecordStore(SweepFolder(folder.mlruns, name).records).all()]


def names_of(records: list[TrialRecord]) -> set[str]:
    return {run_name(planned_config(record)) for record in records}


def test_a_parent_opens_and_shows_its_trials(page: Page, folder: SweepFolder, records: list[TrialRecord]) -> None:
    page.open(EXPERIMENT)
    parents = page.until(lambda: set(page.runs()) & set(folder.names()))
    assert "sizes-mbert" in parents and not set(page.runs()) & names_of(records)  # trials are folded away
    page.shoot("1-list")
    page.click(lambda: page.all(EXPANDERS)[0])
    page.until(lambda: set(page.runs()) & names_of(records))
    page.shoot("2-expanded")
    of_sweep = [record for record in records if record.sweep == "sizes-mbert"]
    assert set(page.runs()) - set(folder.names()) <= names_of(of_sweep)


def test_filter_by_tags_and_sort_by_a_metric(page: Page, records: list[TrialRecord]) -> None:
    page.open(EXPERIMENT)
    page.search(FILTER)
    wanted = [r for r in records if r.criterion == "max-sum" and len(r.languages) == 10]
    page.until(lambda: f"{len(wanted) + 3} matching runs" in page.text())  # parents are shown with their trials
    page.click(lambda: page.all("[data-testid=sort-select-dropdown]")[0])
    page.until(lambda: page.browser.switch_to.active_element.tag_name == "input")
    page.browser.switch_to.active_element.send_keys("score")
    page.shoot("3-sort-menu")
    page.click(lambda: page.with_text("[role=menu] span", "score"))
    page.until(lambda: page.with_text("button", "Sort: score"))
    ranked = sorted(wanted, key=lambda record: -(record.score or 0.0))
    page.until(lambda: page.runs() == [run_name(planned_config(record)) for record in ranked])
    page.shoot("4-sorted")


def test_charts_are_drawn(page: Page) -> None:
    page.open(f"{EXPERIMENT}&compareRunsMode=CHART")
    page.until(lambda: page.all("svg.main-svg .scatterlayer .trace"))
    assert "best_so_far" in page.text()
    page.shoot("5-charts")


def test_the_parent_tells_the_result_and_shows_its_plots(page: Page, folder: SweepFolder) -> None:
    page.open(EXPERIMENT)
    page.search(SWEEPS_ONLY)  # MLflow fetches a hundred runs at a time: the trials of the latest sweep
    page.until(lambda: set(page.runs()) == set(folder.names()))
    page.shoot("6-sweeps")
    page.click(lambda: page.with_text(RUN_LINKS, "criteria-xlmr"))
    page.until(lambda: "Best on development data" in page.text() and "best_so_far" in page.text())
    page.shoot("7-parent")
    page.click(lambda: page.with_text("[role=tab]", "Artifacts"))
    page.click(lambda: page.with_text("[class*=artifact] *, li *, div", "plots"))
    page.click(lambda: page.with_text("[class*=artifact] *, li *, div", "arms.png"))
    page.until(lambda: [image for image in page.all("img") if int(image.get_property("naturalWidth") or 0) > 500])
    page.shoot("8-plot")


def test_a_trial_shows_its_metrics_and_its_record(page: Page, records: list[TrialRecord]) -> None:
    page.open(EXPERIMENT)
    page.search(
        "tags.arm = 'full' and tags.kind = 'trial' and tags.seed = '3' and tags.`realign_sweep.sweep` = 'sizes-mbert'"
    )
    page.until(lambda: "2 matching runs" in page.text())
    page.click(lambda: page.all(EXPANDERS)[0])
    page.click(lambda: page.with_text(RUN_LINKS, "full | seed 3"))
    page.until(lambda: "realigned on 65 languages" in page.text())
    page.shoot("9-trial")
    page.click(lambda: page.with_text("[role=tab]", "Artifacts"))
    page.click(lambda: page.with_text("[class*=artifact] *, li *, div", "record.json"))
    page.until(lambda: '"trial": "full-seed3"' in page.text())
    page.shoot("10-record")
