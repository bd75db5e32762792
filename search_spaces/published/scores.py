"""The published per-seed scores of the paper (Nguyen et al. 2025), as facts, and the groups it averages them over.

XLM-R base, PoS (31 realigned sets) and NLI (32), four seeds each, with fine-tuning only ("baseline") beside them. The
counts are in `data/published_scores.csv.gz`, their source in `data/PUBLISHED_SCORES.md`. Nothing is trained here, so
`published_blackbox` lets a searcher be replayed on real scores.
"""

import csv
import gzip
import importlib.resources
from collections.abc import Iterable
from functools import cache
from statistics import fmean
from typing import NamedTuple

from search_spaces.inventory import INVENTORY, seen_by
from search_spaces.languages import ENGLISH, Language
from search_spaces.published.subsets import PUBLISHED

BASELINE = "baseline"
"""Fine-tuning only."""

FULL = "xt_afri"
"""The set of all 65 languages."""

KEPT = ("afrixnli", "masakhapos")
"""Where a language has two test sets, the paper's averages keep the one of these data sets and drop the other."""

HEADLINES = ("XNLI32", "Americas10", "POS54", "POS-unseen")
"""Columns of the paper's main table that these scores give; numbers count test sets. "POS-unseen" is bbj, pcm."""

GROUPS = ("all", "seen", "unseen", "low-resource", "high-resource")


class PublishedScore(NamedTuple):
    """One accuracy of one run on one test set.

    strategy: a name in `PUBLISHED`, or "baseline". task: "pos" or "nli". test_set: "udpos" (the treebanks of XTREME-R),
    "masakhapos", "xnli", "afrixnli", "americasnli", "indonli" or "myxnli". n_correct of n_total: words (pos), sentence
    pairs (nli).
    """

    strategy: str
    task: str
    seed: int
    test_set: str
    language: Language
    n_correct: int
    n_total: int

    @property
    def value(self) -> float:
        """The accuracy, in [0, 1]."""
        return self.n_correct / self.n_total


@cache
def published_scores() -> tuple[PublishedScore, ...]:
    """Every score, sorted by strategy, task, seed, test set and language."""
    path = importlib.resources.files("search_spaces.data") / "published_scores.csv.gz"
    rows = csv.DictReader(gzip.decompress(path.read_bytes()).decode("utf-8").splitlines())
    return tuple(
        PublishedScore(
            row["strategy"], row["task"], int(row["seed"]), row["test_set"], Language(row["language"]),
            int(row["n_correct"]), int(row["n_total"]),
        )
        for row in rows
    )  # fmt: skip


def counted(scores: Iterable[PublishedScore]) -> list[PublishedScore]:
    """The scores that the paper's averages count: one test set a language, see `KEPT`. English is among them."""
    listed = list(scores)
    kept = {(score.task, score.language) for score in listed if score.test_set in KEPT}
    return [score for score in listed if score.test_set in KEPT or (score.task, score.language) not in kept]


@cache
def group_languages(task: str, group: str) -> frozenset[Language]:
    """The test languages of "pos" or "nli" that are in one of `GROUPS`; never English.

    "seen" is by XLM-R. "low-resource" is the pool "<=2" of the 65 languages and every test language outside the 65,
    "high-resource" the rest: of NLI these are the paper's groups, of PoS the same rule.

    Raises:
        ValueError: no such task or group.
    """
    languages = {score.language for score in published_scores() if score.task == task} - {ENGLISH}
    if not languages:
        raise ValueError(f"The task of published scores must be 'pos' or 'nli', but is {task!r}. Choose one.")
    seen = seen_by("xlmr")
    low = {language for language in languages if INVENTORY[language].resource in ("<=2", "")}
    by_group = {
        "all": languages, "seen": languages & seen, "unseen": languages - seen,
        "low-resource": low, "high-resource": languages - low,
    }  # fmt: skip
    if group not in by_group:
        raise ValueError(f"A group of published scores must be one of {', '.join(GROUPS)}, but is {group!r}.")
    return frozenset(by_group[group])


def published_subset(strategy: str, seed: int) -> tuple[Language, ...]:
    """The sorted languages that the run of this seed realigned: a draw of its own where the name says random."""
    if strategy == BASELINE:
        return ()
    subset = PUBLISHED[strategy]
    return subset.draw(seed if subset.languages is None else None).languages


@cache
def published_means(
    task: str, group: str = "all", without: frozenset[str] = frozenset()
) -> dict[tuple[str, int], float]:
    """(strategy, seed) -> plain mean of the counted accuracies over the languages of a group, in [0, 1].

    Args:
        without: languages that do not count.
    """
    languages = group_languages(task, group) - without
    values: dict[tuple[str, int], list[float]] = {}
    for score in counted(score for score in published_scores() if score.task == task):
        if score.language in languages:
            values.setdefault((score.strategy, score.seed), []).append(score.value)
    return {key: fmean(found) for key, found in values.items()}


@cache
def headline_means(column: str) -> dict[tuple[str, int], float]:
    """(strategy, seed) -> one of `HEADLINES` as the paper averages it, in [0, 1]. XNLI32 and POS54 count English too.

    Raises:
        ValueError: no such column.
    """
    if column not in HEADLINES:
        raise ValueError(f"A headline must be one of {', '.join(HEADLINES)}, but is {column!r}. Choose one.")
    task = "pos" if column.startswith("POS") else "nli"
    values: dict[tuple[str, int], list[float]] = {}
    for score in counted(score for score in published_scores() if score.task == task):
        apart = score.test_set == "americasnli" or (task == "pos" and INVENTORY[score.language].resource == "")
        apart = apart and score.language != ENGLISH
        if apart == (column in ("Americas10", "POS-unseen")):
            values.setdefault((score.strategy, score.seed), []).append(score.value)
    return {key: fmean(found) for key, found in values.items()}


def published_blackbox(
    group: str = "all", without: frozenset[str] = frozenset()
) -> dict[tuple[tuple[Language, ...], str, int], float]:
    """(sorted languages, task, seed) -> mean accuracy over a group's test languages, for replay without training.

    The 28 fixed lists of NLI (27 of PoS, which lacks `least_family_en_10`) have four seeds each; the 16 random draws
    are sets of their own with one seed. Fine-tuning only is left out: it is no set; see `published_means`.

    Args:
        without: test languages that do not count.

    Raises:
        ValueError: no such group.
    """
    return {
        (published_subset(strategy, seed), task, seed): mean
        for task in ("pos", "nli")
        for (strategy, seed), mean in published_means(task, group, without).items()
        if strategy != BASELINE
    }
