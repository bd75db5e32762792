"""The page as a whole: nothing is fetched, hostile names stay text, the status can be changed alone."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable

import pytest

from sweep.records.records import TrialRecord
from sweep.reports.document import Document, Section
from sweep.reports.html import html
from sweep.reports.page import assemble
from sweep.reports.page.assemble import as_json, with_status
from sweep.reports.page.data import Progress, page_data
from sweep.reports.results import SweepResults
from tests.sweep.reports.test_html import Reader

EVIL = '</script><script>alert("x")</script><!-- & \u2028'


@pytest.fixture
def page(two_arms: list[TrialRecord], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setattr(assemble, "plotly", lambda: "/* plotly */")

    def make(name: str = "tiny", **fields: str) -> str:
        data = page_data([SweepResults(name=name, records=two_arms)], "featural")
        for arm in data["arms"]:
            arm |= fields
        progress = {name: Progress(n_over=4, n_trials=33, state="running")}
        return html(Document(title=name, sections=[Section(title="", lead="said")]), data, progress)

    return make


def scripts_of(page: str) -> dict[str, str]:
    """The JSON of the page as a browser's parser finds it."""
    reader = Reader(page)
    names = [attributes.get("id") or "" for tag, attributes in reader.tags if tag == "script"]
    texts = [text for tag, text in reader.texts if tag == "script"]
    return dict(zip(names, texts, strict=True))


def test_names_that_would_end_a_script_are_data(page: Callable[..., str]) -> None:
    made = page(EVIL, label=EVIL, names=EVIL)
    found = scripts_of(made)
    assert list(found) == ["page-status", "page-data", ""] or len(found) == 3
    assert json.loads(found["page-data"])["arms"][0]["label"] == EVIL
    assert json.loads(found["page-status"])["sweeps"][0]["name"] == EVIL
    assert "alert(" not in re.sub(r"<script.*?</script>", "", made, flags=re.S).replace("alert(&quot;", "")
    assert json.loads(as_json([EVIL])) == [EVIL] and "<" not in as_json([EVIL])


def test_scripts_put_texts_in_as_texts() -> None:
    own = "".join(assemble._file(name) for name in assemble.SCRIPTS)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|fetch\(|XMLHttp|import\(", own)


def test_nothing_is_fetched_and_the_browser_is_told_so(page: Callable[..., str]) -> None:
    made = page()
    assert not re.search(r"src=\"(?!data:)|href=\"(?!#)|@import|url\(|https?://(?!www\.w3\.org/2000/svg)", made)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', made)
    assert policy.startswith("default-src 'none'") and "connect-src" not in policy and "http" not in policy


def test_the_status_can_be_changed_alone(page: Callable[..., str]) -> None:
    made = page()
    other = with_status(made, {"tiny": Progress(n_over=33, n_trials=33, state="complete")})
    before, after = (json.loads(scripts_of(text)["page-status"])["sweeps"] for text in (made, other))
    assert before == [{"name": "tiny", "n_over": 4, "n_trials": 33, "state": "running"}]
    assert after == [{"name": "tiny", "n_over": 33, "n_trials": 33, "state": "complete"}]
    assert scripts_of(made)["page-data"] == scripts_of(other)["page-data"]


def test_what_draws_is_in_the_package() -> None:
    """The whole of plotly.js, MIT-licensed, which may not end the element that it stands in."""
    text = assemble.plotly()
    assert "plotly.js" in text[:200] and "MIT" in text[:400] and "</script" not in text and len(text) > 1_000_000


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run a function of the page by itself")
def test_the_axis_is_set_by_the_dots_and_counts_the_intervals_that_it_cuts() -> None:
    """Dots from 20 to 40: a quarter of 20 beside them. Where all are in one place: two points."""
    script = assemble._file("views.js")
    function = script[script.index("function axisOf") :].partition("\n}\n")[0] + "\n}"
    calls = "[axisOf([20, 40], [[-11.7, 67.7], [18, 22], [30, 46]]), axisOf([30, 30], [])]"
    command = ["node", "-e", f"{function}; console.log(JSON.stringify({calls}))"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert found == [{"range": [15, 45], "n_cut": 2}, {"range": [28, 32], "n_cut": 0}]
