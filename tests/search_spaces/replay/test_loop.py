"""The simulated clock: by hand, for one and several workers, with and without early stopping."""

from itertools import combinations

import numpy as np
import pytest

from search_spaces.languages import Language
from search_spaces.problem import SelectionProblem
from search_spaces.replay.loop import Stopping, replay
from search_spaces.replay.recorded import RecordedTable, RecordedTrial
from search_spaces.searchers import SEARCHERS
from search_spaces.searchers.base import Searcher

POOL = tuple(Language(tag) for tag in ("amh_Ethi", "ben_Beng", "deu_Latn", "fin_Latn", "swh_Latn"))
SETS = list(combinations(range(5), 2))


HAUSA = Language("hau_Latn")


def table(durations=None, signals: bool = False) -> RecordedTable:
    """Set number i scores i; it lasts 1 s, or what is given; it shows i / 10 at half of it."""
    trials = [
        RecordedTrial(
            languages=tuple(POOL[j] for j in members), seed=0, told={HAUSA: float(i)}, judged={HAUSA: float(i)},
            duration=1.0 if durations is None else durations[i], signals=((0.5, i / 10),) if signals else (),
        )
        for i, members in enumerate(SETS)
    ]  # fmt: skip
    return RecordedTable(trials)


class InOrder(Searcher):
    """Proposes set 0, 1, 2 ... and notes what it is told."""

    name = "in-order"

    def __init__(self, box: RecordedTable) -> None:
        super().__init__(SelectionProblem(space=box.space, distances=None, anchor=None))
        self.log: list[tuple[int, str]] = []

    def _next(self, generator):
        return np.array(SETS[self.n_proposed]) if self.n_proposed < len(SETS) else None

    def tell(self, languages, score=None, status="complete", **rest) -> None:
        self.log.append((SETS.index(tuple(self.space.index(tuple(languages)).tolist())), status))
        super().tell(languages, score, status, **rest)


def test_one_worker_takes_them_one_after_the_other() -> None:
    box = table([1.0, 2.0, 3.0, 1, 1, 1, 1, 1, 1, 1])
    points = replay(InOrder(box), box, 3, seed=0)
    assert [(p.n, p.time) for p in points] == [(1, 1.0), (2, 3.0), (3, 6.0)]
    average, best = np.mean(range(10)), 9
    assert [p.observed for p in points] == pytest.approx([(i - average) / (best - average) for i in range(3)])


def test_two_workers_overlap() -> None:
    box = table([3.0, 1.0, 1.0, 1.0, 5, 1, 1, 1, 1, 1])
    searcher = InOrder(box)
    points = replay(searcher, box, 4, seed=0, n_workers=2)
    assert [number for number, _ in searcher.log] == [1, 2, 0, 3]  # 0 ends at 3 as does 3, asked for later
    assert [p.time for p in points] == [1.0, 2.0, 3.0, 3.0]


def test_a_worse_trial_is_stopped_half_way_and_told_so() -> None:
    box = table(signals=True)
    searcher = InOrder(box)
    searcher._next = lambda generator: np.array(SETS[9 - searcher.n_proposed])  # the best first
    points = replay(searcher, box, 3, seed=0, stopping=Stopping(2))
    assert searcher.log == [(9, "complete"), (8, "stopped"), (7, "stopped")]
    assert points[-1].time == 1.0 + 0.5 + 0.5
    assert searcher.observations[1].fidelity == 0.5 and searcher.observations[1].score == 0.8
    with pytest.raises(ValueError, match="trials with intermediate signals"):
        replay(InOrder(table()), table(), 3, seed=0, stopping=Stopping(2))


def test_of_equal_scores_the_first_is_handed_over_whatever_it_is_worth() -> None:
    trials = [
        RecordedTrial(
            languages=tuple(POOL[j] for j in members), seed=0, told={HAUSA: 0.5}, judged={HAUSA: float(i)}, duration=1.0
        )
        for i, members in enumerate(SETS)
    ]
    box = RecordedTable(trials)
    points = replay(InOrder(box), box, 10, seed=0)
    assert [p.observed for p in points] == pytest.approx([-1.0] * 10)  # (0 - 4.5) / (9 - 4.5)


def test_it_ends_when_all_sets_were_tried() -> None:
    box = table()
    points = replay(InOrder(box), box, 50, seed=0, n_workers=4, checkpoints=[5])
    assert [p.n for p in points] == [5, 10] and points[-1].observed == 1.0


@pytest.mark.parametrize("name", ["random", "evolution", "linear-thompson", "subset-gp"])
@pytest.mark.parametrize("n_workers", [1, 8])
def test_no_set_is_proposed_twice_and_all_are_in_the_end(name: str, n_workers: int) -> None:
    box = table()
    searcher = SEARCHERS[name](SelectionProblem(space=box.space, distances=None, anchor=None), 0)
    told: list[tuple[Language, ...]] = []
    tell = searcher.tell
    searcher.tell = lambda languages, *rest, **more: (told.append(tuple(languages)), tell(languages, *rest, **more))[1]
    assert replay(searcher, box, 10, seed=0, n_workers=n_workers)[-1].recommended == 1.0
    assert len(told) == len(set(told)) == 10
