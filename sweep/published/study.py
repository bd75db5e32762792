"""The published study (Nguyen et al. 2025) as data of this program: its scores as records, and what they bear out.

The records can be reported like any sweep's; `ORIGIN` in their `versions` marks them, and they have no fingerprint,
since nothing was run here. The facts, their source and what they lack are in `search_spaces.published.scores`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from statistics import fmean

import pandas as pd

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.inventory import REALIGNMENT_LANGUAGES, seen_by
from search_spaces.published.scores import (
    BASELINE,
    FULL,
    GROUPS,
    HEADLINES,
    PublishedScore,
    counted,
    group_languages,
    headline_means,
    published_means,
    published_scores,
    published_subset,
)
from search_spaces.published.subsets import PUBLISHED
from sweep.config.arms import Arm
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.records.records import IMPORTED, RecordStore, TrialRecord
from sweep.scores.frame import score_frame
from sweep.statistics.comparisons import Comparison, compare_all
from sweep.statistics.confidence import Over
from sweep.statistics.noise import NoiseFloor, noise_floor
from sweep.statistics.paired import Group
from sweep.statistics.predictors import what_predicts
from sweep.statistics.set_properties import dispersion_z
from trainables.evaluation.scores import ScoreRow
from trainables.mapping import from_mapping, to_mapping
from trainables.run_config import DataConfig, EncoderConfig, EvaluateConfig, FinetuneConfig, RealignConfig, RunConfig

ORIGIN = IMPORTED
SOURCE = "Nguyen et al. 2025, IJCNLP-AACL, per-seed results of felixgaschi/multilingual-alignment-and-transfer"
NONE, ALL_65 = "none", "full"
TASKS = {"pos": "accuracy", "nli": "accuracy"}

PROPERTIES = {
    "n_languages": "the number of languages",
    "dispersion": "typological dispersion",
    "n_african": "the number of African languages",
}
"""Properties of sets -> their names for people."""


def arm_of(strategy: str) -> str:
    """The arm's name in reports: the paper's, but "none" (fine-tuning only) and "full" (all 65) as in sweeps."""
    return {BASELINE: NONE, FULL: ALL_65}.get(strategy, strategy)


def is_repeated(strategy: str) -> bool:
    """Whether its seeds repeat one configuration; those of a random draw realign other languages each time."""
    return strategy == BASELINE or PUBLISHED[strategy].languages is not None


def published_records(name: str = "published", *, every_test_set: bool = False) -> list[TrialRecord]:
    """One record a strategy and seed, with the scores of both tasks, sorted by trial.

    Args:
        name: of the sweep that they form.
        every_test_set: also the second test sets of French, Swahili and English (XNLI), Wolof and Yoruba (UD), which
            the paper's averages leave out; reports would average them with the first.
    """
    runs: dict[tuple[str, int], list[PublishedScore]] = {}
    kept = counted(published_scores())
    for score in published_scores() if every_test_set else kept:
        runs.setdefault((score.strategy, score.seed), []).append(score)
    main = frozenset(kept)
    records = [_record(strategy, seed, scores, main, name) for (strategy, seed), scores in runs.items()]
    return sorted(records, key=lambda record: record.trial)


def import_published(
    folder: SweepFolder, say: Callable[[str], None], *, every_test_set: bool = False
) -> list[TrialRecord]:
    """Writes the published scores as the records of a sweep and returns them. Doing it again changes nothing.

    Args:
        folder: of the sweep that is made; its name becomes theirs.
        say: takes one sentence about what was written.
        every_test_set: see `published_records`.

    Raises:
        ValueError: the folder holds records of something else.
    """
    store = RecordStore(folder.records)
    own = [record.trial for record in store.all() if ORIGIN not in record.versions]
    if own:
        raise ValueError(
            f"Published scores need a sweep of their own, but {folder.name!r} holds {len(own)} trials that were run. "
            "Choose another name."
        )
    records = published_records(folder.name, every_test_set=every_test_set)
    for record in records:
        store.write(record)
    n_scores = sum(len(record.scores) for record in records)
    say(f"{len(records)} published runs with {n_scores} scores written to {folder.records} ({SOURCE})")
    return records


def imported_config(name: str, records: Sequence[TrialRecord]) -> SweepConfig:
    """What imported records have in common, as the config of a sweep that was run elsewhere. It cannot be run: the
    languages of a random draw are another arm's with each seed.

    Raises:
        ValueError: they are not imported ones.
    """
    if not records or any(ORIGIN not in record.versions for record in records):
        raise ValueError(
            f"A sweep that was run here must have its config, but {name!r} has records alone. Put its `config.yaml` "
            "back beside `records/`."
        )
    arms = {r.arm: Arm(criterion=r.arm) if r.arm in (NONE, ALL_65) else Arm(published=r.criterion) for r in records}
    tasks = sorted({task for record in records for task in record.config["tasks"]})
    run = from_mapping(RunConfig, {**records[0].config, "tasks": tasks, "languages": [], "seed": 0})
    seeds = sorted({record.seed for record in records})
    return SweepConfig(
        name=name, description=f"Imported, not run here: {SOURCE}.", run=run, seeds=tuple(seeds),
        arms=tuple(replace(arm, name=arm_name) for arm_name, arm in arms.items()),
    )  # fmt: skip


def study_groups() -> dict[str, Group]:
    """The paper's groups of test languages, for `compare_all`; low- and high-resource as in the paper."""
    return {group: partial(_in_languages, languages=_both_tasks(group)) for group in GROUPS}


def study_noise(frame: pd.DataFrame, groups: Iterable[str] = GROUPS) -> dict[tuple[str, str], NoiseFloor]:
    """(task, group) -> noise floor of the published runs, from the strategies that repeat one set of languages.

    Args:
        frame: `score_frame(published_records())`.
    """
    repeated = sorted({arm_of(score.strategy) for score in published_scores() if is_repeated(score.strategy)})
    masks = study_groups()
    return {
        (task, group): noise_floor(frame, task=task, metric=metric, arms=repeated, group=masks[group])
        for task, metric in TASKS.items()
        for group in groups
    }


def against(
    reference: str = ALL_65,
    *,
    groups: Iterable[str] = ("all",),
    over: Over | None = None,
    margin: float | None = 0.01,
    shrink_noise: bool = True,
    correction: str = "holm",
) -> list[Comparison]:
    """Which strategies differ from the reference beyond noise: over seeds and families, corrected for all of them.

    Args:
        reference: an arm, see `arm_of`.
        groups: of `GROUPS`.
        over: see `compare`; "seeds" = what may be said of these very languages.
        margin: a fraction, of equivalence.
        shrink_noise: the noise between seeds is that of the two arms, shrunken towards that of all that repeat one set
            (`study_noise`); False = that of the four differences at hand.
        correction: see `compare_all`.
    """
    frame = score_frame(published_records())
    chosen = list(groups)
    masks = study_groups()
    return compare_all(
        frame, reference, TASKS, groups={group: masks[group] for group in chosen}, over=over, margin=margin,
        correction=correction,
        noises=study_noise(frame, chosen) if shrink_noise else None,
        own_noise=sorted({arm_of(score.strategy) for score in published_scores() if not is_repeated(score.strategy)}),
    )  # fmt: skip


def set_table(distances: DistanceMatrix) -> pd.DataFrame:
    """The 24 fixed sets of 5 to 40 languages with their properties and mean scores; index: strategy.

    Args:
        distances: of the 65 languages at least.

    Returns:
        the columns of `PROPERTIES` (`dispersion` is `dispersion_z` among random sets of the 65, `n_african` counts the
        pool `afri_only`), `HEADLINES`, and "nli/all", "pos/unseen" ...: fractions, means over seeds, NaN where the
        published files lack the task.
    """
    strategies = sorted({score.strategy for score in published_scores()} - {BASELINE})
    african = frozenset(published_subset("afri_only", 0))
    rows = {}
    for strategy in strategies:
        subset = PUBLISHED[strategy]
        if subset.languages is None or subset.aim == "pool" or subset.size > 40:
            continue
        rows[strategy] = {
            "n_languages": float(subset.size),
            "dispersion": dispersion_z(subset.languages, distances, REALIGNMENT_LANGUAGES),
            "n_african": float(len(african & set(subset.languages))),
            **{column: _mean(headline_means(column), strategy) for column in HEADLINES},
            **{f"{task}/{group}": _mean(published_means(task, group), strategy) for task in TASKS for group in GROUPS},
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def what_predicts_scores(
    distances: DistanceMatrix,
    outcomes: Iterable[str] = ("nli/all", "Americas10", "pos/all", "pos/unseen"),
    properties: Iterable[str] = tuple(PROPERTIES),
) -> pd.DataFrame:
    """`what_predicts` for several columns of `set_table`, one below the other, named in the column "outcome"."""
    table, names = set_table(distances), list(properties)
    parts = [what_predicts(table, outcome, names).assign(outcome=outcome) for outcome in outcomes]
    return pd.concat(parts, ignore_index=True)


def _mean(means: Mapping[tuple[str, int], float], strategy: str) -> float:
    values = [mean for (name, _), mean in means.items() if name == strategy]
    return fmean(values) if values else float("nan")


def _both_tasks(group: str) -> frozenset[str]:
    return frozenset(language for task in TASKS for language in group_languages(task, group))


def _in_languages(rows: pd.DataFrame, languages: frozenset[str]) -> "pd.Series":
    return rows["language"].isin(sorted(languages))


def _record(
    strategy: str, seed: int, scores: list[PublishedScore], main: frozenset[PublishedScore], name: str
) -> TrialRecord:
    arm, languages = arm_of(strategy), published_subset(strategy, seed)
    subset_seed = None if is_repeated(strategy) else seed
    label = {NONE: "none", ALL_65: "full"}.get(arm) or f"{strategy} k={len(languages)}"
    return TrialRecord(
        sweep=name, trial=f"{arm}-seed{seed}", arm=arm, label=label,
        criterion=arm if arm in (NONE, ALL_65) else strategy,
        languages=languages, subset_seed=subset_seed, seed=seed, status="finished",
        scores=tuple(_row(score, score in main) for score in scores),
        config=to_mapping(_protocol(tuple({score.task for score in scores}), languages, seed)),
        seen_languages=tuple(sorted(seen_by("xlmr"))), versions={ORIGIN: SOURCE},
    )  # fmt: skip


def _row(score: PublishedScore, is_main: bool) -> ScoreRow:
    return ScoreRow(
        task=score.task, metric=TASKS[score.task], language=score.language, split="test",
        n_correct=score.n_correct, n_total=score.n_total, source="" if is_main else score.test_set,
    )  # fmt: skip


def _protocol(tasks: tuple[str, ...], languages: tuple[str, ...], seed: int) -> RunConfig:
    """What the paper's code did, as far as the fields of this program can say it."""
    rate = 7.5e-6
    return RunConfig(
        encoder=EncoderConfig(provider="hub", name="xlm-roberta-base", seen="xlmr"),
        data=DataConfig(source="hub"),
        languages=languages,
        tasks=tuple(sorted(tasks)),
        realign=RealignConfig(n_steps=24_544, batch_size=16, learning_rate=rate, max_length=96, fidelity="reference"),
        finetune=FinetuneConfig(
            batch_size=32,
            learning_rate=rate,
            max_length=96,
            by_task={"nli": {"n_steps": 24_544}, "pos": {"n_steps": 3_405}},
        ),
        evaluate=EvaluateConfig(n_retrieval=0, max_length=128, by_task={"nli": {"max_length": 256}}),
        seed=seed,
    )
