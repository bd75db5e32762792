"""A report as text: Markdown for people, LaTeX with booktabs for papers. Figures are not in it."""

from collections.abc import Sequence

from sweep.reports.document import Document, Rows, Section


def markdown(document: Document) -> str:
    """The whole report: its sentences and tables."""
    parts = [f"# {document.title}"]
    for section in document.sections:
        parts += _markdown_section(section)
    return "\n\n".join(parts) + "\n"


def latex(document: Document) -> str:
    """The tables, one float each."""
    tables = [
        latex_table(table.header, table.rows, f"{table.title} ({document.title}). {table.note}".strip())
        for table in document.tables
    ]
    return "% needs \\usepackage{booktabs}\n" + "\n".join(tables)


def markdown_table(header: Sequence[str], rows: Rows) -> str:
    """A GitHub table; the first column is left-aligned, numbers are right-aligned."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in [list(header), *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    rule = [":" + "-" * max(2, widths[0] - 1)] + ["-" * max(2, width - 1) + ":" for width in widths[1:]]

    def line(row: Sequence[str]) -> str:
        padded = [c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        return "| " + " | ".join(padded) + " |"

    return "\n".join([line(cells[0]), line(rule), *map(line, cells[1:])])


def latex_table(header: Sequence[str], rows: Rows, caption: str) -> str:
    """A table environment with booktabs rules."""
    columns = "l" + "r" * (len(header) - 1)
    lines = [" & ".join(map(_latex_text, row)) + r" \\" for row in [list(header), *rows]]
    return "\n".join(
        [
            r"\begin{table}", r"\centering", rf"\begin{{tabular}}{{{columns}}}", r"\toprule", lines[0], r"\midrule",
            *lines[1:], r"\bottomrule", r"\end{tabular}", rf"\caption{{{_latex_text(caption)}}}", r"\end{table}", "",
        ]
    )  # fmt: skip


def _markdown_section(section: Section) -> list[str]:
    # A section of tables only would have a heading with nothing but headings below it.
    parts = [f"## {section.title}"] if section.title and (section.paragraphs or section.points) else []
    parts += section.paragraphs
    if section.points:
        parts.append("\n".join(f"- {point}" for point in section.points))
    for table in section.tables:
        parts += [f"## {table.title}", markdown_table(table.header, table.rows)]
        parts += [table.note] if table.note else []
    return parts


_LATEX = {
    "\\": r"\textbackslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "<": r"$<$", ">": r"$>$",
}  # fmt: skip


def _latex_text(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)
