"""What is added to the numbers of a sweep with a search: what it learned, and what confirming it found.

One place for reports and MLflow. Both are computed from records: of NAME, and of NAME-confirm where it exists.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from search_spaces.rules import read_costs
from sweep.config.load import saved_config
from sweep.config.search_languages import rule_of, told_tasks
from sweep.config.sections import SweepConfig
from sweep.findings.agreement import TITLE as AGREEMENT_TITLE
from sweep.findings.agreement import agreement_section
from sweep.findings.budgets_section import TITLE as BUDGETS_TITLE
from sweep.findings.budgets_section import budgets_section
from sweep.findings.confirm_section import TITLE as CONFIRM_TITLE
from sweep.findings.confirm_section import confirm_markdown, confirm_section
from sweep.findings.early_signal import early_signal_section
from sweep.findings.learned_section import TITLE as LEARNED_TITLE
from sweep.findings.learned_section import learned_markdown, learned_section
from sweep.findings.set_slopes_section import TITLE as SLOPES_TITLE
from sweep.findings.set_slopes_section import set_slopes_section
from sweep.findings.singles_section import TITLE as SINGLES_TITLE
from sweep.findings.singles_section import singles_section
from sweep.findings.transfer_section import TITLE as TRANSFER_TITLE
from sweep.findings.transfer_section import transfer_section
from sweep.folders import CONFIRM_SUFFIX, SweepFolder
from sweep.records.records import RecordStore, TrialRecord
from sweep.reports.document import Plot, Section
from sweep.scores.objective import objective
from sweep.search.languages import search_languages

S = TypeVar("S", Section, Section | None)


@dataclass(frozen=True, kw_only=True)
class SearchPhases:
    """Sections of a report.

    name: of the search. signals: how well early ones ranked its trials. singles: what single languages say about sets.
    of_sets: what any sweep's sets have to say, searched or not. next_step: what to do now, a sentence; "" = nothing.
    """

    name: str = ""
    confirmed: Section | None = None
    learned: Section | None = None
    signals: Section | None = None
    singles: Section | None = None
    of_sets: Sequence[Section] = ()
    next_step: str = ""

    @property
    def sections(self) -> list[Section]:
        """What holds first, then what was learned; before it is confirmed, what to do about it."""
        advice = Section(title="What to do next", paragraphs=[self.next_step]) if self.next_step else None
        found = (self.confirmed, advice, self.learned, self.singles, *self.of_sets, self.signals)
        return [section for section in found if section]

    @property
    def texts(self) -> dict[str, str]:
        """Markdown by the name of its file."""
        texts = {"confirm.md": confirm_markdown(self.confirmed, self.name)} if self.confirmed else {}
        return texts | ({"learned.md": learned_markdown(self.learned)} if self.learned else {})

    @property
    def plots(self) -> list[Plot]:
        """The figures of all sections."""
        return [plot for section in self.sections for plot in section.plots]

    @property
    def summary(self) -> list[str]:
        """Paragraphs in Markdown: what matters, and what to do next."""
        sections = (self.confirmed, self.learned, self.singles, *self.of_sets)
        titled = [(section.title, section.lead) for section in sections if section]
        return [*(f"**{title}.** {lead}" for title, lead in titled if lead), *filter(None, [self.next_step])]


def search_phases(folder: SweepFolder, known: Mapping[str, Sequence[TrialRecord]] | None = None) -> SearchPhases:
    """Of a search, or of a sweep that confirms one; of any other sweep only what its sets have in common.

    Never raises for what the records lack: the section says it.

    Args:
        known: sweep -> records that have been read already.
    """
    known = known or {}
    own = known.get(folder.name) or RecordStore(folder.records).all()
    makers = {
        BUDGETS_TITLE: budgets_section, TRANSFER_TITLE: transfer_section, SLOPES_TITLE: set_slopes_section,
        AGREEMENT_TITLE: agreement_section,
    }  # fmt: skip
    of_sets = [section for title, make in makers.items() if (section := _made(title, partial(make, own)))]
    for name in (folder.name, folder.name.removesuffix(CONFIRM_SUFFIX)):
        search = SweepFolder(folder.mlruns, name)
        records = known.get(name) or RecordStore(search.records).all()
        if search.has_config and any(record.number is not None and record.finished for record in records):
            config, target = saved_config(search.config), SweepFolder(folder.mlruns, name + CONFIRM_SUFFIX)
            confirmed = known.get(target.name) or RecordStore(target.records).all()
            verdict = _verdict(config, records, target, confirmed)
            learned = _made(LEARNED_TITLE, partial(learned_of, config, records)) if name == folder.name else None
            step = NEXT_STEP.format(name=name) if learned and not verdict else ""
            signals = early_signal_section(records, config.scheduler.reduction_factor) if name == folder.name else None
            singles = _made(SINGLES_TITLE, partial(_singles_of, config, records)) if name == folder.name else None
            return SearchPhases(
                name=name, confirmed=verdict, learned=learned, signals=signals, singles=singles,
                of_sets=of_sets, next_step=step,
            )  # fmt: skip
    return SearchPhases(of_sets=of_sets)


def _singles_of(config: SweepConfig, records: Sequence[TrialRecord]) -> Section | None:
    return singles_section(records, search_languages(records, rule_of(config.search)))


def _verdict(
    config: SweepConfig, records: Sequence[TrialRecord], target: SweepFolder, confirmed: Sequence[TrialRecord]
) -> Section | None:
    if not any(record.finished for record in confirmed):
        return None
    section = _made(CONFIRM_TITLE, partial(confirm_section, records, confirmed, rule_of(config.search)))
    if not target.has_config:
        return section
    planned = saved_config(target.config)
    n_trials = len(planned.arms) * len(planned.seeds)
    if len(confirmed) >= n_trials:
        return section
    said = f"Not complete: {len(confirmed)} of {n_trials} trials are over. Go on: realign-sweep confirm {config.name}"
    return replace(section, paragraphs=[said, *section.paragraphs])


def learned_of(config: SweepConfig, records: Sequence[TrialRecord]) -> Section:
    """`learned_section` with the score that the search was told, and the costs that its config names.

    Raises:
        ValueError: a table of costs that cannot be read, or a task without scores.
    """
    languages = search_languages(records, rule_of(config.search))
    costs: dict[str, float] | None = None
    if config.subset.costs:
        costs = {str(language): cost for language, cost in read_costs(Path(config.subset.costs)).items()}
        searched = [record for record in records if record.number is not None]  # arms may have what nobody can buy
        if lacking := sorted({tag for record in searched for tag in record.languages} - set(costs)):
            raise ValueError(f"The cost table must have every realigned language, but lacks {', '.join(lacking)}.")
    return learned_section(
        records, score=lambda record: objective(record.scores, told_tasks(config), languages), costs=costs
    )


def _made(title: str, make: Callable[[], S]) -> S | Section:
    try:
        return make()
    except ValueError as error:
        return Section(title=title, paragraphs=[str(error)])


NEXT_STEP = (
    "The best of many noisy scores looks better than it is, and the search has looked at these very development data. "
    "Train its best sets again, with fresh seeds and beside random sets of their size, before anything is claimed of "
    "them: realign-sweep confirm {name}"
)
