"""`realign-sweep report`, `learned`, `compare` and `trials`: from sweeps' folders to text that is printed and files."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from search_spaces.columns import read_columns
from search_spaces.distances.sources import load_distances
from search_spaces.inventory import INVENTORY
from search_spaces.languages import parse_language
from search_spaces.rules import read_costs
from sweep.catalogue.listing import state_of
from sweep.config.load import saved_config
from sweep.config.own_languages import sweep_to_read
from sweep.findings.effects_table import effects_table, singles_table
from sweep.findings.learned_section import learned_markdown
from sweep.findings.phases import learned_of, search_phases
from sweep.findings.trials_with import Wanted, trials_document, trials_table
from sweep.folders import SweepFolder, problem_of_writing, write_atomically
from sweep.published.section import published_section
from sweep.records.records import RecordStore, TrialRecord
from sweep.records.session import is_running
from sweep.reports.document import Section
from sweep.reports.figures import save_plot
from sweep.reports.gains import placed_languages
from sweep.reports.page.data import Progress
from sweep.reports.results import SweepResults
from sweep.reports.side_by_side import SideBySide, side_by_side
from sweep.reports.stamp import is_current, report_digest, report_options, write_stamp
from sweep.reports.text_forms import csv_text, markdown
from sweep.reports.write import ReportOptions, briefs_in, report_several, write_several
from sweep.search.length import n_trials_of

MAX_NAMED = 10
ENDINGS = {"markdown": "md", "csv": "csv", "latex": "tex", "html": "html"}
FORMS = ("text", *ENDINGS)


def run_report(
    folders: Sequence[SweepFolder],
    *,
    form: str = "markdown",
    facts: str | Path | None = None,
    costs: str | Path | None = None,
    distance: str = "featural",
    figures: bool = True,
    say: Callable[[str], None],
) -> str:
    """The report as text; it is also written beside the records, or, of several sweeps, to `reports/` of the first.

    What is written is left as it is where nothing has changed since: drawing takes seconds.

    Args:
        form: one of `FORMS`; "text": the lines that matter, for a terminal; "html": the page's path.
        figures: False = no figures beside it. others: see `ReportOptions`.

    Raises:
        ValueError: a sweep without a finished trial, a malformed table of facts or costs, costs that lack a realigned
            language, or an unknown distance.
    """
    if not folders:
        raise ValueError("A report must be of a sweep, but none is named. Give one.")
    if form not in FORMS:
        raise ValueError(f"The format must be one of {', '.join(FORMS)}, but is {form!r}. Choose one.")
    tables = [Path(path) for path in (facts, costs) if path]
    running = [is_running(folder) for folder in folders]
    digest = report_digest(folders, tables, report_options(facts, costs, distance, running))
    target = folders[0].root
    if len(folders) > 1:
        target = folders[0].mlruns / "reports" / "+".join(folder.name for folder in folders)
    if is_current(target, digest, figures=figures):
        say(f"nothing has changed since this was written:\n{target / 'report.html'}")
        return _shown_as(form, target)
    sweeps = {folder.name: RecordStore(folder.records).all() for folder in folders}
    chosen = _checked_options(folders, sweeps, facts, costs, distance)
    if problem := problem_of_writing(target, "The report is printed only."):
        say(problem)
        return _printed_only(sweeps, form, chosen)
    paths = write_several(sweeps, target, chosen, figures=figures)
    write_stamp(target, digest, figures=figures)
    say(f"written: {', '.join(path.name for path in paths)} in {target}")
    return _shown_as(form, target)


def brief_text(target: Path) -> str:
    """What a terminal shows of the report in `target`, at the terminal's width; "" where there is none."""
    width = shutil.get_terminal_size((80, 24)).columns
    briefs = [brief.text(width) for brief in briefs_in(target)]
    return "\n\n".join([*briefs, f"report: {target / 'report.html'}"]) + "\n" if briefs else ""


def _shown_as(form: str, target: Path) -> str:
    if form == "text":
        return brief_text(target)
    path = target / f"report.{ENDINGS[form]}"
    return f"{path}\n" if form == "html" else path.read_text(encoding="utf-8")


def _printed_only(sweeps: Mapping[str, Sequence[TrialRecord]], form: str, options: ReportOptions) -> str:
    if form == "html":
        raise ValueError("The page must be written to be opened, but its folder cannot be written to. Copy the sweep.")
    return report_several(sweeps, "markdown" if form == "text" else form, options)


def _checked_options(
    folders: Sequence[SweepFolder],
    sweeps: Mapping[str, Sequence[TrialRecord]],
    facts: str | Path | None,
    costs: str | Path | None,
    distance: str,
) -> ReportOptions:
    """Before anything is drawn: in a report of many figures a sentence in place of one is overlooked."""
    records = [record for found in sweeps.values() for record in found if record.finished]
    realigned = {tag for record in records for tag in record.languages}
    table = read_costs(Path(costs)) if costs else {}
    if table and (lacking := sorted(realigned - set(map(str, table)))):
        raise ValueError(
            f"The table of costs must hold every realigned language, but {costs} lacks "
            f"{', '.join(lacking[:MAX_NAMED])} ({len(lacking)} of {len(realigned)}). Add them."
        )
    scored = {language for record in records for language in record.columns.of.languages}
    load_distances(distance, placed_languages(distance, realigned | scored) or INVENTORY)
    return ReportOptions(
        facts=read_columns(Path(facts)) if facts else {},
        costs=table,
        distance=distance,
        phases=[section for folder in folders for section in sections_of(folder, sweeps, len(folders) > 1)],
        progress={folder.name: progress_of(folder, sweeps[folder.name]) for folder in folders},
    )


def progress_of(folder: SweepFolder, records: Sequence[TrialRecord]) -> Progress:
    """How far a sweep has come."""
    n_trials = len(records)
    if folder.has_config:
        n_trials = max(n_trials, n_trials_of(saved_config(folder.config), folder.search))
    state = state_of(folder, records, n_trials, is_running(folder))
    assert state != "unreadable", "its records have been read"
    return Progress(n_over=len(records), n_trials=n_trials, state=state)


def run_learned(
    folder: SweepFolder,
    say: Callable[[str], None],
    table: Path | None = None,
    singles: Path | None = None,
    note: str = "",
) -> str:
    """What a search learned, as text; also written beside the records, with figures.

    Args:
        table: where the effects of languages are written, as the criterion `study` reads them; None = nowhere.
        singles: the same of trials of one language alone.
        note: of both tables, see `effects_table`.

    Raises:
        ValueError: no finished trial; with `table` or `singles`, no effects to write.
    """
    config, records = saved_config(folder.config), RecordStore(folder.records).all()
    for path, make in ((table, effects_table), (singles, singles_table)):
        if path is not None:
            write_atomically(path, make(config, records, note))
            say(f"written: {path}")
    section = learned_of(config, records)
    text = learned_markdown(section)
    if problem := problem_of_writing(folder.root, "What was learned is printed only."):
        say(problem)
        return text
    write_atomically(folder.root / "learned.md", text)
    for plot in section.plots:
        path = folder.root / "figures" / f"{plot.name}.png"
        save_plot(plot.figure, path)
        say(f"written: {path}")
    return text


def run_compare(first: str, second: str, mlruns: str | Path, form: str = "markdown") -> str:
    """Two sweeps side by side: text for people, or a row a comparison as CSV.

    Raises:
        ValueError: a sweep that does not exist or has no finished trial.
    """
    found = compared(first, second, mlruns)
    return csv_text(found.table()) if form == "csv" else markdown(found.document())


def compared(first: str, second: str, mlruns: str | Path) -> SideBySide:
    """Two sweeps, read.

    Raises:
        ValueError: see `run_compare`.
    """
    if first == second:
        raise ValueError(f"Two sweeps must be compared, but {first!r} is given twice. Name another one.")
    folders = [sweep_to_read(mlruns, name) for name in (first, second)]
    return side_by_side(*(SweepResults(name=f.name, records=RecordStore(f.records).all()) for f in folders))


def run_trials(name: str, mlruns: str | Path, having: str = "", lacking: str = "", form: str = "markdown") -> str:
    """The trials with or without languages: text for people, or a row a trial as CSV.

    Args:
        having, lacking: languages, "jpn,kor".

    Raises:
        ValueError: no such sweep, no finished trial, or a language that is none, in no set, or in both.
    """
    folder = sweep_to_read(mlruns, name)
    wanted = Wanted(having=languages_of(having), lacking=languages_of(lacking))
    records = RecordStore(folder.records).all()
    if form == "csv":
        table = trials_table(records, wanted)
        return csv_text(table.assign(languages=[" ".join(tags) for tags in table["languages"]]))
    return markdown(trials_document(records, name, wanted))


def languages_of(text: str | Sequence[str]) -> tuple[str, ...]:
    """Sorted tags of "jpn,kor", or of a sequence of names.

    Raises:
        ValueError: one is no language.
    """
    names = text.split(",") if isinstance(text, str) else text
    return tuple(sorted({str(parse_language(name)) for name in names if name.strip()}))


def sections_of(folder: SweepFolder, sweeps: Mapping[str, Sequence[TrialRecord]], beside_others: bool) -> list[Section]:
    """What a sweep's search learned and what confirming it found, or what the published study's sets say.

    Titles name the sweep where there are several.
    """
    published = published_section(sweeps[folder.name])
    sections = [*search_phases(folder, sweeps).sections, *([published] if published else [])]
    if not beside_others:
        return sections
    # Figures of several sweeps would have one name; each sweep's own report has them.
    return [
        replace(one, title=f"{folder.name}: {one.title[0].lower()}{one.title[1:]}", plots=(), bars=())
        for one in sections
    ]
