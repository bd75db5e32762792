"""What realignment gave each language: the score of a trial minus that of fine-tuning only, with the same seed."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from search_spaces.distances.sources import can_be_placed, load_distances
from search_spaces.inventory import INVENTORY
from search_spaces.languages import Language
from sweep.reports.results import SweepResults
from sweep.scores.leaderboard import seed_interval

MIN_SEEDS_FOR_INTERVAL = 4
"""Student's interval of fewer seeds is several times wider than what was seen: the range is shown instead."""


UNPAIRED = "Searched trials whose seed the arm without realignment lacks are compared with its mean over its own seeds."
"""What a caption says where some gains are not `paired`."""


def trial_gains(results: SweepResults) -> pd.DataFrame:
    """One row a trial, task and language that the arm without realignment has in the same seed; English left out.

    Trials by which a search chose take seeds in turn: where the arm without realignment lacks theirs, its mean over its
    own seeds takes the place. Of a searched set that was repeated, without the trial that it was chosen by.

    Returns:
        trial, arm, task, seed, language, gain (a fraction), paired (whether both have the seed).

    Raises:
        ValueError: there is no arm without realignment, it has two trials of a seed, or shares no seed with another.
    """
    name = f" of {results.name}" if results.beside_others else ""
    if results.baseline is None:
        raise ValueError(f"No gains{name} can be shown: there is no arm without realignment (`none`).")
    if results.baseline not in results.paired_arms:
        raise ValueError(f"No gains{name} can be shown: the arm without realignment has two trials of one seed.")
    key = ["task", "seed", "language"]
    test = results.test[results.test["task"].isin(results.tasks)]
    base = test[test["arm"] == results.baseline].set_index(key)["value"].rename("base")
    rows = test[test["n_languages"] > 0].join(base, on=key)
    usual = base.groupby(["task", "language"]).mean().rename("usual")
    rows = rows.join(usual, on=["task", "language"]).assign(paired=rows["base"].notna())
    searched = rows["trial"].isin(results.choosing) & ~rows["seed"].isin(set(base.index.get_level_values("seed")))
    rows.loc[searched, "base"] = rows.loc[searched, "usual"]
    rows = rows[rows["base"].notna()]
    if rows.empty:
        raise ValueError(f"No gains{name} can be shown: no arm shares a seed with the one without realignment.")
    rows = results.fairest(rows)
    return rows.assign(gain=rows["value"] - rows["base"])[["trial", "arm", *key, "gain", "paired"]].reset_index(
        drop=True
    )


def language_gains(gains: pd.DataFrame, arm: str, task: str) -> pd.DataFrame:
    """One row a language, by rising gain: mean over seeds, [low, high] and n_seeds.

    [low, high] is Student's 95 % interval from `MIN_SEEDS_FOR_INTERVAL` seeds on, the range of fewer seeds, and NaN for
    one seed.

    Args:
        gains: see `trial_gains`.
    """
    own = gains[(gains["arm"] == arm) & (gains["task"] == task)]
    rows = []
    for language, values in own.groupby("language")["gain"]:
        low, high = (float("nan"),) * 2
        if len(values) >= MIN_SEEDS_FOR_INTERVAL:
            low, high = seed_interval(values)
        elif len(values) > 1:
            low, high = float(values.min()), float(values.max())
        rows.append((str(language), float(values.mean()), low, high, len(values)))
    table = pd.DataFrame(rows, columns=["language", "gain", "low", "high", "n_seeds"])
    return table.sort_values(["gain", "language"], ignore_index=True)


def gains_by_distance(results: SweepResults, distance: str) -> pd.DataFrame:
    """One row an arm, task and language: the distance to the nearest language that the trial realigned, and the gain.

    Args:
        distance: see `distance_sources`.

    Returns:
        arm, task, language, distance (0 = realigned itself), gain: means over the arm's n_seeds trials.

    Raises:
        ValueError: see `trial_gains`; or a distance that a language lacks.
    """
    gains = trial_gains(results)
    subsets = {record.trial: record.languages for record in results.finished if record.languages}
    realigned = {language for subset in subsets.values() for language in subset}
    placed = placed_languages(distance, {*gains["language"], *realigned})
    gains = gains[gains["language"].isin(sorted(placed))]
    targets = [Language(language) for language in sorted(set(gains["language"]))]
    pool = [Language(language) for language in sorted(realigned & placed)]
    matrix = load_distances(distance, {*targets, *pool}).matrix
    block_TP = matrix.block([*targets, *pool])[: len(targets), len(targets) :]
    column: dict[str, int] = {language: i for i, language in enumerate(pool)}
    parts = []
    for trial, own in gains.groupby("trial"):
        chosen = [column[language] for language in subsets[str(trial)] if language in column]
        if chosen:
            nearest = dict(zip(targets, block_TP[:, chosen].min(axis=1), strict=True))
            parts.append(own.assign(distance=own["language"].map(nearest).astype(float)))
    if not parts:
        raise ValueError("No distances can be shown: none of the realigned languages is known.")
    table = pd.concat(parts, ignore_index=True)
    of_language = table.groupby(["arm", "task", "language"], as_index=False)
    return of_language.agg(distance=("distance", "mean"), gain=("gain", "mean"), n_seeds=("trial", "nunique"))


def placed_languages(distance: str, tags: Iterable[str]) -> frozenset[Language]:
    """The languages to lay distances between: of those beyond the inventory only the ones that can be placed."""
    languages = {Language(tag) for tag in tags}
    known = languages & INVENTORY.keys()
    return frozenset(known | can_be_placed(distance, languages - known))


def binned(table: pd.DataFrame, n_bins: int = 5) -> pd.DataFrame:
    """Mean gain by distance: one bin for distance 0, then bins of equally many points; each language counts once a bin.

    Args:
        table: of one task, see `gains_by_distance`.

    Returns:
        distance and gain (means over the bin's languages), low, high (Student's 95 % interval over them; NaN for one),
        n_languages.
    """
    apart = table["distance"] > 0
    number = pd.Series(-1, index=table.index)
    if apart.any():
        ranks = table.loc[apart, "distance"].rank(method="average")
        number[apart] = np.minimum((ranks - 0.5) / len(ranks) * n_bins, n_bins - 1).astype(int)
    rows = []
    for _, part in table.groupby(number):
        by_language = part.groupby("language")["gain"].mean()
        low, high = seed_interval(by_language)
        rows.append((float(part["distance"].mean()), float(by_language.mean()), low, high, len(by_language)))
    return pd.DataFrame(rows, columns=["distance", "gain", "low", "high", "n_languages"])
