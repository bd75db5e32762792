"""The report of a replay in Markdown: how far each searcher got, and how soon the lead matches the others."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd

from sweep.replay.curves import Line, delayed, interval, lines, needed, regret_ratio

SHARES = (0.25, 0.5, 1.0)
"""Of the trials, after which medians are shown."""


PICKS = {"recommended": "the largest posterior mean", "observed": "the best observed score"}


def replay_report(rows: pd.DataFrame, lead: str, about: Mapping[str, str], pick: str = "recommended") -> str:
    """Tables of all rows.

    Args:
        rows: of `replay.csv`.
        lead: the searcher that is compared with each of the others.
        about: function -> one line.
        pick: see `lines`.
    """
    found = lines(rows, pick)
    parts = [
        "# Replayed searches\n",
        f"Worth of the set handed over ({PICKS[pick]}): 0 = an average random set, 1 = the best set known. Medians "
        "over seeds; in brackets 95 % bootstrap intervals over seeds. With the same seed, all searchers meet the same "
        "function and the same noise.\n",
        "\n".join(f"* **{name}**: {text}" for name, text in about.items()) + "\n",
        _medians(found),
        _needed_table(found, lead),
        _workers_table(found),
    ]
    return "\n".join(part for part in parts if part)


def _medians(found: Mapping[tuple[str, str], Line]) -> str:
    lengths = sorted({line.n[-1] for line in found.values()})
    heads = [f"after {share:.0%}" for share in SHARES]
    table = [
        "## How far they got\n",
        f"Of {_either(lengths)} trials.\n",
        _head(["function", "searcher", "seeds", *heads]),
    ]
    for (function, name), line in found.items():
        low, high = interval(line.worth)
        places = [_place(line, share) for share in SHARES]
        cells = [f"{line.median[i]:.2f} [{low[i]:.2f}, {high[i]:.2f}]" for i in places]
        table.append(_row([function, name, str(len(line.seeds)), *cells]))
    return "\n".join(table) + "\n"


def _needed_table(found: Mapping[tuple[str, str], Line], lead: str) -> str:
    functions = list(dict.fromkeys(function for function, _ in found))
    names = dict.fromkeys(name for _, name in found)
    table = [
        f"## Trials that {lead} needs to reach another searcher's final median\n",
        "The first checkpoint at which its median is no less than the other's last one, also as a share of the other's "
        "trials.\n",
        _head(["function", "the other", "its last median", f"{lead} needs", "95 %", "share"]),
    ]
    for function, name in product(functions, names):
        ours = lead + "".join(name.partition(", ")[1:])  # with as many workers
        if name == ours or (function, name) not in found or (function, ours) not in found:
            continue
        one = needed(function, lead, name, found[function, ours], found[function, name])
        reached = "not reached" if one.n is None else str(one.n)
        share = "-" if one.n is None else f"{one.share:.2f}"
        spread = f"[{_count(one.low)}, {_count(one.high)}]"
        table.append(_row([function, name, f"{one.target:.2f}", reached, spread, share]))
    return "\n".join(table) + "\n" if len(table) > 3 else ""


def _workers_table(found: Mapping[tuple[str, str], Line]) -> str:
    table = [
        "## What parallel trials cost\n",
        "Mean regret (1 - worth) over all checkpoints, relative to one worker. The last column is one worker that "
        "always knows w - 1 trials less, relative to itself: a loss that w workers cannot avoid.\n",
        _head(["function", "searcher", "ratio", "95 %", "knowing w - 1 less"]),
    ]
    for (function, name), line in found.items():
        alone, workers, rest = name.partition(", ")
        if not workers or "workers" not in rest or (function, alone) not in found or "early" in rest:
            continue
        ratio, low, high = regret_ratio(line, found[function, alone])
        one = found[function, alone]
        less = regret_ratio(delayed(one, int(rest.split()[0]) - 1), one)[0]
        table.append(_row([function, name, f"{ratio:.2f}", f"[{low:.2f}, {high:.2f}]", f"{less:.2f}"]))
    return "\n".join(table) + "\n" if len(table) > 3 else ""


def _place(line: Line, share: float) -> int:
    """The checkpoint that is next to a share of all trials."""
    return int(np.argmin(np.abs(np.array(line.n) - share * line.n[-1])))


def _count(n: float) -> str:
    return "not reached" if np.isinf(n) else f"{n:.0f}"


def _either(values: list[int]) -> str:
    return " or ".join(map(str, values))


def _head(cells: list[str]) -> str:
    return _row(cells) + "\n|" + "---|" * len(cells)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
