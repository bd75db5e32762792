"""Tables as text: what a spreadsheet or a Markdown reader would take for more than text stays text."""

import csv
import io

import pandas as pd

from sweep.reports.text_forms import csv_text, markdown_table


def test_a_bar_or_a_line_break_ends_no_row() -> None:
    table = markdown_table(["arm", "score"], [["a\nb|c\r\n  d", "0.5"], ["x\u2028y", "0.6"]])
    lines = table.split("\n")
    assert len(lines) == 4 and {line.replace("\\|", "").count("|") for line in lines} == {3}
    assert "a b\\|c d" in lines[2] and "x y" in lines[3]


def test_a_cell_that_a_spreadsheet_would_compute_is_text() -> None:
    """The cells of OWASP's page on CSV injection, https://owasp.org/www-community/attacks/CSV_Injection."""
    cells = ["=1+1", "@SUM(A1)", "+cmd", "-cmd|' /C calc'!A0", "\t=1", "plain", "-0.5", "+1e-3", "a=b", None]
    table = pd.DataFrame({"=label": cells, "score": [-0.5] * len(cells)})
    header, *rows = csv.reader(io.StringIO(csv_text(table)))
    assert header == ["'=label", "score"]
    assert [row[0] for row in rows] == [
        "'=1+1", "'@SUM(A1)", "'+cmd", "'-cmd|' /C calc'!A0", "'\t=1", "plain", "-0.5", "+1e-3", "a=b", "",
    ]  # fmt: skip
    assert {row[1] for row in rows} == {"-0.5"}


def test_tables_without_such_cells_are_as_pandas_writes_them() -> None:
    table = pd.DataFrame({"a": ["x, y", "z"], "b": [1, 2], "c": [0.1, None], "d": [True, False]})
    assert csv_text(table) == table.to_csv(index=False, lineterminator="\n")
