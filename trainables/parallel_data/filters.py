"""Quality filters for sentence pairs: the table FILTERS, and one pass that counts what each of them drops.

They run in the order in which the configuration lists them, and a pair is counted for the first that drops it. So the
counts, and with the duplicate filters the pairs, depend on that order: a pair that an earlier filter dropped is no
earlier occurrence. Pairs with an empty side go first ("empty"), without being listed.
"""

import math
import statistics
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from search_spaces.languages import ENGLISH, Language
from search_spaces.registry import Registry
from trainables.data.labelled_files import DataError
from trainables.parallel_data.scripts import script_share

T = TypeVar("T")
Pair = tuple[str, str]  # (english, other)
Keep = Callable[[str, str], bool]
MIN_EVALUATED = 12  # letters and digits: shorter sentences ("Yes, I do.") occur by chance
N_SAMPLE = 1_000  # first pairs of a language, from which the usual ratio of lengths is taken


@dataclass(frozen=True)
class Context:
    """What a filter may look at.

    language: of the other side.
    sample: the first pairs of the language.
    evaluated: `normalised` sentences of the evaluation sets, by language (English and this one).
    """

    language: Language
    sample: Sequence[Pair] = ()
    evaluated: dict[Language, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Filter:
    """A named filter.

    threshold: used where the configuration gives none ("name" instead of "name=number"); None = it takes none.
    make: (threshold, context) -> whether to keep a pair. A fresh one is made for each language.
    """

    name: str
    threshold: float | None
    make: Callable[[float, Context], Keep]


@dataclass(frozen=True)
class Counts:
    """Pairs of one language: available, kept, and dropped by filter (in the order in which they ran)."""

    n_available: int
    n_kept: int
    dropped: dict[str, int]


def normalised(text: str) -> str:
    """Letters and digits only, compatibility forms and case folded: a sentence in another typography is the same."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _shorter_than(threshold: float, context: Context) -> Keep:
    del context
    return lambda english, other: min(len(normalised(english)), len(normalised(other))) >= threshold


def _longer_than(threshold: float, context: Context) -> Keep:
    del context
    return lambda english, other: max(len(english), len(other)) <= threshold


def _length_ratio(threshold: float, context: Context) -> Keep:
    """Lengths in characters, against the usual ratio of the language: Chinese takes a third of the English characters.

    The usual ratio is the median over the first pairs, so that one rule fits all scripts.
    """
    ratios = [_log_ratio(english, other) for english, other in context.sample if english and other]
    usual = statistics.median(ratios) if ratios else 0.0
    # The tolerance keeps a pair that lies exactly on the threshold, whatever the rounding of the logarithms.
    return lambda english, other: abs(_log_ratio(english, other) - usual) <= math.log(threshold) + 1e-9


def _log_ratio(english: str, other: str) -> float:
    return math.log(len(other) / len(english))


def _identical(threshold: float, context: Context) -> Keep:
    del threshold, context
    return lambda english, other: (normalised(english) or english) != (normalised(other) or other)


def _duplicate_pair(threshold: float, context: Context) -> Keep:
    del threshold, context
    seen: set[Pair] = set()
    return lambda english, other: _is_new((english, other), seen)


def _duplicate_target(threshold: float, context: Context) -> Keep:
    del threshold, context
    seen: set[str] = set()
    return lambda english, other: _is_new(other, seen)


def _is_new(item: T, seen: set[T]) -> bool:
    n_before = len(seen)
    seen.add(item)
    return len(seen) > n_before


def _wrong_script(threshold: float, context: Context) -> Keep:
    script = context.language.partition("_")[2]
    return lambda english, other: (
        script_share(english, "Latn") >= threshold and script_share(other, script) >= threshold
    )


def _in_evaluation(threshold: float, context: Context) -> Keep:
    del threshold
    of_english = context.evaluated.get(ENGLISH, frozenset())
    of_other = context.evaluated.get(context.language, frozenset())
    return lambda english, other: normalised(english) not in of_english and normalised(other) not in of_other


FILTERS: Registry[Filter] = Registry(
    "bitext filter",
    {
        member.name: member
        for member in (
            Filter("too_short", 3, _shorter_than),  # letters and digits of the shorter side
            Filter("too_long", 500, _longer_than),  # characters of the longer side
            Filter("length_ratio", 2.5, _length_ratio),  # factor off the usual ratio of lengths
            Filter("identical", None, _identical),
            Filter("duplicate_pair", None, _duplicate_pair),
            Filter("duplicate_target", None, _duplicate_target),
            Filter("wrong_script", 0.5, _wrong_script),  # least share of letters in the script, on either side
            Filter("in_evaluation", None, _in_evaluation),
        )
    },
)


def parse_filters(texts: Sequence[str]) -> list[tuple[Filter, float]]:
    """Filters and thresholds of `data.filters`: each "name" or "name=number".

    Raises:
        DataError: a name is unknown or listed twice, or a threshold is missing, malformed or out of range.
    """
    parsed: list[tuple[Filter, float]] = []
    for text in texts:
        name, _, number = text.partition("=")
        member = FILTERS[name.strip()]
        if any(member is other for other, _ in parsed):
            raise DataError(f"A filter may be listed once in `data.filters`, but {member.name!r} is listed twice.")
        parsed.append((member, _threshold(member, number.strip(), text)))
    return parsed


def _threshold(member: Filter, number: str, text: str) -> float:
    if not number:
        return 0.0 if member.threshold is None else member.threshold
    if member.threshold is None:
        raise DataError(f"The filter {member.name!r} takes no number, but `data.filters` has {text!r}.")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    most = 1.0 if member.name == "wrong_script" else math.inf
    least = 1.0 if member.name == "length_ratio" else 0.0
    if not least <= value <= most:
        raise DataError(
            f"The number of a filter must be at least {least:g} and at most {most:g}, but `data.filters` has {text!r}."
        )
    return value


def apply_filters(
    items: Iterable[T], pair: Callable[[T], Pair], filters: Sequence[tuple[Filter, float]], context: Context
) -> tuple[list[T], Counts]:
    """The items whose pair passes every filter, in their order, and the counts.

    Args:
        items: of one language, in file order.
        pair: the (english, other) of an item, cleaned.
        filters: as `parse_filters` gives them.
        context: without `sample`, which is taken from the items.
    """
    listed = list(items)
    filled = [item for item in listed if all(pair(item))]
    sample = [pair(item) for item in filled[:N_SAMPLE]]
    context = Context(context.language, sample, context.evaluated)
    keeps = {member.name: member.make(threshold, context) for member, threshold in filters}
    dropped = {"empty": len(listed) - len(filled)} | dict.fromkeys(keeps, 0)
    kept: list[T] = []
    for item in filled:
        failed = next((name for name, keep in keeps.items() if not keep(*pair(item))), None)
        if failed is None:
            kept.append(item)
        else:
            dropped[failed] += 1
    return kept, Counts(len(listed), len(kept), dropped)
