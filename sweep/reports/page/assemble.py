"""From data to what stands in the page: markup, data as JSON, the scripts of this folder and plotly's, all inlined.

Nothing is fetched: a policy in the page forbids it to the browser, whatever a script asks for. Texts from outside
(names of sweeps, arms and languages) are data only; the scripts put them in as text.
"""

import importlib.resources
import importlib.util
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sweep.reports.land import outlines
from sweep.reports.page.data import Progress

SCRIPTS = ("page.js", "parallel.js", "views.js")
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
    "form-action 'none'"
)
STATUS = re.compile(r'(<script type="application/json" id="page-status">)(.*?)(</script>)', re.S)

VIEWS = """
<p id="status" role="status"></p>
<noscript><p><strong>The tables and figures that one plays with need JavaScript; the tables below do not.</strong></p>
</noscript>
<h2 id="play">Leaderboard to sort and filter</h2>
<p class="note">Click a title to sort, type a language to keep the sets that hold it, choose another group of languages,
or add a column for a language. Points (hundredths) on test with 95 % intervals over seeds; n = languages. Grey columns
are what arms were <em>chosen by</em>: they are no results. \N{BLACK STAR} the sweep's one answer; \N{DEGREE SIGN} on
the very seed that chose the set, and so too high. A and B take an arm into the comparison below.</p>
<div class="controls" id="controls"></div>
<div id="board"></div>
<h2 id="parallel-title">What good sets have in common</h2>
<p class="note" id="parallel-note"></p>
<div id="parallel" class="view"></div>
<h2 id="heat-title">Set by language</h2>
<p class="note" id="heat-note"></p>
<div id="heat" class="view"></div>
<h2 id="against-title">A against B</h2>
<div class="pick" id="pick"></div>
<p class="note" id="against-note"></p>
<div id="against" class="view"></div>
<div id="map" class="view"></div>
"""
BARS = '\n<h2 id="bars-title">What the search has learned so far</h2>\n<div id="bars"></div>\n'
COURSE = """
<h2 id="course-title">The course of the search, trial by trial</h2>
<p class="note">Development scores, by which the search chooses: no results. Dotted: fine-tuning only and the full set.
Diamonds: what a model of all trials believes of each set now.</p>
<div id="course"></div>
"""


def page_markup(data: Mapping[str, Any]) -> str:
    """What stands below the page's head."""
    parts = [VIEWS, BARS if data["bars"] else "", COURSE if data["courses"] else ""]
    for name, there in (("bars", data["bars"]), ("course", data["courses"])):
        parts.append("" if there else f'<div id="{name}" hidden></div>\n')
    return "".join(parts) + '<div id="tip"></div>\n'


def page_style() -> str:
    """CSS."""
    return _file("page.css")


def page_scripts(data: Mapping[str, Any], sweeps: Mapping[str, Progress]) -> str:
    """What stands at the end of the page: the status, the data and the scripts."""
    land = [_outline(kind, points) for kind, points in outlines()]
    own = "\n".join(map(_file, SCRIPTS))
    return (
        f'<script type="application/json" id="page-status">{status_json(sweeps)}</script>\n'
        f'<script type="application/json" id="page-data">{as_json({**data, "land": land})}</script>\n'
        f"<script>{plotly()}</script>\n<script>(function () {{\n'use strict';\n{own}\n}})();</script>\n"
    )


def status_json(sweeps: Mapping[str, Progress]) -> str:
    """How far each sweep has come, and when that was seen."""
    now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    return as_json({"as_of": now, "sweeps": [{"name": name, **asdict(one)} for name, one in sweeps.items()]})


def with_status(page: str, sweeps: Mapping[str, Progress]) -> str:
    """A page that was made before, with another status; its numbers stay."""
    return STATUS.sub(lambda found: found[1] + status_json(sweeps) + found[3], page, count=1)


def as_json(value: Any) -> str:
    """JSON that ends no script element, whatever texts are in it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@lru_cache(maxsize=1)
def plotly() -> str:
    """The script that draws, out of the package `plotly`; the package itself is not imported."""
    spec = importlib.util.find_spec("plotly")
    assert spec is not None and spec.submodule_search_locations, "a dependency"
    path = Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js"
    return path.read_text(encoding="utf-8")


def _outline(kind: str, points: Any) -> dict[str, Any]:
    return {"kind": kind, "x": points[:, 0].round(1).tolist(), "y": points[:, 1].round(1).tolist()}


def _file(name: str) -> str:
    return (importlib.resources.files("sweep.reports.page") / name).read_text(encoding="utf-8")
