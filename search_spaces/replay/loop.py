"""One search of a black box under a simulated clock: w workers, trials of different lengths, early stopping if wished.

Nothing waits: events are taken in the order of the simulated time. A worker that is free asks at once, so that with w
workers a proposal knows nothing of the w - 1 trials that are under way, as in a sweep.
"""

import heapq
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from search_spaces.languages import Language
from search_spaces.replay.black_box import BlackBox, Trial
from search_spaces.searchers.base import Searcher


class Point(NamedTuple):
    """Where a search stands after `n` trials have ended at `time` (in the box's unit): the worth (0 = an average random
    set, 1 = the best) of the set it would hand over by posterior mean, and of the one with the best observed score."""

    n: int
    time: float
    recommended: float
    observed: float


@dataclass
class Stopping:
    """Asynchronous successive halving (Li et al. 2020): at each signal a trial goes on if it is among the best 1 /
    `factor` of those that came there before it."""

    factor: int = 3
    seen: dict[int, list[float]] = field(default_factory=dict)

    def stops(self, rung: int, value: float) -> bool:
        """Whether a trial ends here; it is remembered either way."""
        others = self.seen.setdefault(rung, [])
        stop = bool(others) and value < float(np.percentile(others, 100 * (1 - 1 / self.factor)))
        others.append(value)
        return stop


@dataclass(order=True)
class _Event:
    time: float
    number: int
    rung: int = field(compare=False)
    languages: tuple[Language, ...] = field(compare=False)
    trial: Trial = field(compare=False)
    began: float = field(compare=False)
    training_seed: int | None = field(compare=False)


def replay(
    searcher: Searcher,
    box: BlackBox,
    n_trials: int,
    *,
    seed: int,
    n_workers: int = 1,
    checkpoints: Collection[int] | None = None,
    stopping: Stopping | None = None,
) -> list[Point]:
    """Runs `searcher` until `n_trials` have ended (stopped ones count) or all sets were tried.

    Args:
        seed: of the trials' noise: a set scores the same under the same seed, whoever asks for it.
        checkpoints: after how many trials a point is noted; None = after each. The last one is always noted.

    Raises:
        ValueError: early stopping where trials show nothing on the way.
    """
    events: list[_Event] = []
    points: list[Point] = []
    n_asked = n_ended = 0
    now, best_score, best_worth = 0.0, -np.inf, 0.0
    while True:
        while len(events) < n_workers and n_asked < n_trials and (asked := searcher.ask(1)):
            turn = box.training_seeds[n_asked % len(box.training_seeds)] if box.training_seeds else None
            trial = box.trial(box.space.index(asked[0]).tolist(), seed, turn)
            if stopping and not trial.signals:
                raise ValueError("Early stopping needs trials with intermediate signals, but these have none.")
            heapq.heappush(events, _next_event(_Event(now, n_asked, -1, asked[0], trial, now, turn), stopping))
            n_asked += 1
        if not events:
            break
        event = heapq.heappop(events)
        now = event.time
        ended = event.rung == len(event.trial.signals) or not stopping
        if not ended and stopping and not stopping.stops(event.rung, event.trial.signals[event.rung][1]):
            heapq.heappush(events, _next_event(event, stopping))
            continue
        if ended:
            # of equal scores the first: to choose by worth would be to cheat
            if event.trial.score > best_score and searcher.is_answer(event.languages):
                best_score, best_worth = event.trial.score, box.worth(event.languages)
            searcher.tell(event.languages, event.trial.score, seed=event.training_seed)
        else:
            share, value = event.trial.signals[event.rung]
            searcher.tell(event.languages, value, "stopped", fidelity=min(share, 1.0), seed=event.training_seed)
        n_ended += 1
        if checkpoints is None or n_ended in checkpoints:
            points.append(Point(n_ended, now, _handed_over(searcher, box), best_worth))
    if n_ended and (not points or points[-1].n < n_ended):
        points.append(Point(n_ended, now, _handed_over(searcher, box), best_worth))
    return points


def _handed_over(searcher: Searcher, box: BlackBox) -> float:
    found = searcher.recommend(1)
    return box.worth(found[0].languages) if found else 0.0


def _next_event(event: _Event, stopping: Stopping | None) -> _Event:
    """The trial's next signal after `event` if trials may be stopped, else its end (`rung` = number of signals)."""
    trial = event.trial
    rung = event.rung + 1 if stopping else len(trial.signals)
    share = trial.signals[rung][0] if rung < len(trial.signals) else 1.0
    return replace(event, time=event.began + share * trial.duration, rung=rung)
