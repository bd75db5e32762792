"""The answer of `realign-sweep select --format json`: everything that the text says, for programs."""

import dataclasses
import json
import math
from typing import Any

from search_spaces.choose import Choice
from search_spaces.inventory import language_info
from search_spaces.reasons import Reached, Reasons
from sweep.select.report import arm_of, basis_of, nearest_of_set
from sweep.select.why import imputed_shares


def choice_json(choice: Choice) -> str:
    """One JSON object. Numbers that are not known, or not finite, are null.

    Keys: criterion, languages (facts, cost, the nearest of the set, what each is worth), value, bound, optimal, gap,
    method, basis (lines on what the criterion's numbers rest on), at_random, targets (facts, weight, imputed share of
    its features, what is closest), next_best, pool (size, languages left out), anchor, distances (what they rest on),
    arm (as a sweep file has it).
    """
    selection, space, reasons = choice.selection, choice.problem.space, Reasons(choice)
    worths = {worth.language: dataclasses.asdict(worth) for worth in reasons.worths}
    languages = []
    for tag in selection.subset:
        info, (nearest, distance) = language_info(tag), nearest_of_set(tag, choice) or (None, None)
        languages.append({
            "language": tag, "name": info.name, "family": info.family, "branch": info.branch, "script": info.script,
            "area": info.area, "latitude": info.latitude, "longitude": info.longitude, "resource": info.resource,
            "seen_by_mbert": info.seen_by_mbert, "seen_by_xlmr": info.seen_by_xlmr, "cost": space.costs.get(tag),
            "nearest": nearest, "nearest_distance": distance,
            **{key: value for key, value in worths.get(tag, {}).items() if key != "language"},
        })  # fmt: skip
    answer = {
        "criterion": selection.criterion,
        "seed": selection.subset.seed,
        "languages": languages,
        "value": selection.value,
        "bound": selection.bound,
        "optimal": selection.optimal,
        "gap": selection.gap,
        "method": selection.method,
        "basis": list(basis_of(choice)),
        "cost": sum(space.costs[tag] for tag in selection.subset) if space.costs else None,
        "budget": space.max_cost,
        "at_random": {
            "mean": selection.random_mean, "sd": selection.random_sd, "percentile": selection.percentile,
            "n": selection.n_random,
        },
        "targets": [_target(one, choice) for one in reasons.reached],
        "next_best": [dataclasses.asdict(other) for other in reasons.next_best],
        "pool": {"n": len(space.candidates), "left_out": list(choice.left_out)},
        "anchor": choice.problem.anchor,
        "distances": {
            "text": choice.distances.text,
            "sources": [
                {
                    "source": report.source, "weight": report.weight, "policy": report.policy,
                    "rows": [dataclasses.asdict(row) for row in report.rows if row.language in selection.subset],
                }
                for report in choice.distances.reports
            ],
        },
        "arm": arm_of(choice),
    }  # fmt: skip
    return json.dumps(_finite(answer), indent=1, ensure_ascii=False)


def _target(one: Reached, choice: Choice) -> dict[str, Any]:
    info = language_info(one.target)
    return {
        **dataclasses.asdict(one), "name": info.name, "family": info.family,
        "weight": choice.problem.target_weights.get(one.target, 1.0),
        "imputed_frac": imputed_shares(choice).get(one.target),
    }  # fmt: skip


def _finite(value: Any) -> Any:
    """`value` without NaN and infinity, which JSON has not."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
