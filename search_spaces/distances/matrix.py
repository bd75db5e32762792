"""DistanceMatrix: how far apart languages lie, in [0, 1]; the ways to get one from features, and to mix several.

What happens to missing values is an argument, because it changes the result: leaving them out, or refusing them.
`distance_sources.py` finds a matrix by its name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from search_spaces.distances.features import FeatureMatrix
from search_spaces.languages import Language

TOLERANCE = 1e-9
"""Rounding errors up to this size are no violation of symmetry, zero diagonal or range."""
BLOCK = 512
"""Rows compared at a time."""


@dataclass(frozen=True, eq=False)
class DistanceMatrix:
    """Distances between languages; rows and columns are put into the order of the sorted languages.

    Args:
        languages: L tags, each once, in the order of the rows.
        values: [L, L], symmetric, zero on the diagonal, within [0, 1], finite.

    Raises:
        ValueError: one of these does not hold.
    """

    languages: tuple[Language, ...]
    values: npt.NDArray[np.float64]
    _row_of: dict[Language, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _check(self.languages, self.values)
        order = sorted(range(len(self.languages)), key=lambda row: self.languages[row])
        in_order = order == list(range(len(order)))  # then thousands of languages are copied once less
        values = np.clip(self.values if in_order else self.values[np.ix_(order, order)], 0.0, 1.0)
        values.flags.writeable = False
        object.__setattr__(self, "languages", tuple(self.languages[row] for row in order))
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "_row_of", {language: row for row, language in enumerate(self.languages)})

    def between(self, a: Language, b: Language) -> float:
        """The distance of two languages. Raises ValueError when the matrix lacks one of them."""
        return float(self.block((a, b))[0, 1])

    def to(self, language: Language, others: Sequence[Language]) -> npt.NDArray[np.float64]:
        """[K] distances of one language to K others. Raises ValueError when the matrix lacks one of them."""
        row, *columns = self._rows([language, *others])
        return self.values[row, columns]

    def block(self, languages: Sequence[Language]) -> npt.NDArray[np.float64]:
        """[K, K] distances in the order of the K languages given. Raises ValueError when one of them is lacking."""
        rows = self._rows(languages)
        return self.values[np.ix_(rows, rows)]

    def _rows(self, languages: Sequence[Language]) -> list[int]:
        try:
            return [self._row_of[language] for language in languages]
        except KeyError:
            lacking = ", ".join(sorted(set(languages) - set(self._row_of)))
            raise ValueError(
                f"Every language must be among the {len(self._row_of)} of the distance matrix, but {lacking} is not. "
                "Leave it out, or compute distances that include it."
            ) from None


def angular(features: FeatureMatrix, missing: Literal["observed", "error"] = "observed") -> DistanceMatrix:
    """Angular distance (2 / pi) * arccos(cos(x_a, x_b)): 0 for parallel vectors, 1 for vectors that share nothing.

    The distance of URIEL (Littell et al. 2017) and URIEL+ (Khan et al. 2025). Features are not centred and must not be
    negative, so the cosine is not, and the distance stays within [0, 1].

    Args:
        features: values [L, F].
        missing: "observed" uses, for each pair, the features that have a value in both languages (with few of them the
            distance is coarse); "error" refuses a matrix with any missing value. Imputed values count as values.

    Raises:
        ValueError: negative values; missing values with "error"; pairs of languages (some are named) that share no
            feature with a value, or of which one is zero in all shared features, so that there is no angle.
    """
    present_LF = _present(features, missing)
    values_LF = np.where(present_LF, features.values, 0.0)
    if (values_LF < 0).any():
        raise ValueError(
            f"Features must not be negative, but the smallest is {values_LF.min()}. Rescale them to [0, 1]."
        )
    # squared_LL[a, b]: squared length of a over the features that b has too
    squared_LL = values_LF**2 @ present_LF.T.astype(np.float64)
    length_LL = squared_LL * squared_LL.T
    del squared_LL
    np.sqrt(length_LL, out=length_LL)
    undefined_LL = length_LL == 0
    _refuse_pairs(features.languages, undefined_LL, "To have an angle, two languages need a shared non-zero feature")
    length_LL[undefined_LL] = 1.0
    # from here on in place: a matrix of thousands of languages takes half a gigabyte
    distance_LL = values_LF @ values_LF.T
    np.divide(distance_LL, length_LL, out=distance_LL)
    del length_LL
    np.clip(distance_LL, 0.0, 1.0, out=distance_LL)
    np.arccos(distance_LL, out=distance_LL)
    distance_LL *= 2 / np.pi
    distance_LL = distance_LL + distance_LL.T
    distance_LL /= 2
    np.fill_diagonal(distance_LL, 0.0)
    return DistanceMatrix(features.languages, distance_LL)


def differing_share(features: FeatureMatrix, missing: Literal["observed", "error"] = "observed") -> DistanceMatrix:
    """Share of differing values among the features that both languages have: 0 all the same, 1 all different.

    Gower (1971, "A general coefficient of similarity and some of its properties", Biometrics 27, equation 1) with all
    features taken as categories; for binary ones the normalised Hamming distance. As in typdiv-sampling (Ploeger et al.
    2026) without its nan-Euclidean root, and a pair that shares no feature is refused, where theirs has distance 0.

    Args:
        features: values [L, F], each a category: 0.33 and 1 differ as much as 0 and 1.
        missing: as in `angular`.

    Raises:
        ValueError: missing values with "error", or pairs of languages (some are named) that share no feature.
    """
    present_LF = _present(features, missing)
    shared_LL = present_LF.astype(np.float64) @ present_LF.T.astype(np.float64)
    _refuse_pairs(features.languages, shared_LL == 0, "To be compared, two languages need a feature that both have")
    same_LL = np.zeros(shared_LL.shape)
    for value in np.unique(features.values[present_LF]):
        has_it_LF = (features.values == value).astype(np.float64)
        same_LL += has_it_LF @ has_it_LF.T
    distance_LL = 1.0 - same_LL / np.where(shared_LL > 0, shared_LL, 1.0)
    np.fill_diagonal(distance_LL, 0.0)
    return DistanceMatrix(features.languages, distance_LL)


def mix(parts: Sequence[tuple[float, DistanceMatrix]]) -> DistanceMatrix:
    """The mean of distances, weighted; the weights are scaled to sum to 1.

    The distances enter as they are: one that varies little (genetic: most pairs are 1) decides less than its weight.

    Raises:
        ValueError: nothing to mix, a weight that is not positive and finite, or matrices over different languages.
    """
    if not parts:
        raise ValueError("At least one distance is needed, but none is given. Name some.")
    weights = np.array([weight for weight, _ in parts], dtype=np.float64)
    if not (np.isfinite(weights) & (weights > 0)).all():
        raise ValueError(f"Weights of distances must be positive numbers, but are {weights.tolist()}. Correct them.")
    languages = parts[0][1].languages
    for _, matrix in parts:
        if strangers := sorted(set(matrix.languages) ^ set(languages)):
            raise ValueError(
                f"Distances can only be mixed over the same languages, but {', '.join(strangers[:5])} is not in all. "
                "Take submatrices first."
            )
    if len(parts) == 1:
        return parts[0][1]
    shares = weights / weights.sum()
    return DistanceMatrix(
        languages, sum(share * matrix.values for share, (_, matrix) in zip(shares, parts, strict=True))
    )


def _present(features: FeatureMatrix, missing: str) -> npt.NDArray[np.bool_]:
    if missing not in ("observed", "error"):
        raise ValueError(f"`missing` must be 'observed' or 'error', but is {missing!r}. Choose one.")
    present_LF = ~np.isnan(features.values)
    if missing == "error" and not present_LF.all():
        gaps = [tag for tag, row in zip(features.languages, present_LF, strict=True) if not row.all()]
        raise ValueError(
            f"With missing='error' every feature must have a value, but {len(gaps)} languages have gaps: "
            f"{', '.join(gaps[:5])}. Use missing='observed' or imputed features (of URIEL: 'knn')."
        )
    return present_LF


def _refuse_pairs(languages: tuple[Language, ...], undefined_LL: npt.NDArray[np.bool_], rule: str) -> None:
    pairs = [(languages[a], languages[b]) for a, b in np.argwhere(np.triu(undefined_LL, k=1))]
    if pairs:
        named = ", ".join(f"{a}-{b}" for a, b in pairs[:3])
        raise ValueError(
            f"{rule}, but {len(pairs)} pairs have none: {named}. "
            "Leave languages with few observed features out, or use imputed features (of URIEL: 'knn')."
        )


def _asymmetry(values: npt.NDArray[np.float64], start: int) -> float:
    """The largest difference of some rows and the same columns; of all at once it would take the matrix again."""
    rows = slice(start, start + BLOCK)
    return float(np.abs(values[rows, :] - values[:, rows].T).max(initial=0.0))


def _check(languages: tuple[Language, ...], values: npt.NDArray[np.float64]) -> None:
    n = len(languages)
    if len(set(languages)) < n:
        raise ValueError(
            f"Each language may occur once, but {n - len(set(languages))} of {n} are repeated. Drop the repetitions."
        )
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise ValueError(f"A distance matrix must be square, but has the shape {values.shape}. Give [L, L] values.")
    if values.shape[0] != n:
        raise ValueError(
            f"A distance matrix must have one row per language ({n}), but has {values.shape[0]} rows. Align the two."
        )
    if not np.isfinite(values).all():
        raise ValueError(
            f"Distances must be finite, but {int((~np.isfinite(values)).sum())} are not. Leave the languages out."
        )
    if max((_asymmetry(values, start) for start in range(0, n, BLOCK)), default=0.0) > TOLERANCE:
        a, b = np.unravel_index(np.abs(values - values.T).argmax(), values.shape)
        raise ValueError(
            f"Distances must be symmetric, but {languages[a]}-{languages[b]} is {values[a, b]} one way and "
            f"{values[b, a]} the other. Average both directions first."
        )
    if np.abs(np.diagonal(values)).max(initial=0.0) > TOLERANCE:
        worst = int(np.abs(np.diagonal(values)).argmax())
        raise ValueError(
            f"The distance of a language to itself must be 0, but is {values[worst, worst]} for {languages[worst]}. "
            "Set it."
        )
    if values.min(initial=0.0) < -TOLERANCE or values.max(initial=0.0) > 1 + TOLERANCE:
        raise ValueError(f"Distances must be in [0, 1], but range from {values.min()} to {values.max()}. Rescale them.")
