"""Functions from trainings that were made: a table of every set of a small space, or a model fitted to scores.

A complete table is replayed as it is: the search is told development scores that a training of that very set had, and
judged by test scores. Where most sets were never trained, a Gaussian process fitted to those that were stands
in for them (its kernel sees how much sets overlap, nothing else), with made-up noise.
"""

import csv
import gzip
import importlib.resources
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np

from search_spaces.inventory import REALIGNMENT_LANGUAGES
from search_spaces.languages import Language, parse_language
from search_spaces.objectives.base import Floats, Objective
from search_spaces.published.scores import published_blackbox
from search_spaces.reading import DataError
from search_spaces.replay.black_box import BlackBox, NoisyFunction, SeededFunction, Trial
from search_spaces.searchers.gaussian_process import Data, SetPosterior
from search_spaces.searchers.set_kernel import SetKernel, indicators
from search_spaces.structured import finite_number, read_table
from search_spaces.subset_space import SubsetSpace
from search_spaces.writing import write_atomically

PUBLISHED_NOISE = {"pos": {5: 0.92, 10: 0.70, 20: 0.35}, "nli": {5: 1.13, 10: 1.04, 20: 0.80}}
"""Standard deviation between seeds over that between subsets, of the published scores, by task and size."""


LEAST_DIFFERENCE = 1e-9
"""Between the best set and an average one; less is rounding."""


@dataclass(frozen=True, kw_only=True)
class RecordedTrial:
    """One finished training.

    told, judged: scored language -> development and test score, fractions. duration, signals: see `Trial`.
    """

    languages: tuple[Language, ...]
    seed: int
    told: Mapping[Language, float]
    judged: Mapping[Language, float]
    duration: float
    signals: tuple[tuple[float, float], ...] = ()


class RecordedTable(BlackBox):
    """All sets of one size, each trained at least once.

    What a search is told is the mean development score over a half of the scored languages, drawn by `seed`; what a
    set is worth is the mean test score over all of them. One half alone would make every search end at the same set,
    whose luck on test data would then decide every comparison.

    Args:
        seed: of the half; None = all languages are told.
        told_seeds: training seeds whose scores are told, taken by trials in turn; none = any of the table.
        judged_seeds: training seeds whose mean is what a set is worth; none = all of the table.

    Raises:
        ValueError: sets of several sizes or not all of them, trials that were scored in different languages, or sets
            that were not trained with all of these seeds.
    """

    def __init__(
        self,
        trials: Sequence[RecordedTrial],
        seed: int | None = None,
        told_seeds: Sequence[int] = (),
        judged_seeds: Sequence[int] = (),
    ) -> None:
        sizes = {len(trial.languages) for trial in trials}
        pool = tuple(sorted({language for trial in trials for language in trial.languages}))
        if len(sizes) != 1:
            raise ValueError(f"A table for replay must hold sets of one size, but these are {sorted(sizes)}. Split it.")
        super().__init__(SubsetSpace(pool=pool, min_size=min(sizes), max_size=min(sizes)), unit="s")
        scored = sorted(trials[0].told)
        if any(sorted(scores) != scored for trial in trials for scores in (trial.told, trial.judged)):
            raise ValueError("All trials of a table for replay must have the same scored languages. Leave others out.")
        told = scored
        if seed is not None and len(scored) > 1:
            drawn = np.random.default_rng([seed, len(scored)]).choice(len(scored), len(scored) // 2, replace=False)
            told = [scored[i] for i in sorted(drawn.tolist())]
        there = {(trial.languages, trial.seed) for trial in trials}
        lacking = [
            (one, seed) for one in {trial.languages for trial in trials} for seed in (*told_seeds, *judged_seeds)
            if (one, seed) not in there
        ]  # fmt: skip
        if lacking:
            raise ValueError(
                "A table for replay must hold every set with each of the training seeds "
                f"{[*told_seeds, *judged_seeds]}, but lacks {len(lacking)} such trials. Run them, or give other seeds."
            )
        self.training_seeds = tuple(told_seeds)
        self._runs: dict[tuple[int, ...], dict[int, Trial]] = {}
        judged: dict[tuple[int, ...], list[float]] = {}
        for trial in trials:
            members = tuple(self.space.index(trial.languages).tolist())
            score = float(np.mean([trial.told[language] for language in told]))
            runs = self._runs.setdefault(members, {})
            runs[trial.seed if told_seeds else len(runs)] = Trial(score, trial.duration, trial.signals)
            if not judged_seeds or trial.seed in judged_seeds:
                judged.setdefault(members, []).append(float(np.mean(list(trial.judged.values()))))
        self._values = {members: float(np.mean(values)) for members, values in judged.items()}
        n_sets = comb(len(pool), min(sizes))
        if len(self._values) < n_sets:
            raise ValueError(
                f"A table for replay must hold all {n_sets} sets of {min(sizes)} of its {len(pool)} languages, but "
                f"holds {len(self._values)}. Run the others, or replay a model fitted to these."
            )
        _check_differs(self)

    def values(self, sets_BK: np.ndarray) -> Floats:
        return np.array([self._values[tuple(sorted(members))] for members in sets_BK.tolist()])

    @property
    def _sets(self) -> np.ndarray:
        return np.array(list(combinations(range(len(self.space.candidates)), self.space.min_size)))

    @property
    def best(self) -> float:
        return float(self.reference.max())

    def trial(self, members: Sequence[int], seed: int, training_seed: int | None = None) -> Trial:
        if len(members) != self.space.min_size:
            raise ValueError(
                f"A table of sets of {self.space.min_size} cannot say what sets of {len(members)} score. Replay "
                "a search without `screen`, or a made-up function."
            )
        runs = self._runs[tuple(sorted(members))]
        if self.training_seeds:
            return runs[self.training_seeds[0] if training_seed is None else training_seed]
        return runs[int(np.random.default_rng([seed, *sorted(members)]).integers(len(runs)))]


class Fitted(Objective):
    """The mean of a Gaussian process over sets of any size, fitted to scores.

    Args:
        seeds: of the trainings, in the order of `scores`: what one adds to all its scores is left out.
    """

    def __init__(
        self,
        pool: Sequence[Language],
        scores: Mapping[tuple[Language, ...], Sequence[float]],
        seeds: Mapping[tuple[Language, ...], Sequence[int]] | None = None,
    ) -> None:
        super().__init__(len(pool))
        self.pool = tuple(pool)
        sizes = [len(languages) for languages in scores]
        space = SubsetSpace(pool=tuple(pool), min_size=min(sizes), max_size=max(sizes))
        repeated = [
            (tuple(space.index(languages).tolist()), value) for languages, values in scores.items() for value in values
        ]
        of = [seed for languages in scores for seed in seeds[languages]] if seeds else None
        data = Data([members for members, _ in repeated], np.array([value for _, value in repeated]), of)
        self._posterior = SetPosterior.fitted(SetKernel.of(space), data)
        weights = self._posterior.weights
        self.noise = float(np.sqrt(weights.noise)) * weights.scale
        """Standard deviation of a score given its set, as the model found it."""

    @property
    def noise_variances(self) -> tuple[float, float, float]:
        """Of a training by itself, and of what its seed adds to sets by their languages and to all sets alike.

        Random sets differ by 1 in the overlap's distance on average, so what a seed adds to sets by their overlap is
        alike in them by exp(-rate).
        """
        weights = self._posterior.weights
        alike = float(np.exp(-weights.rates[0]))
        by_set = weights.by_seed_and_set
        found = (weights.noise, by_set * (1 - alike), weights.by_seed + by_set * alike)
        alone, by_language, to_all = (variance * weights.scale**2 for variance in found)
        return alone, by_language, to_all

    def values(self, sets_BK: np.ndarray) -> Floats:
        return self._posterior.mean_sd_of_rows(indicators(sets_BK.tolist(), self.n))[0]


def function_of(trials: Sequence[RecordedTrial], seed: int = 0) -> BlackBox:
    """The table itself where it holds all sets of its size, else a model fitted to the scores that were told, of the
    size that most of its sets have, with the noise that the model found.

    Args:
        seed: see `RecordedTable`.

    Raises:
        ValueError: fewer than two sets.
    """
    sizes = [len(trial.languages) for trial in trials]
    pool = tuple(sorted({language for trial in trials for language in trial.languages}))
    sets = {trial.languages for trial in trials}
    if len(sets) < 2:
        raise ValueError(f"A replay needs two sets or more, but the table holds {len(sets)}. Run more trials.")
    if len(set(sizes)) == 1 and len(sets) == comb(len(pool), sizes[0]):
        return RecordedTable(trials, seed)
    scores: dict[tuple[Language, ...], list[float]] = {}
    seeds: dict[tuple[Language, ...], list[int]] = {}
    for trial in trials:
        seeds.setdefault(trial.languages, []).append(trial.seed)
        scores.setdefault(trial.languages, []).append(float(np.mean(list(trial.told.values()))))
    space = SubsetSpace(pool=pool, min_size=max(sizes, key=sizes.count), max_size=max(sizes, key=sizes.count))
    model = Fitted(pool, scores, seeds)
    found = NoisyFunction(space, model, 0.0)
    _check_differs(found)
    found.noise = model.noise / found.spread
    return found


def _check_differs(box: BlackBox) -> None:
    if box.best - box.average < LEAST_DIFFERENCE:
        raise ValueError(
            f"A replay needs sets of different worth, but the {len(box.reference)} that were looked at are all worth "
            f"{box.average:g}. Replay other trials."
        )


def fitted(
    pool: Sequence[Language], scores: Mapping[tuple[Language, ...], Sequence[float]], size: int, noise: float
) -> NoisyFunction:
    """The sets of `size` languages of `pool`, worth what a model of these scores believes; noise as a share of the
    spread."""
    space = SubsetSpace(pool=tuple(pool), min_size=size, max_size=size)
    return NoisyFunction(space, Fitted(space.candidates, scores), noise)


@cache
def published(task: str, size: int) -> NoisyFunction:
    """A model of the paper's scores of one task ("pos" or "nli"), with the published noise of sets of that size."""
    scores: dict[tuple[Language, ...], list[float]] = {}
    for (languages, scored, _), value in published_blackbox().items():
        if scored == task:
            scores.setdefault(languages, []).append(value)
    return fitted(tuple(sorted(REALIGNMENT_LANGUAGES)), scores, size, PUBLISHED_NOISE[task][size])


STUDY_COLUMNS = ("languages", "seed", "retrieval", "pos")
"""Of `data/study_scores.csv`."""


@cache
def study_model(task: str) -> Fitted:
    """A model of the test scores ("retrieval" or "pos") of the published study's trainings, all sizes of sets."""
    path = Path(str(importlib.resources.files("search_spaces.data") / "study_scores.csv"))
    _, rows = read_table(path, STUDY_COLUMNS, "Scores of sets")
    scores: dict[tuple[Language, ...], list[float]] = {}
    seeds: dict[tuple[Language, ...], list[int]] = {}
    for row in rows:
        languages = tuple(map(parse_language, row.cells["languages"].split()))
        scores.setdefault(languages, []).append(finite_number(row.cells[task], f"{path}, line {row.line}"))
        seeds.setdefault(languages, []).append(int(row.cells["seed"]))
    return Fitted(tuple(sorted({language for languages in scores for language in languages})), scores, seeds)


def study(task: str, size: int, training_seeds: tuple[int, ...], seed: int) -> SeededFunction:
    """That model as a function of sets of `size` languages, with the noise that it found: of trainings, and of their
    seeds, as far as these add to all sets and to sets by their languages."""
    model = study_model(task)
    space = SubsetSpace(pool=model.pool, min_size=size, max_size=size)
    alone, by_language, to_all = model.noise_variances
    spread = NoisyFunction(space, model, 0.0).spread
    return SeededFunction(
        space, model, float(np.sqrt(alone + by_language)) / spread, by_language=by_language / (alone + by_language),
        offset=float(np.sqrt(to_all / (alone + by_language))), training_seeds=training_seeds, seed=seed,
    )  # fmt: skip


@cache
def packaged(name: str) -> tuple[RecordedTrial, ...]:
    """The trials of a table of the package: see `data/RECORDED.md`."""
    with importlib.resources.as_file(importlib.resources.files("search_spaces.data") / f"{name}.csv.gz") as path:
        return tuple(read_trials(path))


TOLD, JUDGED = "dev ", "test "
"""How the names of columns with scores begin; a language follows."""


def read_trials(path: Path) -> list[RecordedTrial]:
    """What `write_table` wrote.

    Raises:
        DataError: the file is not such a table; with the line.
    """
    header, rows = read_table(path, ["languages", "seed", "duration_s", "signals"], "A table to replay")
    told, judged = ({n.removeprefix(begins) for n in header if n.startswith(begins)} for begins in (TOLD, JUDGED))
    if not rows or not told or told != judged or len(header) != 4 + 2 * len(told):
        raise DataError(
            f"A table to replay must hold trials, with the development and the test score of each scored language and "
            f"no other columns, but {path} has {len(rows)} trials and the columns {', '.join(header)[:200]}."
        )
    trials = []
    for row in rows:
        cells, where = row.cells, f"{path}, line {row.line}"
        try:
            trials.append(
                RecordedTrial(
                    languages=tuple(map(parse_language, cells["languages"].split())), seed=int(cells["seed"]),
                    told=_scores(cells, TOLD, where), judged=_scores(cells, JUDGED, where),
                    duration=finite_number(cells["duration_s"], where, least=0.0),
                    signals=_signals(cells["signals"], where),
                )
            )  # fmt: skip
        except DataError:
            raise
        except ValueError as error:
            raise DataError(f"A row must be a trial that a sweep recorded, but {where} is not ({error}).") from None
    return trials


def write_table(trials: Iterable[RecordedTrial], path: Path) -> None:
    """A gzipped CSV, sorted, the same bytes for the same trials; scores to four digits."""
    listed = sorted(trials, key=lambda trial: (trial.languages, trial.seed))
    scored = sorted({language for trial in listed for language in trial.told})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [f"{begins}{language}" for begins in (TOLD, JUDGED) for language in scored]
    writer.writerow(("languages", "seed", "duration_s", "signals", *columns))
    for trial in listed:
        signals = " ".join(f"{at:.3f}:{value:.4f}" for at, value in trial.signals)
        scores = [f"{of[language]:.4f}" for of in (trial.told, trial.judged) for language in scored]
        writer.writerow((" ".join(trial.languages), trial.seed, f"{trial.duration:.2f}", signals, *scores))
    write_atomically(path, gzip.compress(text.getvalue().encode("utf-8"), mtime=0))


def _scores(cells: Mapping[str, str], begins: str, where: str) -> dict[Language, float]:
    return {
        parse_language(name.removeprefix(begins)): finite_number(cells[name], where, least=0.0)
        for name in cells
        if name.startswith(begins)
    }


def _signals(text: str, where: str) -> tuple[tuple[float, float], ...]:
    pairs = [piece.partition(":") for piece in text.split()]
    return tuple((finite_number(at, where, least=0.0), finite_number(value, where)) for at, _, value in pairs)
