"""What a report says about each task: its main metric, which alone is averaged, and its names in tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trainables.tasks import TASKS


@dataclass(frozen=True)
class Titles:
    """metric: the main one. column: name of a column. table: title of a table of its own.

    chance: the main metric of guessing, a fraction; None where that is not known beforehand.
    """

    metric: str
    column: str
    table: str
    chance: float | None = None


_OF_PROBES: Mapping[str, Titles] = {
    "retrieval": Titles("p_at_1", "Retrieval P@1", "Retrieval P@1 with English, after realignment"),
    "retrieval_before": Titles("p_at_1", "Retrieval P@1 before", "Retrieval P@1 with English, before realignment"),
}
PROBES = tuple(_OF_PROBES)  # they need no labels, and come after the tasks


class _AllTitles(Mapping[str, Titles]):
    """Those of the tasks, as the tasks say, and of the probes; in the order of the tables."""

    def __getitem__(self, name: str) -> Titles:
        if name in PROBES:
            return _OF_PROBES[name]
        task = TASKS[name]
        return Titles(task.metric, task.title, f"{task.title}, zero-shot, test", task.chance)

    def __iter__(self) -> Iterator[str]:
        yield from TASKS
        yield from PROBES

    def __len__(self) -> int:
        return len(TASKS) + len(PROBES)


TITLES: Mapping[str, Titles] = _AllTitles()
