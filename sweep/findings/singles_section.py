"""Single languages and sets as a section of a report: `singles` in tables and sentences."""

from collections.abc import Collection, Sequence

from sweep.findings.singles import MIN_SETS, Prediction, SingleLanguage, predictions, single_languages
from sweep.records.records import TrialRecord
from sweep.reports.document import Section, Table
from sweep.scores.names import language_name
from sweep.scores.objective import told_by

TITLE = "Single languages"
N_SHOWN = 10


def singles_section(records: Sequence[TrialRecord], languages: Collection[str]) -> Section | None:
    """None where too few languages were tried alone.

    Args:
        languages: whose development scores the search was told.
    """
    tasks = told_by(records)
    singles = single_languages(records, tasks, languages)
    if not singles:
        return None
    n_trials, n_seeds = sum(one.n_trials for one in singles), len({r.seed for r in records if len(r.languages) == 1})
    found = predictions(records, singles, tasks, languages)
    return Section(
        title=TITLE,
        lead=_lead(found),
        paragraphs=[
            f"{len(singles)} languages were realigned on alone, in {n_trials} trials with {n_seeds} training "
            f"seed{'s' if n_seeds > 1 else ''}. A set's value by its singles is the mean of what is believed of each."
        ],
        tables=[_language_table(singles), *([_prediction_table(found)] if found else [])],
    )


def _lead(found: Sequence[Prediction]) -> str:
    if not found:
        return f"Whether single languages predict sets cannot be said: fewer than {MIN_SETS} sets of one size were run."
    said = [f"{one.correlation} for {one.n_sets} {one.kind} sets of {one.size}" for one in found]
    return f"Rank correlation of what single languages predict with the test score of sets: {'; '.join(said)}."


def _language_table(singles: Sequence[SingleLanguage]) -> Table:
    shown = singles if len(singles) <= 2 * N_SHOWN else [*singles[:N_SHOWN], *singles[-N_SHOWN:]]
    mean = sum(one.value for one in singles) / len(singles)
    return Table(
        title="Single languages, best and worst" if len(shown) < len(singles) else "Single languages",
        header=["language", "name", "trials", "score", "believed, less the mean", "±"],
        rows=[
            [
                str(one.language), language_name(one.language), str(one.n_trials), f"{100 * one.score:.2f}",
                f"{100 * (one.value - mean):+.2f}", f"{100 * one.sd:.2f}",
            ]
            for one in shown
        ],
        note="Development scores over the search languages, in points. Believed: the posterior mean; ± its standard "
        "deviation. With a trial or two for each language, the order within the table is hardly known.",
        n_text=2,
    )  # fmt: skip


def _prediction_table(found: Sequence[Prediction]) -> Table:
    return Table(
        title="How well single languages rank sets",
        header=["sets", "size", "n", "seeds", "rank correlation, 95 % interval", "between two seeds"],
        rows=[
            [
                one.kind, str(one.size), str(one.n_sets), str(one.n_seeds),
                str(one.correlation),
                "-" if one.retest is None else f"{one.retest:+.2f}",
            ]
            for one in found
        ],
        note="Of the singles' values with the mean test score of the sets over the search languages; interval by "
        "resampling sets. Between two seeds: the rank correlation of the same sets' scores with two training seeds, "
        "which says how much of a score is luck. Searched sets were chosen by scores, which narrows their range.",
    )  # fmt: skip
