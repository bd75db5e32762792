import subprocess
import sys

import pytest

from search_spaces.registry import Lazy, Registry, UnknownNameError


def test_a_lazy_member_is_the_one_that_its_target_names():
    table = Registry("number", {"pi": Lazy("math:pi"), "two": 2})
    assert (table["pi"], table["two"], dict(table)) == (3.141592653589793, 2, {"pi": 3.141592653589793, "two": 2})


def test_names_order_length_and_membership_import_nothing():
    table = Registry("thing", {"b": Lazy("no.such.module:X"), "a": Lazy("math:pi")})
    assert (list(table), len(table), "b" in table, "c" in table) == (["b", "a"], 2, True, False)
    table.check("b")
    with pytest.raises(ModuleNotFoundError):
        table["b"]


def test_an_unknown_name_gets_the_nearest_ones_without_an_import():
    table = Registry("thing", {"lateral": Lazy("no.such.module:X"), "other": Lazy("no.such.module:Y")})
    for look_up in (table.check, table.__getitem__):
        with pytest.raises(UnknownNameError, match="one of the 2 known ones, but is 'latteral'. Nearest: 'lateral'"):
            look_up("latteral")


def test_every_table_can_be_read_by_name_without_a_library():
    code = (
        "import sys\n"
        "from search_spaces.criteria import CRITERIA\nfrom search_spaces.searchers import SEARCHERS\n"
        "from trainables.data_sets import DATA_SETS\nfrom trainables.encoders import ENCODERS\n"
        "from trainables.parallel_data import SOURCES\nfrom trainables.realignment.alignments import ALIGNMENTS\n"
        "from trainables.realignment.objectives import OBJECTIVES\nfrom trainables.tasks import TASKS\n"
        "tables = CRITERIA, SEARCHERS, DATA_SETS, ENCODERS, SOURCES, ALIGNMENTS, OBJECTIVES, TASKS\n"
        "assert all(name in table for table in tables for name in table)\n"
        "print(sorted({'torch', 'transformers', 'datasets', 'numpy', 'scipy', 'optuna'} & sys.modules.keys()))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
