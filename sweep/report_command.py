"""`realign-sweep report` and `learned`: from sweeps' folders to text that is printed and files that are written."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from search_spaces.columns import read_columns
from search_spaces.rules import read_costs
from sweep.config import saved_config
from sweep.early_signal import early_signal_report
from sweep.folders import SweepFolder, write_atomically
from sweep.learned_report import learned_figures, learned_report
from sweep.records import RecordStore, TrialRecord
from sweep.reports.write import ReportOptions, report_several, write_several
from sweep.search_languages import objective, rule_of, search_languages


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
    )
    target = folders[0].root
    if len(folders) > 1:
        target = folders[0].mlruns / "reports" / "+".join(folder.name for folder in folders)
        target.mkdir(parents=True, exist_ok=True)
    text = report_several(sweeps, options.format, chosen)
    for path in write_several(sweeps, target, chosen):
        say(f"written: {path}")
    if options.format == "markdown":
        searched = [records for records in sweeps.values() if any(r.signals and r.number is not None for r in records)]
        signals = [early_signal_report(records) for records in searched]
        text += "".join(f"\n## Early signals\n\n{signal}" for signal in signals)
    return text


def run_learned(folder: SweepFolder, say: Callable[[str], None]) -> str:
    """What a search learned, as text; also written beside the records, with figures.

    Raises:
        ValueError: no finished trial.
    """
    config, records = saved_config(folder.config), RecordStore(folder.records).all()
    languages = search_languages(records, rule_of(config.search))

    def score(record: TrialRecord) -> float:
        return objective(record.scores, config.run.tasks, languages)

    costs: dict[str, float] | None = None
    if config.subset.costs:
        costs = {str(language): cost for language, cost in read_costs(Path(config.subset.costs)).items()}
    text = learned_report(records, score=score, costs=costs)
    write_atomically(folder.root / "learned.md", text)
    for path in learned_figures(records, folder.root / "figures", score=score, costs=costs):
        say(f"written: {path}")
    return text
