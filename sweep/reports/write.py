"""Writes reports: Markdown for people, CSV (every digit) for programs, LaTeX for papers, one HTML page with it all, and
the few lines for a terminal (`brief`).

Of one sweep, or of several side by side. What a report lacks is said in one sentence; only a sweep without any finished
trial is refused.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pandas as pd

from search_spaces.languages import Language
from search_spaces.structured import read_json
from sweep.folders import write_atomically
from sweep.records.records import TrialRecord
from sweep.reports.brief import Brief, brief_of
from sweep.reports.contents import Contents
from sweep.reports.document import Document, Section
from sweep.reports.families import Findings
from sweep.reports.figures import ENDINGS, file_name, save_plot
from sweep.reports.html import html
from sweep.reports.page.data import Progress, page_data
from sweep.reports.results import SweepResults
from sweep.reports.setup import setup_facts
from sweep.reports.text_forms import csv_text, latex, latex_table, markdown, markdown_table
from sweep.scores.groups import with_user_groups
from sweep.statistics.comparisons import comparison_table

__all__ = [
    "ReportOptions",
    "latex_table",
    "markdown_table",
    "report",
    "report_several",
    "write_reports",
    "write_several",
]

Sweeps = Mapping[str, Sequence[TrialRecord]]


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """What a user may add to a report.

    facts: column -> language -> value; each value of each column is a group of languages (`columns.read_columns`).
    costs: language -> cost of its data in any unit (`rules.read_costs`); empty = seconds of training are shown.
    distance: which nearest realigned language is nearest, see `distance_sources`.
    phases: what a search learned and what confirming it found, see `search_phases`.
    progress: sweep -> how far it has come; a sweep that is not there counts as complete.
    """

    facts: Mapping[str, Mapping[Language, str]] = field(default_factory=dict)
    costs: Mapping[Language, float] = field(default_factory=dict)
    distance: str = "featural"
    phases: Sequence[Section] = ()
    progress: Mapping[str, Progress] = field(default_factory=dict)


DEFAULTS = ReportOptions()


def report(records: Sequence[TrialRecord], name: str, form: str = "markdown", options: ReportOptions = DEFAULTS) -> str:
    """The whole report of one sweep as text, see `report_several`."""
    return report_several({name: records}, form, options)


def report_several(sweeps: Sweeps, form: str = "markdown", options: ReportOptions = DEFAULTS) -> str:
    """The whole report of sweeps side by side as text; arms of several begin with their sweep's name.

    Args:
        sweeps: name -> records.
        form: "markdown", "csv" (the leaderboard, long form), "latex" (tables) or "html" (with figures).

    Raises:
        ValueError: a sweep without a finished trial, or an unknown form.
    """
    if form not in FORMS:
        raise ValueError(f"The format must be one of {', '.join(FORMS)}, but is {form!r}.")
    return FORMS[form](_findings(sweeps, options), options)


def write_reports(
    records: Sequence[TrialRecord],
    name: str,
    folder: Path,
    options: ReportOptions = DEFAULTS,
    *,
    figures: bool = True,
) -> list[Path]:
    """Writes the report of one sweep, see `write_several`."""
    return write_several({name: records}, folder, options, figures=figures)


def write_several(
    sweeps: Sweeps, folder: Path, options: ReportOptions = DEFAULTS, *, figures: bool = True
) -> list[Path]:
    """Writes `report.md`, `.csv`, `.tex`, `comparisons.csv`, `what_was_run.csv`, `report.html`, `brief.json` and
    `figures/*` into `folder`.

    Figures of an earlier report that this one does not draw are removed; files of others stay.

    Args:
        figures: False = without the figures, which take seconds; the page has those that one plays with.

    Returns:
        The paths of the reports; the folder of the figures stands for all of them.

    Raises:
        ValueError: see `report_several`.
    """
    findings = _findings(sweeps, options)
    contents = Contents(findings, options.phases)
    document = contents.text()
    texts = {
        "report.md": markdown(document),
        "report.csv": _csv(findings, options),
        "report.tex": latex(document),
        "comparisons.csv": _comparisons(findings),
        "what_was_run.csv": csv_text(setup_facts(findings.sweeps)),
        "brief.json": json.dumps([asdict(brief) for brief in brief_of(findings, options.progress)], indent=1) + "\n",
    }
    paths = []
    if figures:
        document = contents.whole(options.distance)
        _remove_figures(findings, folder / "figures", {plot.name for plot in document.plots})
        for plot in document.plots:
            write_atomically(folder / "figures" / f"{plot.name}.svg", plot.svg.decode("utf-8"))
            save_plot(plot.figure, folder / "figures" / f"{plot.name}.png")
        paths = [folder / "figures"] if document.plots else []
    else:  # what a search learned has figures of its own, which are drawn when they are asked for
        document = replace(document, sections=[replace(section, plots=()) for section in document.sections])
    texts["report.html"] = _page(findings, options, document)
    for name, text in texts.items():
        write_atomically(folder / name, text)
    return [*(folder / name for name in texts), *paths]


def _remove_figures(findings: Findings, folder: Path, kept: Collection[str]) -> None:
    """Removes what an earlier report drew and this one does not, by the names that reports give; nothing of others."""
    patterns = ["differences", "size", "cost"]
    for results in findings.sweeps:
        patterns += [f"{file_name(results.name)}-{kind}" for kind in ("distance", "course", "gain-map-*", "gains-*")]
    for pattern in patterns:
        for ending in ENDINGS:
            for path in folder.glob(f"{pattern}{ending}"):
                if path.stem not in kept:
                    path.unlink()


def _findings(sweeps: Sweeps, options: ReportOptions) -> Findings:
    if not sweeps:
        raise ValueError("A report needs a sweep, but none was given. Name one.")
    groups, several = with_user_groups(options.facts), len(sweeps) > 1
    return Findings(
        [
            SweepResults(name=name, records=records, beside_others=several, groups=groups, costs=options.costs)
            for name, records in sweeps.items()
        ]
    )


def _markdown(findings: Findings, options: ReportOptions) -> str:
    return markdown(Contents(findings, options.phases).text())


def _latex(findings: Findings, options: ReportOptions) -> str:
    return latex(Contents(findings, options.phases).text())


def _csv(findings: Findings, options: ReportOptions) -> str:
    parts = []
    for results in findings.sweeps:
        table = results.board.copy()
        table.insert(0, "sweep", results.name)
        parts.append(table.assign(group=table["group"].astype(object)))
    return csv_text(pd.concat(parts, ignore_index=True))


def _html(findings: Findings, options: ReportOptions) -> str:
    return _page(findings, options, Contents(findings, options.phases).whole(options.distance))


def _page(findings: Findings, options: ReportOptions, document: Document) -> str:
    bars = [one for section in options.phases for one in section.bars]
    return html(document, page_data(findings.sweeps, options.distance, bars), _progress(findings, options))


def _progress(findings: Findings, options: ReportOptions) -> dict[str, Progress]:
    found = {}
    for results in findings.sweeps:
        n = len(results.records)
        found[results.name] = options.progress.get(results.name, Progress(n_over=n, n_trials=n, state="complete"))
    return found


def briefs_in(folder: Path) -> list[Brief]:
    """The lines for a terminal that a report in `folder` has left; none where it has not."""
    try:
        return [Brief(**one) for one in read_json(folder / "brief.json")]
    except (ValueError, TypeError):
        return []


def _comparisons(findings: Findings) -> str:
    """All families of comparisons, every digit: `comparison_table` as CSV, with the sweep and the family."""
    listed = [(family, one) for family, found in findings.families.items() for one in found]
    table = comparison_table([one.comparison for _, one in listed])
    table.insert(0, "sweep", [one.results.name for _, one in listed])
    table.insert(1, "family", [family for family, _ in listed])
    return csv_text(table)


FORMS: Mapping[str, Callable[[Findings, ReportOptions], str]] = {
    "markdown": _markdown,
    "csv": _csv,
    "latex": _latex,
    "html": _html,
}
