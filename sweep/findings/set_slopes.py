"""What it is about a set that goes with its scores: diversity, nearness to the tested languages, newness or script.

Sets differ in all of these at once, so each slope stands beside the others (`sweep.statistics.predictors`), and sets
that hold one fixed while another varies are what tells them apart. Two populations are meant, and each has its own
figure: these sets, other seeds and other languages like these (an interval over seeds and families); other sets (a
p-value by permuting sets).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.distances.sources import can_be_placed, load_distances
from search_spaces.languages import ENGLISH, Language
from sweep.records.records import TrialRecord
from sweep.scores.frame import language_frame
from sweep.scores.groups import in_group
from sweep.statistics.confidence import Confidence, Part, confidence
from sweep.statistics.kinship import families_of
from sweep.statistics.paired import Floats, TooFewError
from sweep.statistics.predictors import beside_others
from sweep.statistics.rank_correlation import retest

MIN_SETS = 10
DISPERSION, NEARNESS, NEWNESS, SCRIPT = "dispersion", "nearness", "newness", "script"
PROPERTIES: Mapping[str, str] = {
    DISPERSION: "dispersion: mean featural distance between two of its languages",
    NEARNESS: "nearness: 1 - genetic distance of a tested language to its closest relative in the set, mean over them",
    NEWNESS: "newness: share of its languages that the encoder was not pre-trained on",
    SCRIPT: "script: share of its languages that are written as English is",
}
GROUPS = ("all", "seen", "unseen")
ENGLISH_SCRIPT = ENGLISH.removeprefix("eng")  # the end of a tag


@dataclass(frozen=True, kw_only=True)
class Slope:
    """How a score goes with one property, beside the other properties.

    size: of the sets; n_sets: of them. deviation: one standard deviation of the property over the sets.
    confidence: of the change of the score with one such deviation, over seeds and families of tested languages.
    p_sets: two-sided, by permuting sets. explained: share of the property that the others explain.
    retest: mean rank correlation of the sets' scores between two seeds.
    """

    task: str
    group: str
    property: str
    size: int
    n_sets: int
    n_languages: int
    n_seeds: int
    deviation: float
    confidence: Confidence
    p_sets: float
    explained: float
    retest: float | None


def set_slopes(
    records: Sequence[TrialRecord],
    groups: Sequence[str] = GROUPS,
    more: Mapping[str, Mapping[Language, float]] | None = None,
) -> list[Slope]:
    """Of the planned arms with one number of languages, the size that most of them have; none for fewer than
    MIN_SETS different sets that share two seeds.

    Searched sets are left out: their search chose them by scores. Properties that do not vary are left out, too.

    Args:
        more: further properties: name -> language of the sets -> value; a set has the mean over its languages.
    """
    arms = fixed_sets(records)
    sizes = [len(languages) for languages in arms.values()]
    if not sizes:
        return []
    size = max(sorted(set(sizes)), key=sizes.count)
    arms = {arm: languages for arm, languages in arms.items() if len(languages) == size}
    planned = [record for record in records if record.arm in arms and record.finished and record.number is None]
    of_arm = seeds_of_arms(planned)
    seeds = set.intersection(*(of_arm[arm] for arm in arms))
    if len(arms) < MIN_SETS or len(seeds) < 2:
        return []
    seen = planned[0].seen_languages
    frame = language_frame([record for record in planned if record.seed in seeds])
    found, known = [], dict[tuple[Language, ...], pd.DataFrame]()
    for (task, _), rows in frame.groupby(["task", "metric"], sort=False):
        tested = tuple(sorted({Language(tag) for tag in in_group(rows, "all")["language"].unique()}))
        if tested not in known:
            known[tested] = set_properties(arms, tested, seen)
        properties = known[tested].copy()
        for name, of_language in (more or {}).items():
            properties[name] = [float(np.mean([of_language[tag] for tag in arms[arm]])) for arm in properties.index]
        for group in groups:
            found += _slopes(in_group(rows, group), properties, str(task), group, size)
    return found


def set_properties(
    arms: Mapping[str, Sequence[Language]], tested: Sequence[Language], seen: Sequence[str] | None
) -> pd.DataFrame:
    """PROPERTIES of sets, those that are known and vary; index: arm.

    Args:
        arms: arm -> languages, two at least. tested: the languages that nearness is about.
        seen: what the encoder was pre-trained on; None = not known.
    """
    featural = _matrix("featural", {tag for languages in arms.values() for tag in languages})
    genetic = _matrix("genetic", {*tested, *(tag for languages in arms.values() for tag in languages)})
    rows = {}
    for arm, languages in arms.items():
        row: dict[str, float] = {}
        if set(languages) <= set(featural.languages):
            inside, n = featural.block(sorted(languages)), len(languages)
            row[DISPERSION] = float(inside.sum()) / (n * (n - 1))
        row[NEARNESS] = _nearness(genetic, languages, tested)
        if seen is not None:
            row[NEWNESS] = sum(tag not in seen for tag in languages) / len(languages)
        row[SCRIPT] = sum(tag.endswith(ENGLISH_SCRIPT) for tag in languages) / len(languages)
        rows[arm] = row
    table = pd.DataFrame.from_dict(rows, orient="index").dropna(axis=1)
    return table[[name for name in PROPERTIES if name in table and table[name].nunique() > 1]]


def _nearness(genetic: DistanceMatrix, languages: Sequence[Language], tested: Sequence[Language]) -> float:
    position = {language: i for i, language in enumerate(genetic.languages)}
    rows = [position[tag] for tag in tested if tag in position]
    columns = [position[tag] for tag in languages if tag in position]
    return float(1 - genetic.values[np.ix_(rows, columns)].min(axis=1).mean()) if rows and columns else float("nan")


def _matrix(distance: str, languages: set[Language]) -> DistanceMatrix:
    return load_distances(distance, can_be_placed(distance, sorted(languages))).matrix


def fixed_sets(records: Sequence[TrialRecord]) -> dict[str, tuple[Language, ...]]:
    """Arm -> languages, of the planned arms that realign on two or more and on the same ones with every seed."""
    sets: dict[str, set[tuple[Language, ...]]] = {}
    for record in records:
        if record.finished and record.number is None and len(record.languages) > 1:
            sets.setdefault(record.arm, set()).add(tuple(sorted(map(Language, record.languages))))
    return {arm: next(iter(found)) for arm, found in sorted(sets.items()) if len(found) == 1}


def seeds_of_arms(records: Sequence[TrialRecord]) -> dict[str, set[int]]:
    """Arm -> its seeds."""
    seeds: dict[str, set[int]] = {}
    for record in records:
        seeds.setdefault(record.arm, set()).add(record.seed)
    return seeds


def _slopes(rows: pd.DataFrame, properties: pd.DataFrame, task: str, group: str, size: int) -> list[Slope]:
    arms, names = list(properties.index), list(properties.columns)
    rows = rows[rows["arm"].isin(arms) & (rows["language"] != ENGLISH)]
    seeds, tested, scores_SAL = _cube(rows, arms)
    complete = np.asarray((~np.isnan(scores_SAL)).all(axis=(0, 1)))
    languages = [tag for tag, whole in zip(tested, complete, strict=True) if whole]
    varies = (np.nanmax(scores_SAL, axis=1, initial=0.0) > np.nanmin(scores_SAL, axis=1, initial=1.0)).any()
    if not languages or len(arms) < len(names) + 3 or not varies:
        return []  # what is measured before realignment is the same for all sets
    X = properties.to_numpy(dtype=float)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    if np.linalg.matrix_rank(X) < len(names):
        return []
    Y = np.ascontiguousarray(scores_SAL[:, :, complete])  # sums in one order whatever the scores are: ranks feel them
    slopes: Floats = np.einsum("pa,sal->psl", np.linalg.pinv(X), Y - Y.mean(axis=1, keepdims=True))
    noise, df = _noise_of_trials(Y.mean(axis=2))
    noises = [Part(noise * share / len(seeds), df) for share in np.diag(np.linalg.inv(X.T @ X))]
    over_sets = beside_others(X, Y.mean(axis=(0, 2)))
    families = families_of(languages)
    found = []
    for name, slope, of_seeds, own in zip(names, slopes, noises, over_sets, strict=True):
        try:
            sure = confidence(slope, families=families, noise=of_seeds)
        except TooFewError:
            continue
        found.append(
            Slope(
                task=task, group=group, property=name, size=size, n_sets=len(arms), n_languages=len(languages),
                n_seeds=len(seeds), deviation=float(properties[name].std(ddof=0)), confidence=sure,
                p_sets=own.p, explained=own.explained, retest=retest(Y.mean(axis=2)),
            )
        )  # fmt: skip
    return found


def _noise_of_trials(means_SA: Floats) -> tuple[float, float]:
    """Variance of a trial's mean score that neither its seed nor its set explains, and its degrees of freedom.

    Args:
        means_SA: [seeds, sets]. What a seed adds to all sets moves no slope.
    """
    rest = means_SA - means_SA.mean(axis=1, keepdims=True) - means_SA.mean(axis=0) + means_SA.mean()
    df = (means_SA.shape[0] - 1) * (means_SA.shape[1] - 1)
    return float((rest**2).sum()) / df, float(df)


def _cube(rows: pd.DataFrame, arms: Sequence[str]) -> tuple[list[int], list[str], Floats]:
    """Seeds, languages, and the scores [seeds, arms, languages], NaN where there is none."""
    (seed, seeds), (language, languages) = (pd.factorize(rows[name], sort=True) for name in ("seed", "language"))
    arm = pd.Index(arms).get_indexer(rows["arm"])
    shape = len(seeds), len(arms), len(languages)
    cell = np.ravel_multi_index((seed, arm, language), shape) if len(rows) else np.array([], dtype=np.int64)
    counts = np.bincount(cell, minlength=int(np.prod(shape)))
    sums = np.bincount(cell, weights=rows["value"].to_numpy(dtype=float), minlength=len(counts))
    scores = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return list(seeds), list(languages), scores.reshape(shape)
