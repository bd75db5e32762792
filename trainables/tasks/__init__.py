"""Tasks, one file each. The table is the only list."""

from search_spaces.registry import Registry
from trainables.tasks.base import Task
from trainables.tasks.ner import NER
from trainables.tasks.nli import NLI
from trainables.tasks.pos import POS

TASKS: Registry[Task] = Registry("task", {task.name: task for task in (POS, NER, NLI)})
