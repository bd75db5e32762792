"""Signals: what a trial can say about its final score before it ends, for schedulers that stop trials early.

`retrieval_so_far`: the alignment probe on a few languages and on sentences that are never reported, after parts of the
realignment ("at" = the share done, 1 = all). `score_so_far`: the told score of the tasks that are over ("at" = how
many). How the first is taken: `signal_probes.py`.
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One value on the way: "retrieval_so_far" at a share of the realignment, "score_so_far" at a number of tasks."""

    name: str
    at: float
    value: float

    def as_dict(self) -> dict[str, Any]:
        """The fields, as JSON takes them."""
        return asdict(self)


TIME_OF = {"retrieval_so_far": "realigned_frac", "score_so_far": "n_tasks_done"}
"""Signal -> the key under which a report says how far the trial was."""


def report_of(signal: Signal) -> dict[str, float]:
    """As a trial's report shows a signal: {"retrieval_so_far": 0.4, "realigned_frac": 0.25}."""
    return {signal.name: signal.value, TIME_OF[signal.name]: signal.at}
