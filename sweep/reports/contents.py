"""The contents of a report, in order: the text alone, or everything with figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from sweep.records.records import error_line
from sweep.reports.claims import claims_section
from sweep.reports.difference_tables import claims_tables, group_tables
from sweep.reports.document import Document, Plot, Section, Table
from sweep.reports.families import Findings
from sweep.reports.power import power_table
from sweep.reports.reading import reading_section
from sweep.reports.results import SweepResults
from sweep.reports.setup import setup_section
from sweep.reports.summary import summaries
from sweep.reports.tables import leaderboard_table, score_tables, sets_table, times_table

MAX_FAILED = 30


@dataclass(frozen=True, eq=False)
class Contents:
    """What stands in a report; what stands in both of its forms is made once.

    phases: what a search learned and what confirming it found, see `search_phases`; they stand below the claims.
    """

    findings: Findings
    phases: Sequence[Section] = ()

    def text(self) -> Document:
        """Tables and sentences: leaderboard, claims, scores by group, seconds, failed trials."""
        return Document(
            title=_title(self.findings.sweeps),
            sections=[
                *self._beginning,
                Section(title="", tables=self._leaderboard),
                self._claims,
                Section(title="", tables=[*self._claims_tables, *power_table(self.findings, groups=False)]),
                *self.phases,
                Section(title="", tables=self._scores),
                *self._end,
            ],
        )

    def whole(self, distance: str) -> Document:
        """Everything: the figures stand beside the tables that they show.

        Args:
            distance: see `plots_gains.distance_plot`.
        """
        # They take matplotlib with them, which a report without figures does not need.
        from sweep.reports.gain_maps import gain_map
        from sweep.reports.plots_arms import cost_plot, course_plots, differences_plot, size_plot
        from sweep.reports.plots_gains import distance_plot, gain_bars

        sweeps = self.findings.sweeps
        gains = [make for results in sweeps for make in (partial(gain_map, results), partial(gain_bars, results))]
        nearest = [partial(distance_plot, results, distance) for results in sweeps]
        figures = {
            "What realignment changes, language by language": gains,
            "The nearest realigned language": nearest,
            "Size": [partial(size_plot, sweeps)],
            "Cost": [partial(cost_plot, sweeps)],
            "The course of the search": [partial(course_plots, results) for results in sweeps],
        }
        by_group, claims = group_tables(self.findings), self._claims
        forest, missing = _made([partial(differences_plot, self.findings)])
        return Document(
            title=_title(sweeps),
            sections=[
                *self._beginning,
                Section(title="Leaderboard", tables=self._leaderboard),
                Section(title=claims.title, paragraphs=[*claims.paragraphs, *missing], plots=forest),
                Section(title="", points=claims.points, tables=[*self._claims_tables, *power_table(self.findings)]),
                *self.phases,
                Section(title="Groups of languages", paragraphs=[GROUPS_EXPLANATION], tables=by_group),
                *(_figures(title, makers) for title, makers in figures.items()),
                Section(title="All scores", tables=self._scores),
                *self._end,
            ],
        )

    @cached_property
    def _beginning(self) -> list[Section]:
        return [*summaries(self.findings), setup_section(self.findings.sweeps)]

    @cached_property
    def _leaderboard(self) -> list[Table]:
        sets = sets_table(self.findings.sweeps)
        return [leaderboard_table(self.findings), *([] if sets is None else [sets])]

    @cached_property
    def _claims(self) -> Section:
        return claims_section(self.findings)

    @cached_property
    def _claims_tables(self) -> list[Table]:
        return claims_tables(self.findings)

    @cached_property
    def _scores(self) -> list[Table]:
        return score_tables(self.findings.sweeps)

    @cached_property
    def _end(self) -> list[Section]:
        sweeps = self.findings.sweeps
        return [
            _times(sweeps),
            *reading_section(sweeps),
            Section(title="How to read this", paragraphs=[EXPLANATION]),
            *_failed(sweeps),
        ]


def _figures(title: str, makers: Sequence[Callable[[], list[Plot]]]) -> Section:
    plots, missing = _made(makers)
    return Section(title=title, paragraphs=missing, plots=plots)


def _made(makers: Sequence[Callable[[], list[Plot]]]) -> tuple[list[Plot], list[str]]:
    """The plots, and for each that cannot be drawn the sentence that says why."""
    plots, missing = [], []
    for make in makers:
        try:
            plots += make()
        except ValueError as error:
            missing.append(str(error))
    return plots, list(dict.fromkeys(missing))


def _title(sweeps: Sequence[SweepResults]) -> str:
    return ", ".join(results.name for results in sweeps)


def _times(sweeps: Sequence[SweepResults]) -> Section:
    table = times_table(sweeps)
    if table is None:
        return Section(title="Seconds", paragraphs=["The records hold no times: nothing was run here."])
    return Section(title="", tables=[table])


def _failed(sweeps: Sequence[SweepResults]) -> list[Section]:
    failed = [(results, record) for results in sweeps for record in results.records if record.failed]
    lines = [
        f"{results.name + ': ' if results.beside_others else ''}{record.trial}: {error_line(record.error)}"
        for results, record in failed[:MAX_FAILED]
    ]
    if len(failed) > MAX_FAILED:
        lines.append(f"and {len(failed) - MAX_FAILED} more")
    return [Section(title="Trials without a result", points=lines)] if lines else []


GROUPS_EXPLANATION = (
    '"Seen" and "unseen" are about the pre-training of the encoder; "realigned" is the arm\'s own subset, "out of '
    'distribution" what is neither realigned nor seen. Resource classes are those of Joshi et al. (2020) in the '
    "inventory: low-resource = class 2 or less, high-resource = 3 to 5. Languages used only for evaluation have no "
    "class: those that neither mBERT nor XLM-R was pre-trained on count as low-resource, the others are in neither."
)
EXPLANATION = (
    "Scores are in points, hundredths of the metric. "
    "Mean over languages (English left out, each language once, whatever its test sets), then over seeds, ± sample "
    "standard deviation over seeds; in brackets the change against fine-tuning only, paired by seed and language. "
    "`n` counts languages. Arms are in the order of their dev score (the mean over tasks), which is never a reported "
    f"score. {GROUPS_EXPLANATION}"
)
