"""FeatureMatrix: typological features of languages, with a mask of what is really known.

Shapes: L languages, F features. The matrix is the hand-over between a source of features (`uriel.py`) and whatever
measures or imitates languages by them (`distances.py`, the synthetic world).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search_spaces.languages import Language


@dataclass(frozen=True, eq=False)
class FeatureMatrix:
    """Feature values of languages.

    Args:
        languages: L tags, each once.
        features: F names, each once.
        values: [L, F] float64, NaN where there is no value.
        known: [L, F] bool, True where the value was observed. A value that is not known but not NaN was imputed.

    Raises:
        ValueError: a wrong shape, a repeated name, an infinite value, or a known value that is NaN.
    """

    languages: tuple[Language, ...]
    features: tuple[str, ...]
    values: npt.NDArray[np.float64]
    known: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        shape = (len(self.languages), len(self.features))
        for name, array in (("values", self.values), ("known", self.known)):
            if array.shape != shape:
                raise ValueError(
                    f"`{name}` must have the shape {shape} (languages, features), but has {array.shape}. "
                    "Align it with the names."
                )
        for kind, names in (("language", self.languages), ("feature", self.features)):
            if len(set(names)) < len(names):
                twice = sorted({name for name in names if names.count(name) > 1})
                raise ValueError(
                    f"Each {kind} may occur once, but {', '.join(twice)} occurs again. Drop the repetition."
                )
        if np.isinf(self.values).any():
            raise ValueError(
                "Feature values must be finite or NaN (no value), but some are infinite. Clean them first."
            )
        if np.isnan(self.values[self.known]).any():
            raise ValueError("A known feature must have a value, but some are NaN. Set `known` to False there.")

    def row(self, language: Language) -> dict[str, float]:
        """The observed features of one language by name.

        Raises:
            ValueError: the matrix has no such language.
        """
        if language not in self.languages:
            raise ValueError(
                f"The language must be one of the {len(self.languages)} of this matrix, but is {language}. Load it too."
            )
        index = self.languages.index(language)
        return {
            name: float(value)
            for name, value, known in zip(self.features, self.values[index], self.known[index], strict=True)
            if known
        }
