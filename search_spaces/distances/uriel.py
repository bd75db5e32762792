"""The only reader of URIEL (Littell et al. 2017, "URIEL and lang2vec", EACL) in the files that lang2vec 1.1.2 installs.

The package is located, never imported: it needs `pkg_resources`, which recent setuptools no longer has. Which row
stands for which language is explicit (`uriel_code` of its `LanguageInfo`): a macrolanguage and its members differ.

Addressing, by `feature_set` and `source`:

    syntax (103), phonology (28), inventory (158), featural (all 289; names begin with S_, P_, INV_)
        "average"  mean over the sources that observed the feature; most languages have many gaps
        "knn"      URIEL's k-nearest-neighbours imputation, 0 or 1 without gaps; `known` is still that of "average"
        "wals", "sswl", "ethno", "phoible_aa" ...  one original source, 0 or 1 with gaps
    family (3718, one 0/1 feature per node of the family tree) and geography (299 distances to fixed points, in [0, 1])
        "average"  the single source there is; complete
"""

import importlib.metadata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from search_spaces.distances.features import FeatureMatrix
from search_spaces.inventory import language_info
from search_spaces.languages import Language
from search_spaces.registry import nearest_names

PREFIXES = {"syntax": ("S_",), "phonology": ("P_",), "inventory": ("INV_",), "featural": ("S_", "P_", "INV_")}
SINGLE_SOURCE_FILES = {"family": "family_features.npz", "geography": "geocoord_features.npz"}
FEATURE_SETS = (*PREFIXES, *SINGLE_SOURCE_FILES)

UNOBSERVED = -1.0


class UrielError(ValueError):
    """URIEL does not have what was asked for."""


def load_uriel(languages: Iterable[Language], feature_set: str, source: str = "average") -> FeatureMatrix:
    """Features of the languages, rows sorted by language. What can be asked for is in the module's docstring.

    Args:
        languages: at least one; repetitions are dropped.
        feature_set: "syntax", "phonology", "inventory", "featural", "family" or "geography".
        source: "average", "knn" or one of the original sources.

    Returns:
        values [L, F] in [0, 1], NaN where there is none; `known` [L, F], True where a source observed the feature.

    Raises:
        UrielError: lang2vec is not installed, or an unknown feature set or source, or languages (named, up to 20) that
            have no row, or whose row has no value at all in this feature set and source.
    """
    tags = tuple(sorted(set(languages)))
    if not tags:
        raise UrielError("At least one language is needed, but none is given. Name some.")
    if feature_set not in FEATURE_SETS:
        raise UrielError(
            f"The feature set must be one of {', '.join(FEATURE_SETS)}, but is {feature_set!r}. "
            f"Nearest: {nearest_names(feature_set, list(FEATURE_SETS))}."
        )
    return _load(tags, tuple(language_info(tag).uriel_code for tag in tags), feature_set, source)


def uriel_folder() -> Path:
    """The folder of lang2vec's data files.

    Raises:
        UrielError: lang2vec is not installed.
    """
    # By its metadata: it also puts a script `lang2vec.py` beside our command, which `find_spec` would meet first.
    try:
        folder = Path(str(importlib.metadata.distribution("lang2vec").locate_file("lang2vec/data")))
    except importlib.metadata.PackageNotFoundError:
        raise UrielError(
            "URIEL needs the data files of lang2vec, but the package is not installed. Run `pip install lang2vec`."
        ) from None
    return folder


@lru_cache(maxsize=len(PREFIXES))
def n_observed(feature_set: str = "featural") -> Mapping[str, int]:
    """URIEL's code -> how many features (of 289 "featural" ones) a source observed in this language."""
    with np.load(uriel_folder() / "feature_averages.npz") as archive:
        chosen = [name.startswith(PREFIXES[feature_set]) for name in archive["feats"].tolist()]
        counts = (archive["data"][:, chosen, 0] != UNOBSERVED).sum(axis=1)
        return dict(zip(archive["langs"].tolist(), counts.tolist(), strict=True))


@lru_cache(maxsize=8)
def _load(languages: tuple[Language, ...], rows: tuple[str, ...], feature_set: str, source: str) -> FeatureMatrix:
    if feature_set in SINGLE_SOURCE_FILES:
        if source != "average":
            raise UrielError(
                f"The source of {feature_set!r} must be 'average' (it has only one), but is {source!r}. Drop `source`."
            )
        features, values = _rows(languages, rows, SINGLE_SOURCE_FILES[feature_set], source)
        known = np.ones(values.shape, dtype=np.bool_)
    else:
        file = {"average": "feature_averages.npz", "knn": "feature_predictions.npz"}.get(source, "features.npz")
        features, values = _rows(languages, rows, file, source)
        known = ~np.isnan(_rows(languages, rows, "feature_averages.npz", "average")[1] if source == "knn" else values)
        chosen = np.array([name.startswith(PREFIXES[feature_set]) for name in features])
        features = [name for name, is_chosen in zip(features, chosen, strict=True) if is_chosen]
        values, known = values[:, chosen], known[:, chosen]
    _refuse_empty(languages, values, feature_set, source)
    values.flags.writeable = known.flags.writeable = False  # the matrix is shared by all callers
    return FeatureMatrix(languages, tuple(features), values, known)


def _rows(
    languages: tuple[Language, ...], rows: tuple[str, ...], file: str, source: str
) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Feature names, and values [L, F] with NaN for what is not observed."""
    with np.load(uriel_folder() / file) as archive:
        names, codes = archive["feats"].tolist(), archive["langs"].tolist()
        sources = [name.lower() for name in archive["sources"].tolist()]
        if len(sources) > 1 and source not in sources:
            raise UrielError(
                f"The source must be one of average, knn, {', '.join(sorted(sources))}, but is {source!r}. Choose one."
            )
        column = sources.index(source) if len(sources) > 1 else 0
        index = _row_numbers(languages, rows, codes)
        values = archive["data"][index, :, column].astype(np.float64)
    values[values == UNOBSERVED] = np.nan
    return names, values


def _row_numbers(languages: tuple[Language, ...], rows: tuple[str, ...], codes: list[str]) -> list[int]:
    number = {code: position for position, code in enumerate(codes)}
    absent = [tag for tag, row in zip(languages, rows, strict=True) if row not in number]
    if absent:
        raise UrielError(
            f"Every language must have a row in URIEL, but there is none for {_named(absent)}. "
            "It can be evaluated on; to choose by distance, leave it out, name a relative's row in the column `uriel` "
            "of a table of languages (`languages`), or bring distances of your own (`file:`, `features:`)."
        )
    return [number[row] for row in rows]


def _refuse_empty(
    languages: tuple[Language, ...], values: npt.NDArray[np.float64], feature_set: str, source: str
) -> None:
    empty = [tag for tag, row in zip(languages, values, strict=True) if np.isnan(row).all()]
    if empty:
        raise UrielError(
            f"Every language must have at least one {feature_set} feature observed in {source!r}, but none is for "
            f"{_named(empty)}. Leave it out, take imputed values ('knn'), "
            "or name another row in the column `uriel` of a table of languages (`languages`)."
        )


def _named(tags: list[Language]) -> str:
    shown = ", ".join(f"{tag} (row {language_info(tag).uriel_code!r})" for tag in tags[:20])
    return shown if len(tags) <= 20 else f"{shown} and {len(tags) - 20} more"
