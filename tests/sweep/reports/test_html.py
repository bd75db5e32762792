"""A report as one page, read again by the standard library's parser."""

import base64
from html.parser import HTMLParser

from sweep.reports.document import Document, Plot, Section, Table, drawn
from sweep.reports.figures import new_panels
from sweep.reports.html import html

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Reader(HTMLParser):
    """Refuses tags that do not fit; collects what is in the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1], data))


def page_of(*sections: Section, title: str = "tiny") -> Reader:
    return Reader(html(Document(title=title, sections=list(sections))))


def test_texts_come_back_as_they_are_whatever_stands_in_them() -> None:
    odd = '<b>"A & B"</b> \u2028 ß'
    table = Table(title="numbers", header=[odd, "n"], rows=[[odd, "1"]], note=odd)
    page = page_of(Section(title=odd, lead=odd, paragraphs=[odd], points=[odd], tables=[table]), title=odd)
    found = [tag for tag, text in page.texts if text == odd]
    assert found == ["title", "h1", "h2", "strong", "p", "li", "th", "td", "p", "a"]


def test_links_lead_to_their_sections_and_cells_of_numbers_stand_right() -> None:
    table = Table(title="One", header=["arm", "n"], rows=[["a", "1"], ["b", "2"]])
    page = page_of(Section(title="", paragraphs=["first"]), Section(title="One", tables=[table]), Section(title="Two"))
    anchors = [attributes["id"] for tag, attributes in page.tags if tag == "h2"]
    assert [attributes["href"] for tag, attributes in page.tags if tag == "a"] == [f"#{one}" for one in anchors]
    assert anchors == ["one", "two"]
    cells = [attributes.get("class") for tag, attributes in page.tags if tag == "td"]
    assert cells == ["text", None, "text", None]
    assert [text for tag, text in page.texts if tag == "h3"] == []  # the table has the title of its section


def test_a_figure_is_in_the_page_itself() -> None:
    figure, _ = new_panels(1, 1, 2.0, 1.0)
    plot = Plot(name="p", title='the "best"', draw=drawn(figure), caption="n=3")
    (image,) = (attributes for tag, attributes in page_of(Section(title="", plots=[plot])).tags if tag == "img")
    kind, _, data = (image["src"] or "").partition(",")
    assert kind == "data:image/svg+xml;base64" and base64.b64decode(data) == plot.svg
    assert image["alt"] == 'the "best"'
