"""Tasks, one file each. The table is the only list."""

from typing import TYPE_CHECKING

from search_spaces.registry import Lazy, Registry

if TYPE_CHECKING:
    from trainables.tasks.base import Task

TASKS: "Registry[Task]" = Registry(
    "task",
    {
        "pos": Lazy("trainables.tasks.pos:POS"),
        "ner": Lazy("trainables.tasks.ner:NER"),
        "nli": Lazy("trainables.tasks.nli:NLI"),
    },
    group="tasks",
)
