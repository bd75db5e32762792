"""What a report is made of."""

from xml.etree import ElementTree

from sweep.reports.document import Document, Plot, Section, Table, drawn
from sweep.reports.figures import new_panels


def test_a_document_has_the_tables_and_plots_of_its_sections_in_order() -> None:
    tables = [Table(title=title, header=["a"], rows=[]) for title in "xyz"]
    figure, _ = new_panels(1, 1, 2.0, 1.0)
    plot = Plot(name="p", title="P", draw=drawn(figure), caption="")
    sections = [Section(title="1", tables=tables[:2]), Section(title="2", plots=[plot], tables=tables[2:])]
    document = Document(title="t", sections=sections)
    assert document.tables == tables and document.plots == [plot]


def test_a_plot_is_an_svg_and_a_png() -> None:
    figure, (axes,) = new_panels(1, 1, 3.0, 2.0)
    axes.plot([0, 1], [0, 1])
    plot = Plot(name="p", title="P", draw=drawn(figure), caption="")
    assert ElementTree.fromstring(plot.svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert plot.png.startswith(b"\x89PNG\r\n\x1a\n")
