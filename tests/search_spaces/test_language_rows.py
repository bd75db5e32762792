"""One table for pool, targets, costs and groups."""

import pytest

from search_spaces.choose import choose, make_problem, parse_pool
from search_spaces.columns import read_columns
from search_spaces.language_rows import read_marked
from search_spaces.reading import DataError
from search_spaces.rules import SubsetRules, read_costs

TABLE = "language,pool,target,cost,shelf\nde,yes,,3,a\nnl,x,,2,b\nManx,no,2,,\naf,,yes,,a\ncy,yes,no,5,b\n"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(TABLE)
    return path


def test_each_reader_takes_its_own_column(table):
    assert parse_pool(str(table)) == ("cym_Latn", "deu_Latn", "nld_Latn")
    assert parse_pool(str(table), mark="target") == ("afr_Latn", "glv_Latn")
    assert read_marked(table, "target") == {"glv_Latn": 2.0, "afr_Latn": 1.0}
    assert read_costs(table) == {"deu_Latn": 3.0, "nld_Latn": 2.0, "cym_Latn": 5.0}
    assert read_columns(table)["shelf"] == {
        "deu_Latn": "a", "nld_Latn": "b", "afr_Latn": "a", "cym_Latn": "b"
    }  # fmt: skip


def test_one_file_is_all_that_a_choice_needs(table):
    found = choose(
        2, "target-coverage", pool=str(table), targets=str(table), costs=table, facts=table, anchor=None, n_random=0,
        rules=SubsetRules(budget=5, at_most={"shelf": 1}),
    )  # fmt: skip
    assert found.problem.target_weights == {"glv_Latn": 2.0, "afr_Latn": 1.0}
    assert sum(found.problem.space.costs[tag] for tag in found.selection.subset) <= 5


def test_without_a_mark_every_row_counts(tmp_path):
    path = tmp_path / "languages.csv"
    path.write_text("iso,script,class\nglv,,1\nsrp,Latn,\n")
    assert parse_pool(str(path)) == ("glv_Latn", "srp_Latn")
    assert make_problem(1, pool=str(path), targets="cy")[0].candidates == ("glv_Latn", "srp_Latn")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("language,pool\nde,perhaps\n", "finite number of at least 0, but is 'perhaps' in `pool` of .*line 2"),
        ("language,pool\nde,-1\n", "at least 0, but is '-1'"),
        ("name,pool\nde,yes\n", "header `language`"),
        ("language,pool\nde,yes\nGerman,no\n", "deu_Latn occurs again"),
    ],
)
def test_tables_that_are_refused(tmp_path, text, message):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        parse_pool(str(path))
