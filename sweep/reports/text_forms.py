"""A report as text: Markdown for people, LaTeX with booktabs for papers. Figures are not in it."""

import re
import textwrap
from collections.abc import Sequence

import pandas as pd

from sweep.reports.document import Document, Rows, Section, Table


def markdown(document: Document) -> str:
    """The whole report: its sentences and tables."""
    parts = [f"# {document.title}"]
    for section in document.sections:
        parts += _markdown_section(section)
    return "\n\n".join(parts) + "\n"


BREAK = re.compile(r"\s*[\r\n\u2028\u2029]+\s*")
MAX_SAID = 4
"""Sentences of the first sections that stand above the tables."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that spreadsheets compute: OWASP, "CSV Injection"."""

NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
PAGE = 96
"""Characters of \\footnotesize that stand side by side across two columns; a gap between columns counts as two."""

COLUMN = 44
"""The same in one column of two."""

LONG = 36
"""Characters from which a column of texts breaks its lines."""


def latex(document: Document) -> str:
    """The tables, one float each, or several where the columns do not fit a page side by side.

    A table that is wider than one column of two spans both (`table*`), and shrinks where it is still too wide. Every
    part has the whole note in its caption, so that each defines its symbols. The sentences about what was run stand
    above as comments.
    """
    said = [text for section in document.sections if section.tables for text in [section.lead, *section.paragraphs]]
    head = [f"% {line}" for text in said[:MAX_SAID] if text for line in textwrap.wrap(BREAK.sub(" ", text), 110)]
    floats = []
    for table in document.tables:
        parts = _fitting(table)
        for i, part in enumerate(parts, start=1):
            title = table.title + (f", part {i} of {len(parts)}" if len(parts) > 1 else "")
            caption = f"{title} ({document.title}). {table.note}".strip()
            floats.append(latex_table(part.header, part.rows, caption, part.n_text))
    return "\n".join(["% needs \\usepackage{booktabs,graphicx}", *head, *floats])


def _fitting(table: Table) -> list[Table]:
    """The table in parts that fit a page: the arm (or what the first column holds) in each, the others in order."""
    widths = [max(len(row[i]) for row in [table.header, *table.rows]) for i in range(len(table.header))]
    widths = [min(width, LONG) if i < table.n_text else width for i, width in enumerate(widths)]
    parts, used = [[0]], widths[0]
    for i, width in enumerate(widths[1:], start=1):
        if used + 2 + width > PAGE and len(parts[-1]) > 1:
            parts, used = [*parts, [0]], widths[0]
        parts[-1].append(i)
        used += 2 + width
    return [
        Table(
            title=table.title, header=[table.header[i] for i in part], n_text=sum(i < table.n_text for i in part),
            rows=[[row[i] for i in part] for row in table.rows],
        )
        for part in parts
    ]  # fmt: skip


def markdown_table(header: Sequence[str], rows: Rows, n_text: int = 1) -> str:
    """A GitHub table; the first `n_text` columns are left-aligned, numbers are right-aligned.

    A bar or a line break within a cell ends neither the cell nor the row.
    """
    cells = [[BREAK.sub(" ", cell).replace("|", "\\|") for cell in row] for row in [list(header), *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    dashes = ["-" * max(2, width - 1) for width in widths]
    rule = [f":{line}" if i < n_text else f"{line}:" for i, line in enumerate(dashes)]

    def line(row: Sequence[str]) -> str:
        padded = [c.ljust(w) if i < n_text else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        return "| " + " | ".join(padded) + " |"

    return "\n".join([line(cells[0]), line(rule), *map(line, cells[1:])])


def plain_table(header: Sequence[str], rows: Rows, n_text: int = 1) -> str:
    """Columns for a terminal, two spaces apart; the first `n_text` are left-aligned, numbers are right-aligned."""
    cells = [[BREAK.sub(" ", cell) for cell in row] for row in [list(header), *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    padded = [
        [c.ljust(w) if i < n_text else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        for row in cells
    ]
    return "\n".join("  ".join(row).rstrip() for row in padded)


def csv_text(table: pd.DataFrame) -> str:
    """A table as CSV with a header. A text that a spreadsheet would compute ("=1+1") has an apostrophe in front."""
    shown = table.rename(columns=lambda name: _inert(str(name)))
    for place in range(shown.shape[1]):
        if not pd.api.types.is_numeric_dtype(shown.dtypes.iloc[place]):
            shown.isetitem(place, [_inert(value) for value in shown.iloc[:, place]])
    return str(shown.to_csv(index=False, lineterminator="\n"))


def _inert(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULA) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def latex_table(header: Sequence[str], rows: Rows, caption: str, n_text: int = 1) -> str:
    """A table environment with booktabs rules, no wider than a column or a page of two; long texts break."""
    widest = [max(len(row[i]) for row in [list(header), *rows]) for i in range(len(header))]
    width = sum(min(w, LONG) if i < n_text else w for i, w in enumerate(widest)) + 2 * len(header)
    kind, across = ("table", r"\columnwidth") if width <= COLUMN else ("table*", r"\textwidth")
    longest = [max(len(row[i]) for row in [list(header), *rows]) for i in range(n_text)]
    wide = rf"p{{{LONG / PAGE:.2f}\textwidth}}"
    columns = "".join(wide if length > LONG else "l" for length in longest) + "r" * (len(header) - n_text)
    lines = [" & ".join(map(_latex_text, row)) + r" \\" for row in [list(header), *rows]]
    return "\n".join(
        [
            rf"\begin{{{kind}}}[tbp]", r"\centering\footnotesize",
            rf"\resizebox{{\ifdim\width>{across} {across}\else\width\fi}}{{!}}{{%",
            rf"\begin{{tabular}}{{{columns}}}", r"\toprule", lines[0], r"\midrule", *lines[1:], r"\bottomrule",
            r"\end{tabular}}", rf"\caption{{{_latex_text(caption)}}}", rf"\end{{{kind}}}", "",
        ]
    )  # fmt: skip


def _markdown_section(section: Section) -> list[str]:
    # A section of tables only would have a heading with nothing but headings below it.
    said = [*([f"**{section.lead}**"] if section.lead else []), *section.paragraphs]
    parts = [f"## {section.title}"] if section.title and (said or section.points) else []
    level = "###" if parts else "##"
    parts += said
    if section.points:
        parts.append("\n".join(f"- {point}" for point in section.points))
    for table in section.tables:
        parts += [f"{level} {table.title}", markdown_table(table.header, table.rows, table.n_text)]
        parts += [table.note] if table.note else []
    return parts


_LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "<": r"$<$", ">": r"$>$",
    "\N{MINUS SIGN}": r"$-$",
})  # fmt: skip


MINUS = re.compile(r"(?<![\w.)-])-(?=\.?\d)")
"""A hyphen that stands for a minus: before a number, and not within a name or a range."""


def _latex_text(text: str) -> str:
    return MINUS.sub("\N{MINUS SIGN}", text).translate(_LATEX)
