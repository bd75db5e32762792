"""Reports against numbers computed by hand: three languages, two seeds.

The scores are in `conftest.two_arms`.
"""

import dataclasses
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search_spaces.inventory import INVENTORY
from sweep.records.records import TrialRecord
from sweep.reports.write import latex_table, markdown_table, report

Scores = tuple[dict[str, Any], ...]


def test_markdown_report(two_arms: list[TrialRecord], record_of: Callable[..., TrialRecord]) -> None:
    failed = record_of("sub", 2, status="failed", score=None, scores=(), error="Traceback\nRuntimeError: out of memory")
    text = report([*two_arms, failed], "tiny")
    assert "4 trials finished, 1 failed; 2 arms, training seeds 0, 1" in text
    assert "| 44.0 ± 1.4 (+6.0) |" in text and "all, n=3" in text
    assert "- sub-seed2: RuntimeError: out of memory" in text
    widths = {len(line) for line in text.split("## ")[1].splitlines() if line.startswith("|")}
    assert len(widths) == 1


def test_csv_report_keeps_every_digit(two_arms: list[TrialRecord]) -> None:
    header, *lines = report(two_arms, "tiny", "csv").splitlines()
    assert (
        header.startswith("sweep,arm,label,n_languages,n_seeds") and len(lines) == 8 + 9
    )  # English too; "none" realigns nothing
    assert all(line.startswith("tiny,") for line in lines)


def test_latex_report(two_arms: list[TrialRecord]) -> None:
    """Every table fits two columns: 96 characters of small type, two for a gap, long texts in lines of 36."""
    long = dataclasses.replace(two_arms[2], arm="many", trial="many", languages=tuple(INVENTORY)[:20])
    text = report([*two_arms, long], "tiny_1", "latex")
    for title in (
        "Leaderboard",
        "The sets",
        "The claims in numbers",
        "PoS accuracy, zero-shot, test",
        "What was run",
        "Seconds per stage",
    ):
        assert rf"\caption{{{title}" in text
    assert r"tiny\_1" in text and r"$\pm$" in text and "±" not in text
    tables = re.findall(r"\\begin\{tabular\}\{([^\n]*)\}\n\\toprule\n(.*?)\\bottomrule", text, re.S)
    assert len(tables) == text.count(r"\begin{table") == text.count(r"\resizebox") > 5
    for columns, body in tables:
        rows = [line.removesuffix(r" \\").split(" & ") for line in body.splitlines() if line.endswith(r"\\")]
        kinds = re.findall(r"[lr]|p\{.*?\}", columns)
        widths = [
            max(len(re.sub(r"\$[^$]+\$", "x", row[i]).replace("\\", "")) for row in rows) for i in range(len(kinds))
        ]
        assert sum(36 if k[0] == "p" else w for k, w in zip(kinds, widths, strict=True)) + 2 * len(kinds) <= 100
    (sets,) = [columns for columns, body in tables if INVENTORY[next(iter(INVENTORY))].name in body]
    assert sets == r"llp{0.38\textwidth}"
    assert "$-$" in text and not re.search(r"[ \[(&]-\d", text)  # a minus is no hyphen


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no TeX is installed here: nothing is compiled")
def test_the_tables_compile_in_a_two_column_paper_and_fit(two_arms: list[TrialRecord], tmp_path: Path) -> None:
    long = dataclasses.replace(two_arms[2], arm="many", trial="many", languages=tuple(INVENTORY)[:20])
    paper = "\n".join(
        [
            r"\documentclass[twocolumn]{article}", r"\usepackage[utf8]{inputenc}", r"\usepackage{booktabs,graphicx}",
            r"\begin{document}", report([*two_arms, long], "tiny_1", "latex"), r"\clearpage\end{document}",
        ]
    )  # fmt: skip
    (tmp_path / "paper.tex").write_text(paper, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert not re.findall(r"Overfull \\hbox.*", done.stdout)


def test_a_report_without_results_says_why(record_of: Callable[..., TrialRecord]) -> None:
    failed = record_of("none", 0, status="failed", score=None, scores=(), error="RuntimeError: out of memory")
    with pytest.raises(ValueError, match=r"tiny has none \(1 failed: RuntimeError: out of memory\)"):
        report([failed], "tiny")
    with pytest.raises(ValueError, match="format must be one of"):
        report([], "tiny", "pdf")


def test_tables_align_and_escape() -> None:
    table = markdown_table(["a", "long"], [["x", "1"], ["yyy", "22"]])
    assert table.splitlines() == ["| a   | long |", "| :-- | ---: |", "| x   |    1 |", "| yyy |   22 |"]
    assert r"50\% \& more \#1" in latex_table(["a"], [["50% & more #1"]], "c")
