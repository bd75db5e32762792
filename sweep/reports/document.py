"""What a report is made of, whatever it is written as: a title and sections of sentences, tables and plots."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sweep.reports.figures import write_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Rows = list[list[str]]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Texts in rows; the first `n_text` columns are left-aligned, the others hold numbers. `note` stands below it."""

    title: str
    header: Sequence[str]
    rows: Rows
    note: str = ""
    n_text: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Plot:
    """A figure. `name`: of its file, without ending. `caption`: what is drawn, over how many seeds and languages.

    draw: makes it when it is first asked for; of a figure that is there, see `drawn`.
    """

    name: str
    title: str
    draw: "Callable[[], Figure]"
    caption: str

    @cached_property
    def figure(self) -> "Figure":
        """Drawn once."""
        return self.draw()

    @cached_property
    def svg(self) -> bytes:
        """The figure as SVG, drawn once."""
        return self._drawn("svg")

    @property
    def png(self) -> bytes:
        """The figure as PNG."""
        return self._drawn("png")

    def _drawn(self, form: str) -> bytes:
        buffer = io.BytesIO()
        write_figure(self.figure, buffer, form)
        return buffer.getvalue()


def drawn(figure: "Figure") -> "Callable[[], Figure]":
    """For `Plot.draw`."""
    return lambda: figure


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Numbers with names that the interactive page draws as bars; other forms show their table or figure.

    lows, highs: ends of intervals, or empty. filled: which bars stand out, or empty. unit: "points" (values are
    fractions), "share".
    """

    title: str
    names: Sequence[str]
    values: Sequence[float]
    lows: Sequence[float] = ()
    highs: Sequence[float] = ()
    filled: Sequence[bool] = ()
    unit: str = "points"
    note: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Section:
    """One heading; empty title = no heading. `lead`: the sentence that matters. `points`: sentences of a list."""

    title: str
    lead: str = ""
    paragraphs: Sequence[str] = ()
    points: Sequence[str] = ()
    tables: Sequence[Table] = ()
    plots: Sequence[Plot] = ()
    bars: Sequence[Bars] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Document:
    """A whole report."""

    title: str
    sections: list[Section] = field(default_factory=list)

    @property
    def tables(self) -> list[Table]:
        """All of them, in order."""
        return [table for section in self.sections for table in section.tables]

    @property
    def plots(self) -> list[Plot]:
        """All of them, in order."""
        return [plot for section in self.sections for plot in section.plots]
