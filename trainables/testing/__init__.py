"""Contracts of tasks, objectives, encoder providers, data sources and data sets, for authors of plug-ins.

Our own tests run the same. Each is a class of tests; a subclass whose name begins with `Test` says which member is
meant, and pytest does the rest:

    from trainables.testing import TaskContract

    class TestMine(TaskContract):
        name = "mine"

The member is looked up in its table: install the plug-in, or load it first (`search_spaces.plugins.load_plugins`).
Nothing here imports pytest, and each test can be called by itself.
"""

from trainables.testing.data import DataSetContract, SourceContract
from trainables.testing.encoders import EncoderContract
from trainables.testing.objectives import ObjectiveContract
from trainables.testing.tasks import TaskContract

__all__ = ["DataSetContract", "EncoderContract", "ObjectiveContract", "SourceContract", "TaskContract"]
