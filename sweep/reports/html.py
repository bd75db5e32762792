"""A report as one HTML page that opens without a network: tables, figures inside as SVG images, and, where its data is
given, the leaderboard and the figures that one plays with (`page`).

Figures are images and not inline SVG: the identifiers inside of two figures would clash in one page.
"""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from sweep.reports.document import Document, Plot, Section, Table
from sweep.reports.page.assemble import POLICY, page_markup, page_scripts, page_style
from sweep.reports.page.data import Progress

STYLE = """
:root { --ink: #1c1c1c; --soft: #5a5a5a; --rule: #d5d5d5; --accent: #0072b2; }
body { font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: var(--ink);
  max-width: 76rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; margin: 2.6rem 0 .6rem; padding-top: .7rem; border-top: 2px solid var(--accent); }
h3 { font-size: 1.02rem; margin: 1.6rem 0 .4rem; }
p, li, figcaption { max-width: 52rem; overflow-wrap: break-word; }
li { margin: .2rem 0; }
nav { font-size: .92rem; margin: 1rem 0; }
nav a { margin-right: 1rem; white-space: nowrap; color: var(--accent); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums;
  border-top: 1.6px solid var(--ink); border-bottom: 1.6px solid var(--ink); }
th { border-bottom: 1px solid var(--ink); font-weight: 600; vertical-align: bottom; }
th, td { padding: .28rem .7rem; text-align: right; white-space: nowrap; }
thead th { white-space: normal; min-width: 4.2rem; }
th.text, td.text { text-align: left; }
th:first-child, td:first-child { position: sticky; left: 0; background: #fff; }
tbody tr:nth-child(even) td { background: #f5f7f9; }
.note, figcaption { color: var(--soft); font-size: .88rem; margin: .4rem 0 0; }
figure { margin: 1.4rem 0 2rem; }
figure img { max-width: 100%; height: auto; }
@media print { body { max-width: none; font-size: 10pt; }
  nav { display: none; } figure, table { break-inside: avoid; } }
"""


def html(
    document: Document, data: Mapping[str, Any] | None = None, sweeps: Mapping[str, Progress] | None = None
) -> str:
    """The whole page.

    Args:
        data: see `page_data`; None = without what one plays with. sweeps: how far each has come.
    """
    titled = [section.title for section in document.sections if section.title]
    links = " ".join(f'<a href="#{_anchor(title)}">{escape(title)}</a>' for title in titled)
    body = [f"<h1>{escape(document.title)}</h1>"]
    for i, section in enumerate(document.sections):
        body.append(_section(section))
        if i == 0 and links:
            body.append(f"<nav>{links}</nav>")
        if i == 0 and data is not None:
            body.append(page_markup(data))
    if data is not None and not document.sections:
        body.append(page_markup(data))
    style, scripts, policy = STYLE, "", ""
    if data is not None:
        style, scripts = STYLE + page_style(), page_scripts(data, sweeps or {})
        policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        + policy
        + '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(document.title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + f"\n{scripts}</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    parts = [f'<h2 id="{_anchor(section.title)}">{escape(section.title)}</h2>'] if section.title else []
    parts += [f"<p><strong>{escape(section.lead)}</strong></p>"] if section.lead else []
    parts += [f"<p>{escape(text)}</p>" for text in section.paragraphs]
    if section.points:
        parts.append("<ul>" + "".join(f"<li>{escape(text)}</li>" for text in section.points) + "</ul>")
    parts += [_table(table, table.title != section.title) for table in section.tables]
    parts += [_plot(plot) for plot in section.plots]
    return "\n".join(parts)


def _table(table: Table, with_title: bool) -> str:
    head = _cells("th", table.header, table.n_text)
    rows = "\n".join(f"<tr>{_cells('td', row, table.n_text)}</tr>" for row in table.rows)
    title = f"<h3>{escape(table.title)}</h3>\n" if with_title else ""
    note = f'\n<p class="note">{escape(table.note)}</p>' if table.note else ""
    return (
        f'{title}<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>'
        f"{note}"
    )


def _cells(tag: str, texts: Sequence[str], n_text: int) -> str:
    kinds = [' class="text"' if i < n_text else "" for i in range(len(texts))]
    return "".join(f"<{tag}{kind}>{escape(text)}</{tag}>" for kind, text in zip(kinds, texts, strict=True))


def _plot(plot: Plot) -> str:
    data = base64.b64encode(plot.svg).decode("ascii")
    return (
        f"<figure>\n<h3>{escape(plot.title)}</h3>\n"
        f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(plot.title, quote=True)}">\n'
        f"<figcaption>{escape(plot.caption)}</figcaption>\n</figure>"
    )


def _anchor(title: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in title.lower())
