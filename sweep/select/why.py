"""Why these languages: the tables of `realign-sweep select` that a linguist can believe or dispute."""

from collections.abc import Sequence

from search_spaces.choose import Choice
from search_spaces.inventory import language_info
from search_spaces.languages import Language
from search_spaces.reasons import NextBest, Reached, Reasons, Worth
from search_spaces.solvers.base import TIE

N_NAMED = 3
"""Served languages that are named; more are counted."""


def why_lines(reasons: Reasons) -> list[str]:
    """Targets and whom they are closest to, what each chosen language is worth, the next-best sets; none for a draw."""
    parts = [_targets(reasons), _worths(reasons), _next_best(reasons)]
    return [line for part in parts if part for line in ("", *part)]


def imputed_shares(choice: Choice) -> dict[Language, float]:
    """Language -> share of imputed features, in [0, 1], in the last of the distances' sources that has features."""
    return {
        row.language: row.imputed_frac
        for report in choice.distances.reports
        for row in report.rows
        if row.imputed_frac is not None
    }


def text_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows in aligned columns; the first one is the header."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _targets(reasons: Reasons) -> list[str]:
    if not reasons.reached:
        return []
    imputed = imputed_shares(reasons.choice)
    header = ("target", "name", "closest chosen", "next", "closest of the pool", "imputed")
    rows = [_target_row(one, imputed.get(one.target)) for one in reasons.reached]
    lines = ["targets, and the distance to what is closest to each", *text_table([header, *rows])]
    if idle := [worth.language for worth in reasons.worths if not worth.serves]:
        are = "is" if len(idle) == 1 else "are"
        lines.append(f"{', '.join(idle)} {are} closest to no target.")
    return lines


def _target_row(one: Reached, imputed: float | None) -> tuple[str, ...]:
    info = language_info(one.target)
    named = f"{info.name} ({info.family})" if info.family else info.name
    close = ((one.nearest, one.distance), (one.second, one.second_distance), (one.of_pool, one.of_pool_distance))
    return one.target, named, *(_at(*pair) for pair in close), "-" if imputed is None else f"{100 * imputed:.0f} %"


def _at(language: Language | None, distance: float | None) -> str:
    return "-" if language is None or distance is None else f"{distance:.3f} {language_info(language).name}"


def _worths(reasons: Reasons) -> list[str]:
    value = reasons.choice.selection.value
    if not reasons.worths or value is None:
        return []
    served = "targets" if reasons.reached else "languages of the pool"
    header = ("language", f"closest to ({served})", "lost if dropped", "lost if replaced", "by")
    rows = [_worth_row(worth, value) for worth in reasons.worths]
    lines = [f"what each is worth, of {value:.4f} ({reasons.choice.selection.criterion})", *text_table([header, *rows])]
    free = [w.language for w in reasons.worths if w.dropped is not None and w.dropped >= value - _margin(value)]
    if free:
        harms = any(w.dropped is not None and w.dropped > value + _margin(value) for w in reasons.worths)
        value_is = "as high or higher" if harms else "the same"
        lines.append(
            f"Without {' or '.join(free)} the value is {value_is}: fewer languages do as well by this criterion."
        )
    return lines


def _worth_row(worth: Worth, value: float) -> tuple[str, ...]:
    names = ", ".join(worth.serves) if len(worth.serves) <= N_NAMED else f"{len(worth.serves)} languages"
    by = ", ".join(worth.instead) or ("-" if worth.replaced is None else "nothing")
    if worth.gives_up:
        by += f" (also gives up {', '.join(worth.gives_up)})"
    return worth.language, names or "none", _lost(worth.dropped, value), _lost(worth.replaced, value), by


def _lost(left: float | None, value: float) -> str:
    if left is None:
        return "-"
    return f"{0.0 if abs(value - left) <= _margin(value) else value - left:.4f}"


def _margin(value: float) -> float:
    return TIE * max(1.0, abs(value))


def _next_best(reasons: Reasons) -> list[str]:
    if not reasons.next_best:
        return []
    now = set(reasons.choice.selection.subset)
    rows = [("value", "instead of", "takes"), *(_other_row(other, now) for other in reasons.next_best)]
    return [
        "the next-best sets found, each without a language of the first (by exchanges, not proven)",
        *text_table(rows),
    ]


def _other_row(other: NextBest, now: set[Language]) -> tuple[str, ...]:
    then = set(other.languages)
    return f"{other.value:.4f}", ", ".join(sorted(now - then)) or "-", ", ".join(sorted(then - now)) or "nothing"
