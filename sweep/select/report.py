"""What `realign-sweep select` prints: the chosen languages, how good the choice is, what it rests on, and YAML."""

import dataclasses
import math
import re
from typing import Any, cast

from search_spaces.choose import Choice
from search_spaces.criteria import CRITERIA
from search_spaces.criteria.base import Criterion, Draw
from search_spaces.criteria.parse import parse_criterion
from search_spaces.inventory import language_info
from search_spaces.languages import Language
from search_spaces.pareto import ParetoPoint
from search_spaces.reasons import Reasons
from search_spaces.selection import Selection
from sweep.select.why import text_table, why_lines
from trainables.store.fingerprint import fingerprint

N_DIGITS = 4
"""Of a set's fingerprint: two sets of one criterion and size are told apart."""
HEADER = ("language", "name", "family", "script", "area", "resource", "mBERT", "XLM-R", "nearest of the set")


def describe_choice(choice: Choice) -> str:
    """The whole answer, for people."""
    return "\n".join(
        [
            *_table(choice),
            "",
            *_quality(choice),
            *why_lines(Reasons(choice)),
            "",
            *_assumptions(choice),
            "",
            "to paste into a sweep:",
            "",
            yaml_of(choice),
        ]
    )


def describe_front(front: tuple[ParetoPoint, ...], first: str, second: str) -> str:
    """A Pareto front, one subset a line."""
    lines = [
        f"{len(front)} subsets that no other subset found beats on both criteria",
        "",
        f"{first:>24} {second:>24}  languages",
    ]
    lines += [f"{point.first:24.4f} {point.second:24.4f}  {' '.join(point.subset)}" for point in front]
    return "\n".join(lines)


def describe_criteria() -> str:
    """The table of criteria: name, parameters, what it asks for."""
    lines = []
    for name, member in CRITERIA.items():
        fields = [
            f.name if f.default is dataclasses.MISSING else f"{f.name}={f.default}"
            for f in dataclasses.fields(cast(Any, member))
        ]
        kind = "draw" if issubclass(member, Draw) else ""
        what = (member.__doc__ or "").strip().splitlines()[0]
        shown = f"{name}({', '.join(fields)})" if fields else name
        note = member.note() if issubclass(member, Criterion) else ""
        lines.append(f"{shown:44} {kind:5} {what} {note}".rstrip())
    return "\n".join(lines)


def yaml_of(choice: Choice) -> str:
    """The subset as an arm of a sweep file."""
    arm = arm_of(choice)
    languages = ", ".join(arm["languages"])
    return f"arms:  # of several sets, this line once\n  - {{name: {arm['name']}, languages: [{languages}]}}"


def arm_of(choice: Choice) -> dict[str, Any]:
    """The subset as plain data of an arm: languages, and a name that no other set has."""
    selection = choice.selection
    seed = "" if selection.subset.seed is None else f"-s{selection.subset.seed}"
    criterion = re.sub(r"[^A-Za-z0-9._-]+", "-", selection.criterion).strip("-")
    which = fingerprint(sorted(selection.subset))[:N_DIGITS]
    return {"name": f"{criterion}-{len(selection.subset)}{seed}-{which}", "languages": list(selection.subset)}


def _table(choice: Choice) -> list[str]:
    costs = choice.problem.space.costs
    header = [*HEADER, *(["cost"] if costs else [])]
    rows = [_row(language, choice) for language in choice.selection.subset]
    return text_table([header, *rows])


def _row(language: Language, choice: Choice) -> list[str]:
    info, costs, closest = language_info(language), choice.problem.space.costs, nearest_of_set(language, choice)
    return [
        language, info.name, info.family or "-", info.script, info.area or "-", info.resource or "-",
        "seen" if info.seen_by_mbert else "unseen", "seen" if info.seen_by_xlmr else "unseen",
        f"{closest[0]} {closest[1]:.3f}" if closest else "-", *([f"{costs[language]:g}"] if costs else []),
    ]  # fmt: skip


def nearest_of_set(language: Language, choice: Choice) -> tuple[Language, float] | None:
    """The member (or the anchor) closest to a member, and how close; None where there is no other."""
    anchor = [] if choice.problem.anchor is None else [choice.problem.anchor]
    others = [other for other in (*choice.selection.subset, *anchor) if other != language]
    if not others:
        return None
    distance, nearest = min((choice.distances.matrix.between(language, other), other) for other in others)
    return nearest, distance


def basis_of(choice: Choice) -> tuple[str, ...]:
    """What the criterion says of the numbers that it has judged the set by, a line each; () for most."""
    chooser = parse_criterion(choice.selection.criterion)
    return chooser.basis(choice.selection.subset.languages) if isinstance(chooser, Criterion) else ()


def _quality(choice: Choice) -> list[str]:
    selection, space = choice.selection, choice.problem.space
    size = f"{len(selection.subset)} of {len(space.candidates):,} languages"
    cost = (
        f", cost {sum(space.costs[tag] for tag in selection.subset):g} of {space.max_cost:g}" if space.max_cost else ""
    )
    lines = [f"criterion   {selection.criterion}: {size}{cost}"]
    if selection.value is None:
        return [*lines, f"method      drawn with seed {selection.subset.seed}"]
    assert selection.bound is not None
    lines.append(f"value       {selection.value:.4f}")
    lines.append(f"how good    {_proof(selection)}")
    if selection.n_random:
        lines.append(
            f"at random   {selection.random_mean:.4f} +- {selection.random_sd or 0.0:.4f} among {selection.n_random:,} "
            f"allowed sets of this size; this one is above {selection.percentile:.4g} % of them"
        )
    return lines


def _proof(selection: Selection) -> str:
    """How the set was found, and what is proven of it: one sentence, so that the two cannot contradict each other."""
    assert selection.bound is not None
    if selection.method.startswith("drawn"):
        best = "infinite" if not math.isfinite(selection.bound) else f"{selection.bound:.4f}"
        return f"{selection.method}; no set exceeds {best}"
    if selection.optimal and "greedy" in selection.method:
        return f"proven optimal: found by {selection.method}, and it reaches a value that no set can exceed"
    if selection.optimal:
        return f"proven optimal, by {selection.method}"
    if math.isfinite(selection.bound):
        return (
            f"found by {selection.method}, not proven: no set exceeds {selection.bound:.4f} (gap {selection.gap:.4f})"
        )
    return f"found by {selection.method}, not proven, and nothing is known of how good a set can be"


def _assumptions(choice: Choice) -> list[str]:
    """What the distances rest on: policy, other rows than the language's own, imputed shares."""
    chosen = set(choice.selection.subset)
    lines = [f"{'' if i else 'rests on':11} {line}" for i, line in enumerate(basis_of(choice))]
    lines += [f"distances   {choice.distances.text}, anchor {choice.problem.anchor or 'none'}"]
    if choice.left_out:
        shown = ", ".join(choice.left_out[:3])
        lines.append(
            f"  left out, as these distances cannot place them: {len(choice.left_out)} languages ({shown} ...)"
        )
    for report in choice.distances.reports:
        lines.append(f"  {report.source} (weight {report.weight:.2g}): {report.policy}")
        rows = [row for row in report.rows if row.language in chosen]
        if imputed := [row for row in rows if row.imputed_frac]:
            shown = ", ".join(f"{row.language} {100 * (row.imputed_frac or 0):.0f} %" for row in imputed)
            lines.append(f"    imputed among the chosen: {shown}")
        if aliases := [row for row in rows if row.is_alias]:
            lines.append(f"    other rows used for: {', '.join(f'{row.language} = {row.row}' for row in aliases)}")
    return lines
