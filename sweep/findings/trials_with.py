"""`realign-sweep trials`: the trials whose sets hold a language, what they scored, and what is known of its worth.

Trials with and without a language differ in their other languages too, so the difference of their means says little.
What a language adds is estimated over all sets at once, as in `learned`; what languages gained is each trial's
difference to fine-tuning only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from scipy import special

from sweep.findings.learned import Search, language_effects
from sweep.records.records import TrialRecord
from sweep.reports.document import Document, Section, Table
from sweep.reports.gains import UNPAIRED, trial_gains
from sweep.reports.results import SweepResults
from sweep.scores.frame import language_frame
from sweep.scores.names import language_name, language_names
from sweep.scores.objective import tasks_of, told_by, told_words
from sweep.scores.titles import TITLES
from sweep.statistics.sentences import points

N_SHOWN = 40
N_GAINS = 15


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Tags of languages that a trial must have realigned, and of those that it must not.

    Raises:
        ValueError: a language is in both.
    """

    having: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if both := sorted({*self.having} & {*self.lacking}):
            raise ValueError(
                f"A language must be asked for either with or without, but {language_name(both[0])} ({both[0]}) is "
                "given as both. Leave one out."
            )

    def holds(self, record: TrialRecord) -> bool:
        """Whether the trial is meant."""
        return set(self.having) <= set(record.languages) and not set(self.lacking) & set(record.languages)

    def __str__(self) -> str:
        said = [f"with {language_names(self.having)}"] if self.having else []
        said += [f"without {language_names(self.lacking)}"] if self.lacking else []
        return ", ".join(said) or "all"


def trials_table(records: Sequence[TrialRecord], wanted: Wanted) -> pd.DataFrame:
    """One row a trial that is meant, those with the highest development score first.

    Returns:
        trial, arm, label, status, seed, n_languages, languages (a tuple of tags), score (of development data; None
        without), and test/TASK: the mean of its main metric over all languages but English.
    """
    met = [record for record in records if wanted.holds(record)]
    frame = language_frame(met)
    frame = frame[~frame["english"].astype(bool) & frame["task"].isin({*tasks_of(met), *told_by(met)})]
    means: dict[str, dict[str, float]] = {}
    for (trial, task), value in frame.groupby(["trial", "task"], sort=False)["value"].mean().items():
        means.setdefault(trial, {})[f"test/{task}"] = float(value)
    rows = []
    for record in sorted(met, key=lambda r: (r.score is None, -(r.score or 0.0), r.trial)):
        row = {
            "trial": record.trial, "arm": record.arm, "label": record.label, "status": record.status,
            "seed": record.seed, "n_languages": len(record.languages), "languages": record.languages,
            "score": record.score,
        }  # fmt: skip
        rows.append(row | means.get(record.trial, {}))
    columns = ["trial", "arm", "label", "status", "seed", "n_languages", "languages", "score"]
    return pd.DataFrame(rows, columns=list(dict.fromkeys([*columns, *(key for row in rows for key in row)])))


def trials_document(records: Sequence[TrialRecord], name: str, wanted: Wanted) -> Document:
    """For people: the trials, what each wanted language adds, and what was gained in which language.

    Raises:
        ValueError: no trial has finished, or a language is in no trial's set.
    """
    results = SweepResults(name=name, records=records)
    realigned = {language for record in records for language in record.languages}
    if unknown := sorted({*wanted.having, *wanted.lacking} - realigned):
        raise ValueError(
            f"A language must be in a set of {name}, but {language_name(unknown[0])} ({unknown[0]}) is in none of "
            f"{len(records)} trials. Its sets hold {language_names(sorted(realigned))}."
        )
    table = trials_table(records, wanted)
    tests = [column for column in table.columns if column.startswith("test/")]
    rows = [
        [
            str(row["trial"]), str(row["label"]), language_names(row["languages"], 4) or "-",
            *("-" if pd.isna(row[column]) else f"{100 * row[column]:.1f}" for column in ("score", *tests)),
        ]
        for _, row in table.head(N_SHOWN).iterrows()
    ]  # fmt: skip
    shown = f" Shown are {N_SHOWN} of {len(table)}." if len(table) > N_SHOWN else ""
    header = ["trial", "arm", "realigned on", "dev", *(TITLES[c.removeprefix("test/")].column for c in tests)]
    note = (
        f"Points; dev: {told_words(records)}, highest first; the others: on test, mean over all languages but English."
    )
    note += shown
    trials = Table(title=f"Trials {wanted}", header=header, rows=rows, note=note, n_text=3)
    count = f"{len(table)} of {len(records)} trials {wanted}."
    return Document(
        title=f"{name}: trials {wanted}",
        sections=[
            Section(title="", lead=count, tables=[trials] if rows else []),
            _adds(records, wanted),
            *_gains(results, wanted, table),
        ],
    )


def _adds(records: Sequence[TrialRecord], wanted: Wanted) -> Section:
    """What each wanted language adds to a set, see `language_effects`."""
    title = "What it adds to a set"
    search = Search.of(records)
    if not search.records:
        said = (
            "Nothing was searched for: the sets of planned arms are too few and too unlike to tell languages apart. "
            "Compare two arms that differ in it, e.g. {languages: [swa, yor]} and {languages: [swa]}."
        )
        return Section(title=title, paragraphs=[said])
    if search.refusal:
        return Section(title=title, paragraphs=[search.refusal])
    effects = language_effects(search)
    limit = float(special.ndtri(1 - 0.025 / max(1, len(effects))))
    rows = [
        [
            language_name(one.language), points(one.mean),
            f"[{points(one.mean - 1.96 * one.sd)}, {points(one.mean + 1.96 * one.sd)}]",
            "yes" if one.sd > 0 and abs(one.mean) > limit * one.sd else "no", str(one.n_with),
            f"{rank} of {len(effects)}",
        ]
        for rank, one in enumerate(effects, start=1)
        if one.language in {*wanted.having, *wanted.lacking} or not (wanted.having or wanted.lacking)
    ]  # fmt: skip
    table = Table(
        title=title, header=["language", "adds", "95 %", "clear of 0", "trials with it", "rank"], rows=rows,
        note=f"Points of {told_words(search.records)}, by a Gaussian process over all sets at once, which knows what "
        "else was in them: not the difference between trials with and without it. The interval is conditional on that "
        f"model; clear of 0: corrected (Bonferroni) for {len(effects)} languages. All of them: `learned`.",
    )  # fmt: skip
    return Section(title="", tables=[table])


def _gains(results: SweepResults, wanted: Wanted, table: pd.DataFrame) -> list[Section]:
    """What languages gained in these trials, against fine-tuning only with the same seed; largest first."""
    title = "What each language gained in these trials"
    try:
        gains = trial_gains(results)
    except ValueError as error:
        return [Section(title=title, paragraphs=[str(error)])]
    own = gains[gains["trial"].isin(table["trial"])]
    if own.empty:
        return []
    tables = []
    for task in [task for task in results.main_tasks if task in set(own["task"])]:
        of_task = own[own["task"] == task]
        n_trials = of_task["trial"].nunique()
        found = of_task.groupby("language")["gain"].agg(["mean", "min", "max", "size"]).reset_index()
        found = found.sort_values(["mean", "language"], ascending=[False, True])
        asked = found["language"].isin(wanted.having)
        unpaired = "" if of_task["paired"].all() else f" {UNPAIRED}"
        shown = pd.concat([found[asked], found[~asked].head(N_GAINS)])
        rows = [
            [
                language_name(language) + (" (realigned)" if language in wanted.having else ""),
                points(mean), "-" if n == 1 else f"{points(least)} to {points(most)}", str(n),
            ]
            for language, mean, least, most, n in shown.itertuples(index=False)
        ]  # fmt: skip
        left = f" Shown are {len(shown)} of {len(found)} languages." if len(shown) < len(found) else ""
        tables.append(
            Table(
                title=f"{TITLES[task].column}: gained in these trials", rows=rows,
                header=["language", "gain", "range", "trials"],
                note=f"Points on test more than fine-tuning only with the same seed, mean and range over {n_trials} "
                "trials. These share the trainings they are compared with, so there is no interval, and their sets "
                f"differ in other languages too: nothing here is due to one language alone.{unpaired}{left}",
            )
        )  # fmt: skip
    return [Section(title="", tables=tables)]
