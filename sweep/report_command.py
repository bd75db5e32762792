"""`realign-sweep report` and `learned`: from sweeps' folders to text that is printed and files that are written."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from search_spaces.columns import read_columns
from search_spaces.rules import read_costs
from sweep.config import saved_config
from sweep.folders import SweepFolder, write_atomically
from sweep.learned_report import learned_markdown
from sweep.records import RecordStore, TrialRecord
from sweep.reports.document import Section
from sweep.reports.figures import save_plot
from sweep.reports.write import ReportOptions, write_several
from sweep.search_phases import learned_of, search_phases

ENDINGS = {"markdown": "md", "csv": "csv", "latex": "tex", "html": "html"}


def run_report(folders: Sequence[SweepFolder], options: argparse.Namespace, say: Callable[[str], None]) -> str:
    """The report as text; it is also written beside the records, or, of several sweeps, to `reports/` of the first.

    Raises:
        ValueError: a sweep without a finished trial, or a malformed table of facts or costs.
    """
    sweeps = {folder.name: RecordStore(folder.records).all() for folder in folders}
    chosen = ReportOptions(
        facts=read_columns(Path(options.facts)) if options.facts else {},
        costs=read_costs(Path(options.costs)) if options.costs else {},
        distance=options.distance,
        phases=[section for folder in folders for section in sections_of(folder, sweeps, len(folders) > 1)],
    )
    target = folders[0].root
    if len(folders) > 1:
        target = folders[0].mlruns / "reports" / "+".join(folder.name for folder in folders)
        target.mkdir(parents=True, exist_ok=True)
    for path in write_several(sweeps, target, chosen):
        say(f"written: {path}")
    return (target / f"report.{ENDINGS[options.format]}").read_text(encoding="utf-8")


def run_learned(folder: SweepFolder, say: Callable[[str], None]) -> str:
    """What a search learned, as text; also written beside the records, with figures.

    Raises:
        ValueError: no finished trial.
    """
    section = learned_of(saved_config(folder.config), RecordStore(folder.records).all())
    text = learned_markdown(section)
    write_atomically(folder.root / "learned.md", text)
    for plot in section.plots:
        path = folder.root / "figures" / f"{plot.name}.png"
        save_plot(plot.figure, path)
        say(f"written: {path}")
    return text


def sections_of(folder: SweepFolder, sweeps: Mapping[str, Sequence[TrialRecord]], beside_others: bool) -> list[Section]:
    """What a sweep's search learned and what confirming it found; titles name the sweep where there are several."""
    phases = search_phases(folder, sweeps)
    if not beside_others:
        return phases.sections
    # Figures of several sweeps would have one name; each sweep's own report has them.
    return [
        replace(one, title=f"{folder.name}: {one.title[0].lower()}{one.title[1:]}", plots=()) for one in phases.sections
    ]
