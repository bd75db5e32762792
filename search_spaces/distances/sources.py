"""From a distance's text, as written in a sweep file or on the command line, to the matrix and what it rests on.

featural, syntactic, phonological, inventory    URIEL's features: angular distance, gaps imputed by URIEL's kNN
featural(missing=observed, measure=share)       missing: knn (default), observed, error; measure: angular, share
genetic, geographic, script                     see `genealogy.py`, `geography.py`, `scripts.py`
file:lab.csv                                    a square matrix, see `language_tables.py`
features:grambank.csv(measure=angular)          measure: share (default), angular; missing: observed (default), error
0.5*featural + 0.5*geographic                   the weighted mean; weights are scaled to sum to 1

The default is kNN because observed values do not reach: Tswana has 1 of 289 features, so that 32 of its 65 pairs with
the realignment languages and English have no angle.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from search_spaces.distances.features import FeatureMatrix
from search_spaces.distances.genealogy import genetic
from search_spaces.distances.geography import great_circle
from search_spaces.distances.matrix import DistanceMatrix, angular, differing_share, mix
from search_spaces.distances.scripts import script
from search_spaces.distances.tables import languages_in, read_distances, read_features
from search_spaces.distances.text import Term, parse_terms
from search_spaces.distances.uriel import load_uriel, n_observed
from search_spaces.further_languages import SCRIPT_NOT_KNOWN
from search_spaces.inventory import find_info, language_info
from search_spaces.languages import Language
from search_spaces.registry import Registry

POLICIES = {
    "knn": "missing values are imputed by URIEL's k nearest neighbours, which also decides where its sources disagree",
    "observed": "each pair is compared on the features that both languages have",
    "error": "a missing value is refused",
}


@dataclass(frozen=True, kw_only=True)
class LanguageRow:
    """What one language's distances rest on.

    `row`: what stands for it in the source. `is_alias`: that is another name than the language's own (in URIEL the row
    of its macrolanguage or of a variety; in a file any name but the tag). `observed_frac`, `imputed_frac`: shares of
    the features, in [0, 1]; the rest is missing; None where the source has no features.
    """

    language: Language
    row: str
    is_alias: bool = False
    observed_frac: float | None = None
    imputed_frac: float | None = None


@dataclass(frozen=True, kw_only=True)
class SourceReport:
    """What one source rests on: its text with the defaults filled in, its share of the mix, its policy in words."""

    source: str
    weight: float
    policy: str
    rows: tuple[LanguageRow, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Distances:
    """A matrix, the text that named it, and what it rests on: one report a source."""

    text: str
    matrix: DistanceMatrix
    reports: tuple[SourceReport, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """Features, the text that named them, and what they rest on; `matrix.known` tells observed from imputed ones."""

    text: str
    matrix: FeatureMatrix
    report: SourceReport


@dataclass(frozen=True, kw_only=True)
class Request:
    """One source, asked for: checked, with its defaults filled in."""

    languages: tuple[Language, ...]
    path: Path
    parameters: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Source:
    """One kind of source.

    Args:
        distances: request -> matrix, policy in words, rows.
        places: request -> those of its languages that it can place.
        features: request -> features, policy in words, rows; None where distances come from no features.
        reads_file: whether a path belongs to the text.
        parameters: name -> values that are allowed, the default first.
    """

    distances: Callable[[Request], tuple[DistanceMatrix, str, tuple[LanguageRow, ...]]]
    places: Callable[[Request], Iterable[Language]]
    features: Callable[[Request], tuple[FeatureMatrix, str, tuple[LanguageRow, ...]]] | None = None
    reads_file: bool = False
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def load_distances(text: str, languages: Iterable[Language], folder: Path = Path()) -> Distances:
    """The distances that a text names, over the languages, with a report of what they rest on.

    Args:
        text: see the docstring of this module.
        languages: the pool, the anchor and the targets; repetitions are dropped.
        folder: where relative paths of files start.

    Raises:
        ValueError: an unknown name, parameter or value, a file that is no such table, or languages that the source
            lacks or cannot compare.
    """
    tags, terms = _sorted(languages), parse_terms(text)
    total = sum(term.weight for term in terms)
    parts, reports = [], []
    for term in terms:
        matrix, policy, rows = SOURCES[term.name].distances(_request(term, tags, folder))
        parts.append((term.weight, matrix))
        reports.append(SourceReport(source=_shown(term), weight=term.weight / total, policy=policy, rows=rows))
    return Distances(text=text, matrix=mix(parts), reports=tuple(reports))


def can_be_placed(text: str, languages: Iterable[Language], folder: Path = Path()) -> frozenset[Language]:
    """Those of the languages that `load_distances` has something to go by: a row, a point, a script.

    With observed values, two of them may still share no feature. Args, Raises: as `load_distances`.
    """
    placed = frozenset(tag for tag in languages if find_info(tag))
    for term in parse_terms(text):
        if placed:
            placed &= frozenset(SOURCES[term.name].places(_request(term, tuple(sorted(placed)), folder)))
    return placed


def load_features(text: str, languages: Iterable[Language], folder: Path = Path()) -> Features:
    """The features behind one source: "syntactic(missing=observed)", "features:grambank.csv".

    Args, Raises: as `load_distances`; a mix, or a source without features, is refused too.
    """
    term = features_term(text)
    load = SOURCES[term.name].features
    assert load is not None
    features, policy, rows = load(_request(term, _sorted(languages), folder))
    return Features(
        text=text,
        matrix=features,
        report=SourceReport(source=_shown(term), weight=1.0, policy=policy, rows=rows),
    )


def features_term(text: str) -> Term:
    """The one source that a text of features names; no file is read.

    Raises:
        ValueError: a mix, a source without features, or an unknown name, parameter or value.
    """
    term, *others = parse_terms(text)
    if SOURCES[term.name].features is None or others:
        able = ", ".join(name for name, source in SOURCES.items() if source.features)
        raise ValueError(f"Features must be named by one of {able}, but the text is {text!r}. Choose one.")
    _request(term, (), Path())
    return term


def _sorted(languages: Iterable[Language]) -> tuple[Language, ...]:
    tags = tuple(sorted(set(languages)))
    if not tags:
        raise ValueError("At least one language is needed, but none is given. Name some.")
    return tags


def _request(term: Term, languages: tuple[Language, ...], folder: Path) -> Request:
    source = SOURCES[term.name]
    if source.reads_file != bool(term.path):
        form = f"{term.name}:table.csv" if source.reads_file else term.name
        raise ValueError(
            f"The distance {term.name!r} must be written {form!r}, but has the path {term.path!r}. Correct it."
        )
    for name, value in term.parameters.items():
        if name not in source.parameters:
            able = f"must be one of {', '.join(source.parameters)}" if source.parameters else "must be left out"
            raise ValueError(f"A parameter of {term.name!r} {able}, but is {name!r}. Correct it.")
        if value not in source.parameters[name]:
            raise ValueError(
                f"`{name}` of {term.name!r} must be one of {', '.join(source.parameters[name])}, but is {value!r}. "
                "Choose one."
            )
    return Request(languages=languages, path=folder / term.path, parameters=_filled(term))


def _filled(term: Term) -> dict[str, str]:
    defaults = {name: values[0] for name, values in SOURCES[term.name].parameters.items()}
    return {**defaults, **term.parameters}


def _shown(term: Term) -> str:
    brackets = ", ".join(f"{name}={value}" for name, value in _filled(term).items())
    return term.name + (f":{term.path}" if term.path else "") + (f"({brackets})" if brackets else "")


def _uriel_features(feature_set: str, request: Request) -> tuple[FeatureMatrix, str, tuple[LanguageRow, ...]]:
    missing = request.parameters["missing"]
    features = load_uriel(request.languages, feature_set, "knn" if missing == "knn" else "average")
    return features, POLICIES[missing], _feature_rows(features, _uriel_row)


def _file_features(request: Request) -> tuple[FeatureMatrix, str, tuple[LanguageRow, ...]]:
    table = read_features(request.path, request.languages)
    if request.parameters["measure"] == "angular" and table.categories:
        raise ValueError(
            f"{request.path}: angles need numbers in every feature, but {', '.join(table.categories[:3])} has texts. "
            "Use measure=share."
        )
    policy = POLICIES[request.parameters["missing"]] + _unread(table.unread)
    return table.matrix, policy, _feature_rows(table.matrix, lambda tag: (table.names[tag], table.names[tag] != tag))


def _from_features(
    load: Callable[[Request], tuple[FeatureMatrix, str, tuple[LanguageRow, ...]]], request: Request
) -> tuple[DistanceMatrix, str, tuple[LanguageRow, ...]]:
    features, policy, rows = load(request)
    measure = {"angular": angular, "share": differing_share}[request.parameters["measure"]]
    # "knn" leaves no gaps, so that "error" is what must hold
    return measure(features, "observed" if request.parameters["missing"] == "observed" else "error"), policy, rows


def _genetic(request: Request) -> tuple[DistanceMatrix, str, tuple[LanguageRow, ...]]:
    rows = []
    for tag in request.languages:
        row, is_alias = _uriel_row(tag)
        rows.append(LanguageRow(language=tag, row=row, is_alias=is_alias))
    return genetic(request.languages), "Glottolog's tree as URIEL holds it; an isolate is at 1 from all", tuple(rows)


def _geographic(request: Request) -> tuple[DistanceMatrix, str, tuple[LanguageRow, ...]]:
    matrix = great_circle(request.languages)
    infos = [language_info(tag) for tag in request.languages]
    points = [f"{info.latitude:.2f} {info.longitude:.2f}" for info in infos]
    rows = tuple(LanguageRow(language=tag, row=point) for tag, point in zip(request.languages, points, strict=True))
    return matrix, "one point a language (latitude, longitude), however widely spoken", rows


def _script(request: Request) -> tuple[DistanceMatrix, str, tuple[LanguageRow, ...]]:
    rows = tuple(LanguageRow(language=tag, row=language_info(tag).script) for tag in request.languages)
    return (
        script(request.languages),
        "the script in the language's tag; Japanese shares one of its three with Chinese",
        rows,
    )


def _file(request: Request) -> tuple[DistanceMatrix, str, tuple[LanguageRow, ...]]:
    table = read_distances(request.path, request.languages)
    rows = tuple(
        LanguageRow(language=tag, row=table.names[tag], is_alias=table.names[tag] != tag) for tag in request.languages
    )
    return table.matrix, "taken as they are; what was imputed is not known" + _unread(table.unread), rows


def _uriel_row(tag: Language) -> tuple[str, bool]:
    info = language_info(tag)
    return info.uriel_code, info.uriel_code != info.iso639_3


def _feature_rows(features: FeatureMatrix, row_of: Callable[[Language], tuple[str, bool]]) -> tuple[LanguageRow, ...]:
    observed_LF, present_LF = features.known, ~np.isnan(features.values)
    rows = []
    for index, tag in enumerate(features.languages):
        row, is_alias = row_of(tag)
        observed = float(observed_LF[index].mean())
        imputed = float((present_LF[index] & ~observed_LF[index]).mean())
        rows.append(LanguageRow(language=tag, row=row, is_alias=is_alias, observed_frac=observed, imputed_frac=imputed))
    return tuple(rows)


def _unread(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    return f"; {len(names)} rows of languages that are not known here are left out ({', '.join(names[:5])} ...)"


def _with_uriel_row(feature_set: str, request: Request) -> Iterable[Language]:
    least = 0 if request.parameters.get("missing", "knn") == "knn" else 1
    counts = n_observed(feature_set)
    return (tag for tag in request.languages if counts.get(language_info(tag).uriel_code, -1) >= least)


def _with_place(request: Request) -> Iterable[Language]:
    return (tag for tag in request.languages if not np.isnan(language_info(tag).latitude))


def _with_script(request: Request) -> Iterable[Language]:
    return (tag for tag in request.languages if language_info(tag).script != SCRIPT_NOT_KNOWN)


def _in_file(request: Request) -> Iterable[Language]:
    return languages_in(request.path) & set(request.languages)


def _uriel_source(feature_set: str) -> Source:
    load = partial(_uriel_features, feature_set)
    parameters = {"missing": ("knn", "observed", "error"), "measure": ("angular", "share")}
    places = partial(_with_uriel_row, feature_set)
    return Source(distances=partial(_from_features, load), places=places, features=load, parameters=parameters)


SOURCES: Registry[Source] = Registry(
    "distance",
    {
        "featural": _uriel_source("featural"),
        "syntactic": _uriel_source("syntax"),
        "phonological": _uriel_source("phonology"),
        "inventory": _uriel_source("inventory"),
        "genetic": Source(distances=_genetic, places=partial(_with_uriel_row, "featural")),
        "geographic": Source(distances=_geographic, places=_with_place),
        "script": Source(distances=_script, places=_with_script),
        "file": Source(distances=_file, places=_in_file, reads_file=True),
        "features": Source(
            distances=partial(_from_features, _file_features),
            places=_in_file,
            features=_file_features,
            reads_file=True,
            parameters={"missing": ("observed", "error"), "measure": ("share", "angular")},
        ),
    },
)
"""Name in the text -> source."""
