"""What a report says about each task: its main metric, which alone is averaged, and its names in tables.

The metrics are those of `trainables.tasks.TASKS` (a test compares them), written out here because importing the tasks
means importing torch, and a report is made in a moment without it.
"""

from dataclasses import dataclass

from search_spaces.registry import Registry


@dataclass(frozen=True)
class Titles:
    """metric: the main one. column: name of a column. table: title of a table of its own."""

    metric: str
    column: str
    table: str


# In the order of the tables.
TITLES: Registry[Titles] = Registry(
    "task of a report",
    {
        "pos": Titles("accuracy", "PoS accuracy", "PoS accuracy, zero-shot, test"),
        "ner": Titles("f1", "NER F1", "NER F1, zero-shot, test"),
        "nli": Titles("accuracy", "NLI accuracy", "NLI accuracy, zero-shot, test"),
        "retrieval": Titles("p_at_1", "Retrieval P@1", "Retrieval P@1 with English, after realignment"),
        "retrieval_before": Titles("p_at_1", "Retrieval P@1 before", "Retrieval P@1 with English, before realignment"),
    },
)
PROBES = ("retrieval", "retrieval_before")  # they need no labels
