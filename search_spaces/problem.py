"""SelectionProblem: everything a criterion may look at when it judges sets of languages.

Which sets may be chosen, the distances the user named, features, facts in columns, the languages that the choice is
meant to serve (targets) and the anchor that belongs to every set without being chosen or counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from search_spaces.columns import COLUMNS
from search_spaces.distances.features import FeatureMatrix
from search_spaces.distances.matrix import DistanceMatrix
from search_spaces.languages import ENGLISH, Language
from search_spaces.objectives.base import Floats, Ints, Objective
from search_spaces.solvers.sampling import random_sets
from search_spaces.subset_space import SubsetSpace

N_REFERENCE = 1_000
REFERENCE_SEED = 0


class FeaturesWhenRead:
    """The field `features`: given as a matrix, or as a function that loads it, which is called when it is first read.

    So a language without features is in nobody's way where nothing reads them.
    """

    def __get__(self, problem: "SelectionProblem | None", owner: type | None = None) -> FeatureMatrix | None:
        if problem is None:
            return None  # the field's default
        given: FeatureMatrix | Callable[[], FeatureMatrix] | None = vars(problem)["_features"]
        if callable(given):
            given = vars(problem)["_features"] = given()
        return given

    def __set__(self, problem: "SelectionProblem", given: FeatureMatrix | Callable[[], FeatureMatrix] | None) -> None:
        vars(problem)["_features"] = given


@dataclass(frozen=True, kw_only=True, eq=False)
class SelectionProblem:
    """What is given when a subset is to be chosen.

    Args:
        space: the sets that may be chosen.
        distances: the ones that distance-based criteria read; must cover the pool, the anchor and the targets.
        features: the ones that feature statistics read, or a function that loads them; must cover the pool.
        columns: facts by column name and language ("family", "script", "area" ...), see `columns.py`.
        anchor: a language in every set that is neither chosen nor counted (English: one side of every pair); or None.
        targets: languages the choice should serve, at least one; None = the pool.
        target_weights: how much each target counts, at least 0 and not 0 for all; 1 where none is given.

    Raises:
        ValueError: the anchor is in the pool, there is no target, or a weight makes no sense.
    """

    space: SubsetSpace
    distances: DistanceMatrix | None = None
    features: FeaturesWhenRead = FeaturesWhenRead()
    columns: Mapping[str, Mapping[Language, str]] = field(default_factory=lambda: COLUMNS)
    anchor: Language | None = ENGLISH
    targets: Sequence[Language] | None = None
    target_weights: Mapping[Language, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.anchor in set(self.space.pool):
            raise ValueError(
                f"The anchor must not be in the pool (it belongs to every subset), but {self.anchor} is. "
                "Take it out of the pool, or give `anchor=None`."
            )
        if not self.aims:
            raise ValueError("There must be a target, but `targets` is empty. Give a language, or None for the pool.")
        for language, weight in self.target_weights.items():
            if not 0 <= weight < np.inf:
                raise ValueError(
                    f"A target's weight must be a finite number of at least 0, but {language} has {weight}. Correct it."
                )
        if not any(self.target_weights.get(language, 1.0) for language in self.aims):
            raise ValueError("A target must weigh more than 0, but all weigh 0. Raise one of `target_weights`.")

    @property
    def candidates(self) -> tuple[Language, ...]:
        """Candidate i of every objective bound to this problem."""
        return self.space.candidates

    @cached_property
    def aims(self) -> tuple[Language, ...]:
        """The targets, sorted; the whole pool (forbidden languages too: they are served all the same) when None."""
        return tuple(sorted(set(self.space.pool if self.targets is None else self.targets)))

    @cached_property
    def reference(self) -> tuple[Ints, ...]:
        """Random feasible sets, always the same ones: what "an average set" means for scales and percentiles."""
        return random_sets(self.space, N_REFERENCE, np.random.default_rng(REFERENCE_SEED))

    def reference_values(self, objective: Objective) -> Floats:
        """The values [N_REFERENCE] of an objective for the sets of `reference`."""
        sizes = np.array([len(members) for members in self.reference])
        values = np.empty(len(sizes))
        for size in np.unique(sizes):
            rows = np.flatnonzero(sizes == size)
            values[rows] = objective.values(np.array([self.reference[row] for row in rows]))
        return values

    def pair_distances(self, criterion: str) -> Floats:
        """[n, n] distances between candidates. Raises ValueError when there are none."""
        return self._need_distances(criterion).block(self.candidates)

    def anchor_distances(self, criterion: str) -> Floats | None:
        """[n] distances of the candidates to the anchor; None without an anchor."""
        if self.anchor is None:
            return None
        return self._need_distances(criterion).block([self.anchor, *self.candidates])[0, 1:]

    def target_distances(self, criterion: str) -> tuple[Floats, Floats | None, Floats]:
        """([T, n] distances of targets to candidates, [T] to the anchor or None, [T] weights that sum to 1)."""
        matrix, aims = self._need_distances(criterion), self.aims
        tail = [] if self.anchor is None else [self.anchor]
        everyone = sorted({*aims, *self.candidates, *tail})
        row = {language: i for i, language in enumerate(everyone)}
        block = matrix.block(everyone)
        aim_rows = [row[language] for language in aims]
        to_candidates = block[np.ix_(aim_rows, [row[language] for language in self.candidates])]
        to_anchor = None if self.anchor is None else block[aim_rows, row[self.anchor]]
        weights = np.array([self.target_weights.get(language, 1.0) for language in aims], dtype=np.float64)
        return to_candidates, to_anchor, weights / weights.sum()

    def labels(self, column: str) -> tuple[str, ...]:
        """The candidates' values in a column.

        Raises:
            ValueError: no such column, or candidates without a value in it.
        """
        if column not in self.columns:
            raise ValueError(
                f"The column must be one of {', '.join(sorted(self.columns))}, but is {column!r}. "
                "Add it with a facts table."
            )
        values = self.columns[column]
        if gaps := [tag for tag in self.candidates if not values.get(tag)]:
            raise ValueError(
                f"Every language of the pool needs a value in {column!r}, but {len(gaps)} have none: "
                f"{', '.join(gaps[:5])}. Fill them in, or forbid these languages."
            )
        return tuple(values[tag] for tag in self.candidates)

    def _need_distances(self, criterion: str) -> DistanceMatrix:
        if self.distances is None:
            raise ValueError(
                f"The criterion {criterion!r} needs distances, but got none. "
                "Pass `distances`, for example `load_distances('featural', languages)`."
            )
        return self.distances
