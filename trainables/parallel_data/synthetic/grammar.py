"""The grammar of a language: a dozen and a half switches, each read from the language's own URIEL syntax features.

The features are the averages over URIEL's sources (Littell et al. 2017, "URIEL and lang2vec", EACL). Where a switch's
features are unknown for a language it gets the majority value of its branch, else of its family, else of the whole
inventory; which of these it was is kept (`Grammar.origins`) and written beside the data.
"""

import functools
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from search_spaces.distances.uriel import load_uriel
from search_spaces.inventory import INVENTORY
from search_spaces.languages import Language

WORD_ORDERS = ("SVO", "SOV", "VSO", "VOS", "OVS", "OSV")
Row = Mapping[str, float]  # known features of one language, in [0, 1]


@dataclass(frozen=True)
class Switch:
    """One property of a grammar.

    name: of the property; see `SWITCHES` for the values it can take.
    features: the URIEL features that decide it, `S_` left out.
    value: known features -> value, or None where they do not decide.
    """

    name: str
    features: tuple[str, ...]
    value: Callable[[Row], str | None]


@dataclass(frozen=True)
class Grammar:
    """Values of all switches by name, and where each comes from: "uriel", "branch", "family" or "inventory"."""

    values: Mapping[str, str]
    origins: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values[name]


def _larger(name: str, options: Mapping[str, str], none: str = "") -> Switch:
    """The value whose feature is largest (the first of equals).

    Where all known features are below one half, nothing is marked: `none`, or undecided where no `none` is given.
    """

    def value(row: Row) -> str | None:
        known = {option: row[feature] for option, feature in options.items() if feature in row}
        if not known:
            return None
        best = max(known, key=lambda option: known[option])
        if known[best] >= 0.5:
            return best
        return none or None

    return Switch(name, tuple(options.values()), value)


def _two_sided(name: str, first: str, second: str, names: tuple[str, str]) -> Switch:
    """`names[0]` where feature `first` is at least as large as feature `second`; one of them alone decides as well."""

    def value(row: Row) -> str | None:
        if first not in row and second not in row:
            return None
        before = row.get(first, 1.0 - row.get(second, 0.0))
        after = row.get(second, 1.0 - row.get(first, 0.0))
        return names[0] if before >= after else names[1]

    return Switch(name, (first, second), value)


def _first_known(direct: Switch, indirect: Switch) -> Switch:
    """`direct` where its features decide, else `indirect`."""

    def value(row: Row) -> str | None:
        decided = direct.value(row)
        return indirect.value(row) if decided is None else decided

    return Switch(direct.name, direct.features + indirect.features, value)


BEFORE_AFTER = ("before", "after")
# Names of the features as in URIEL, without their prefix `S_`.
SWITCHES: tuple[Switch, ...] = (
    _larger("word_order", {order: order for order in WORD_ORDERS}),
    _first_known(
        _two_sided("oblique", "OBLIQUE_BEFORE_VERB", "OBLIQUE_AFTER_VERB", BEFORE_AFTER),
        # Obliques mostly stand on the object's side of the verb (Dryer & Gensler 2013, WALS chapter 84).
        _two_sided("oblique", "OBJECT_BEFORE_VERB", "OBJECT_AFTER_VERB", BEFORE_AFTER),
    ),
    _two_sided("adposition", "ADPOSITION_BEFORE_NOUN", "ADPOSITION_AFTER_NOUN", BEFORE_AFTER),
    _two_sided("possessor", "POSSESSOR_BEFORE_NOUN", "POSSESSOR_AFTER_NOUN", BEFORE_AFTER),
    _two_sided("adjective", "ADJECTIVE_BEFORE_NOUN", "ADJECTIVE_AFTER_NOUN", BEFORE_AFTER),
    _two_sided("demonstrative", "DEMONSTRATIVE_WORD_BEFORE_NOUN", "DEMONSTRATIVE_WORD_AFTER_NOUN", BEFORE_AFTER),
    _two_sided("numeral", "NUMERAL_BEFORE_NOUN", "NUMERAL_AFTER_NOUN", BEFORE_AFTER),
    _two_sided("degree", "DEGREE_WORD_BEFORE_ADJECTIVE", "DEGREE_WORD_AFTER_ADJECTIVE", BEFORE_AFTER),
    _two_sided("complementizer", "COMPLEMENTIZER_WORD_BEFORE_CLAUSE", "COMPLEMENTIZER_WORD_AFTER_CLAUSE", BEFORE_AFTER),
    _larger("definite", {"word": "DEFINITE_WORD", "suffix": "DEFINITE_AFFIX"}, none="none"),
    _larger("indefinite", {"word": "INDEFINITE_WORD"}, none="none"),
    _two_sided("article", "ARTICLE_WORD_BEFORE_NOUN", "ARTICLE_WORD_AFTER_NOUN", BEFORE_AFTER),
    _larger("plural", {"suffix": "PLURAL_SUFFIX", "prefix": "PLURAL_PREFIX", "word": "PLURAL_WORD"}, none="none"),
    _larger("case", {"suffix": "CASE_SUFFIX", "prefix": "CASE_PREFIX"}, none="none"),
    _larger("tense_side", {"suffix": "TAM_SUFFIX", "prefix": "TAM_PREFIX"}, none="none"),
    _larger("past", {"affix": "PAST_VS_PRESENT_MARK"}, none="word"),
    _larger("future", {"affix": "FUTURE_AFFIX"}, none="word"),
    _larger(
        "negation",
        {
            "word_before": "NEGATIVE_WORD_BEFORE_VERB",
            "word_after": "NEGATIVE_WORD_AFTER_VERB",
            "prefix": "NEGATIVE_PREFIX",
            "suffix": "NEGATIVE_SUFFIX",
        },
    ),
    _larger("agreement", {"adjective": "ANY_AGREEMENT_ON_ADJECTIVES"}, none="none"),
)


@functools.cache
def grammar_of(language: Language) -> Grammar:
    """The grammar of a language of the inventory; what is unknown of it is filled as the module docstring says."""
    resolved = {switch.name: _resolve(language, _known_values()[switch.name]) for switch in SWITCHES}
    return Grammar(
        values={name: value for name, (value, _) in resolved.items()},
        origins={name: origin for name, (_, origin) in resolved.items()},
    )


def _resolve(language: Language, known: Mapping[Language, str]) -> tuple[str, str]:
    """Value and origin of one switch: the language's own or that of most of its nearest relatives with a known one."""
    if language in known:
        return known[language], "uriel"
    family, branch = _lineage(language)
    relatives = {
        "branch": [value for tag, value in known.items() if branch and _lineage(tag) == (family, branch)],
        "family": [value for tag, value in known.items() if _lineage(tag)[0] == family],
        "inventory": list(known.values()),
    }
    origin = next(name for name, values in relatives.items() if values)
    counts = Counter(relatives[origin])
    return max(sorted(counts), key=lambda value: counts[value]), origin


@functools.cache
def _known_values() -> Mapping[str, Mapping[Language, str]]:
    """Switch -> language -> value, where URIEL decides it, over the whole inventory."""
    rows = _known_features()
    decided: dict[str, dict[Language, str]] = {}
    for switch in SWITCHES:
        found = {language: switch.value(row) for language, row in rows.items()}
        decided[switch.name] = {language: value for language, value in found.items() if value is not None}
    return decided


def _known_features() -> dict[Language, Row]:
    """What URIEL knows of the syntax of each language; the imputed source tells of which it knows anything at all."""
    imputed = load_uriel(INVENTORY, feature_set="syntax", source="knn")
    described = [language for language, known in zip(imputed.languages, imputed.known, strict=True) if known.any()]
    matrix = load_uriel(described, feature_set="syntax", source="average")
    names = [feature.removeprefix("S_") for feature in matrix.features]
    return {
        language: {name: float(value) for name, value, is_known in zip(names, values, known, strict=True) if is_known}
        for language, values, known in zip(matrix.languages, matrix.values, matrix.known, strict=True)
    }


def _lineage(language: Language) -> tuple[str, str]:
    return INVENTORY[language].family, INVENTORY[language].branch
