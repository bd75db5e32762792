"""A search's memory without Ray: what was asked and told, by its file and by hand."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from sweep.execution.search_log import SearchLog
from sweep.folders import SweepFolder
from sweep.plan import Plan
from sweep.records.records import RecordStore, TrialRecord
from sweep.search.length import n_asked_if_exhausted, n_trials_in_the_end
from sweep.search.points import Told

SPACE = {"subset.criterion": {"choice": ["random"]}, "subset.size": {"choice": [2]}, "subset.seed": {"choice": [1, 2]}}


@pytest.mark.parametrize(
    ("text", "n_asked"),
    [
        ('{"exhausted": true, "asked": [{"trial": "a"}, {"trial": "b"}, {"trial": "a"}]}', 2),
        ('{"exhausted": false, "asked": [{"trial": "a"}]}', None),
        ('{"asked": []}', None),
        ("{", None),
        ("[" * 200_000, None),
    ],
    ids=["exhausted", "going on", "incomplete", "cut", "deep"],
)
def test_a_search_that_has_ended_has_fewer_trials_than_planned(text: str, n_asked: int | None, tmp_path: Path) -> None:
    path = tmp_path / "search.json"
    assert n_asked_if_exhausted(path) is None and n_trials_in_the_end(path, n_planned=9, n_arm_trials=3) == 9
    path.write_text(text)
    assert n_asked_if_exhausted(path) == n_asked
    assert n_trials_in_the_end(path, n_planned=9, n_arm_trials=3) == (9 if n_asked is None else 3 + n_asked)


def test_what_was_asked_and_never_run_comes_first(plan_of: Callable[..., Plan], folder: SweepFolder) -> None:
    """A grid of two seeds of a draw: its points are known beforehand."""
    plan = plan_of(arms=["none"], space=SPACE)
    log = SearchLog(plan, RecordStore(folder.records), folder.search)
    first = log.next([], ())
    assert first is not None and (first.trial, first.number, first.origin, first.seed) == ("search-0000-seed0", 0, 0, 0)
    assert first.point == {"subset.criterion": "random", "subset.size": 2, "subset.seed": 1}
    again = SearchLog(plan, RecordStore(folder.records), folder.search)  # nobody ran it
    assert again.next([], ()) == first == again.by_name("search-0000-seed0")
    second = again.next([0], ())
    assert second is not None and second.point["subset.seed"] == 2
    assert again.next([0, 1], ()) is None and not again.exhausted  # as many as planned
    assert again.next([0], {"search-0001-seed0"}) is None  # it must not run again
    assert again.trial(first).run.languages == plan.chooser.searched_trial(0, first.point).run.languages


def test_a_trial_ends_once_but_a_failure_may_be_made_good(plan_of: Callable[..., Plan], folder: SweepFolder) -> None:
    log = SearchLog(plan_of(arms=["none"], space=SPACE), RecordStore(folder.records), folder.search)
    asked = log.next([], ())
    assert asked is not None

    def tell(score: float | None) -> None:
        log.tell(Told(trial=asked.trial, number=0, point=asked.point, score=score))

    for score in (float("inf"), None, 0.4, 0.9, None):  # what is no number is a failure
        tell(score)
    assert [told.score for told in log.told] == [None, 0.4]
    assert [told["score"] for told in json.loads(folder.search.read_text())["told"]] == [None, 0.4]
    log.tell(Told(trial="none-seed0", number=None, point={}, score=0.7))  # an arm, and no search of sets
    assert len(log.told) == 2


def test_the_file_is_the_memory_as_one_document_also_after_a_restart(
    plan_of: Callable[..., Plan], folder: SweepFolder
) -> None:
    """What is written again and again is put together from texts: it must be what writing it whole would give."""
    plan = plan_of(arms=["none"], space=SPACE)
    for number in (0, 1):
        log = SearchLog(plan, RecordStore(folder.records), folder.search)
        asked = log.next(range(number), ())
        assert asked is not None
        log.tell(Told(trial=asked.trial, number=number, point=asked.point, score=0.5))
        whole = {
            "version": 1, "asked": [asdict(one) for one in log.asked.values()],
            "told": [asdict(one) for one in log.told], "skipped": [], "exhausted": False, "search": log.search.state(),
        }  # fmt: skip
        assert folder.search.read_text() == json.dumps(whole) and len(log.asked) == number + 1


SETS = {"kind": "random-sets", "n_samples": 12, "size": 2, "distances": ["featural"]}


def test_a_search_that_began_with_one_seed_goes_on_with_it(plan_of: Callable[..., Plan], folder: SweepFolder) -> None:
    """Files of a time before seeds took turns do not say so; with the file lost, the records do."""
    plan, records = plan_of(arms=[], search=SETS), RecordStore(folder.records)

    def seeds_of(log: SearchLog, n: int) -> list[int]:
        return [asked.seed for number in range(n) if (asked := log.next(range(number), ())) is not None]

    assert seeds_of(SearchLog(plan, records, folder.search), 3) == [0, 1, 2]
    assert seeds_of(SearchLog(plan, records, folder.search), 5) == [0, 1, 2, 3, 4]  # resumed
    state = json.loads(folder.search.read_text())
    del state["search"]["seeds"]
    state["asked"] = [{**state["asked"][0]}]
    folder.search.write_text(json.dumps(state))
    assert seeds_of(SearchLog(plan, records, folder.search), 5) == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(("second", "third"), [(0, 0), (1, 2)])
def test_where_the_file_is_lost_records_say_how_a_search_began(
    second: int, third: int, plan_of: Callable[..., Plan], folder: SweepFolder, record_of: Callable[..., TrialRecord]
) -> None:
    records = RecordStore(folder.records)
    for number, seed in enumerate((0, second)):
        point = {"subset.languages": [("deu_Latn", "fra_Latn")[number]]}
        records.write(
            record_of(f"search-{number:04d}", seed, tuple(point["subset.languages"]), number=number, point=point)
        )
    asked = SearchLog(plan_of(arms=[], search=SETS), records, folder.search).next([0, 1], records.finished_names())
    assert asked is not None and (asked.number, asked.seed) == (2, third)
