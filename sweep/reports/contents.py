"""What stands in a report, in which order: the text alone, or everything with figures."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from sweep.records import TrialRecord, error_line
from sweep.reports.claims import Findings, claims_section, group_tables
from sweep.reports.document import Document, Plot, Section
from sweep.reports.gain_maps import gain_map
from sweep.reports.plots_arms import cost_plot, course_plots, differences_plot, size_plot
from sweep.reports.plots_gains import distance_plot, gain_bars
from sweep.reports.results import SweepResults
from sweep.reports.tables import leaderboard_table, score_tables, times_table

MAX_FAILED = 30


def text_document(findings: Findings) -> Document:
    """Tables and sentences: leaderboard, claims, scores by group, seconds, failed trials."""
    sweeps = findings.sweeps
    return Document(
        title=_title(sweeps),
        sections=[
            Section(title="", paragraphs=[_summary(results) for results in sweeps]),
            Section(title="", tables=[leaderboard_table(sweeps, findings.against_none)]),
            claims_section(findings),
            Section(title="", tables=score_tables(sweeps)),
            _times(sweeps),
            Section(title="How to read this", paragraphs=[EXPLANATION]),
            *_failed(sweeps),
        ],
    )  # fmt: skip


def whole_document(findings: Findings, distance: str) -> Document:
    """Everything: the figures stand beside the tables that they show.

    Args:
        distance: see `plots_gains.distance_plot`.
    """
    sweeps = findings.sweeps
    gains = [make for results in sweeps for make in (partial(gain_map, results), partial(gain_bars, results))]
    nearest = [partial(distance_plot, results, distance) for results in sweeps]
    figures = {
        "What realignment changes, language by language": gains,
        "The nearest realigned language": nearest,
        "Size": [partial(size_plot, sweeps)],
        "Cost": [partial(cost_plot, sweeps)],
        "The course of the search": [partial(course_plots, results) for results in sweeps],
    }
    by_group = group_tables(findings)
    claims = claims_section(findings)
    forest, missing = _made([partial(differences_plot, findings)])
    return Document(
        title=_title(sweeps),
        sections=[
            Section(title="", paragraphs=[_summary(results) for results in sweeps]),
            Section(title="Leaderboard", tables=[leaderboard_table(sweeps, findings.against_none)]),
            Section(title=claims.title, paragraphs=[*claims.paragraphs, *missing], plots=forest),
            Section(title="", points=claims.points),
            Section(title="Groups of languages", paragraphs=[GROUPS_EXPLANATION], tables=by_group),
            *(_figures(title, makers) for title, makers in figures.items()),
            Section(title="All scores", tables=score_tables(sweeps)),
            _times(sweeps),
            Section(title="How to read this", paragraphs=[EXPLANATION]),
            *_failed(sweeps),
        ],
    )


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


def _summary(results: SweepResults) -> str:
    finished = results.finished
    seeds = ", ".join(map(str, sorted({record.seed for record in finished})))
    text = f"{results.name}: " if results.beside_others else ""
    text += f"{_counts(results.records)}; {len(results.arms)} arms, training seeds {seeds}"
    minutes = (max(record.ended_s for record in finished) - min(record.started_s for record in finished)) / 60
    text += f"; {minutes:.1f} minutes from first start to last end." if minutes > 0 else "."
    n_reused = sum("realign_reused" in record.costs for record in finished)
    return text + (f" Realignments taken from the store: {n_reused}." if n_reused else "")


def _counts(records: Sequence[TrialRecord]) -> str:
    """`4 trials finished, 1 failed`, and any other status there is."""
    count = Counter(record.status for record in records)
    others = [f"{n} {status}" for status, n in sorted(count.items()) if status not in ("finished", "failed")]
    return ", ".join([f"{count['finished']} trials finished", f"{count['failed']} failed", *others])


def _times(sweeps: Sequence[SweepResults]) -> Section:
    table = times_table(sweeps)
    if table is None:
        return Section(title="Seconds", paragraphs=["The records hold no seconds: nothing was run here."])
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
    "inventory: low-resource = class 2 or less, high-resource = 3 to 5. Languages that are evaluated only have no "
    "class: those that neither mBERT nor XLM-R was pre-trained on count as low-resource, the others are in neither."
)
EXPLANATION = (
    "Mean over languages (English left out, each language once, whatever its test sets), then over seeds, ± sample "
    "standard deviation over seeds; in brackets the change against fine-tuning only, paired by seed and language. "
    "`n` counts languages. Arms are in the order of their dev score (the mean over tasks), which is never a reported "
    f"score. {GROUPS_EXPLANATION}"
)
