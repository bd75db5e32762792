"""The page of a sweep that is not over: all that one plays with, without comparisons and figures, which take long."""

from collections.abc import Sequence

from sweep.findings.learned import Search, importances, language_effects
from sweep.findings.learned_section import learned_bars
from sweep.folders import SweepFolder
from sweep.records.records import TrialRecord
from sweep.reports.brief import answer_sentence
from sweep.reports.document import Bars, Document, Section
from sweep.reports.html import html
from sweep.reports.page.data import Progress, page_data
from sweep.reports.results import SweepResults

DISTANCE = "featural"
FOR_IMPORTANCES = 99
"""Permutations: fewer than in the report, as they are made again and again."""
LATER = "Claims with intervals, tables and figures come with the report at the end, or by `realign-sweep report`."


def live_page(folder: SweepFolder, records: Sequence[TrialRecord], progress: Progress) -> str:
    """HTML.

    Raises:
        ValueError: no trial has finished.
    """
    return page_of(folder.name, records, progress, bars_so_far(records))


def page_of(name: str, records: Sequence[TrialRecord], progress: Progress, bars: Sequence[Bars]) -> str:
    """HTML: what one plays with, and no more.

    Args:
        bars: what the search has learned.

    Raises:
        ValueError: no trial has finished.
    """
    results = SweepResults(name=name, records=records)
    section = Section(title="", lead=answer_sentence(results), paragraphs=[LATER])
    document = Document(title=name, sections=[section])
    return html(document, page_data([results], DISTANCE, bars), {name: progress})


def bars_so_far(records: Sequence[TrialRecord]) -> list[Bars]:
    """What a search has learned; nothing before it has enough trials."""
    search = Search.of(records)
    if search.refusal:
        return []
    return learned_bars(language_effects(search), importances(search, n_permutations=FOR_IMPORTANCES))
