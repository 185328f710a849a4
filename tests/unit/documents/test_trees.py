"""Markup that attacks its parser is refused quickly, without expanding and without fetching anything."""

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rhapsode.documents.epub import read_epub
from rhapsode.documents.trees import read_html, read_xhtml, read_xml
from rhapsode.studio.errors import DocumentRefused

from .epub_builder import CONTAINER, epub, nav, ncx, opf, packed, page

_ENTITY = '<!DOCTYPE html [<!ENTITY a "SECRET">]>'


class _Recorder(http.server.BaseHTTPRequestHandler):
    requests: list[str]

    def do_GET(self) -> None:
        self.requests.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A local server that records what is asked of it."""
    requests: list[str] = []
    handler = type("Handler", (_Recorder,), {"requests": requests})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_address[1]}", requests
        served.shutdown()
        thread.join()


def _books_with(markup: str) -> dict[str, bytes]:
    """The same hostile markup as package document, NCX, navigation document and page."""
    item = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    good = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": opf(["a.xhtml"], items=item, spine='toc="ncx"'),
    }
    contents = {"OEBPS/toc.ncx": ncx([("I", "a.xhtml")]), "OEBPS/a.xhtml": page("<p>One.</p>")}
    return {
        "container": packed({**good, **contents, "META-INF/container.xml": markup}),
        "package": packed({**good, **contents, "OEBPS/book.opf": markup}),
        "ncx": packed({**good, **contents, "OEBPS/toc.ncx": markup}),
        "page": packed({**good, **contents, "OEBPS/a.xhtml": markup}),
        "nav": epub([("a.xhtml", "<p>One.</p>")], toc=markup + "<html/>"),
    }


@pytest.mark.parametrize("name", ["cyclic", "external", "external_file", "quadratic", "xmlbomb", "xmlbomb2"])
def test_known_attacks_inside_an_epub_are_refused_quickly(corpus: Callable[[str], Path], name: str) -> None:
    """Entity bombs and external entities are refused wherever in the book they stand."""
    markup = corpus(f"hostile-xml/{name}.xml").read_text()
    started = time.process_time()

    for book in _books_with(markup).values():
        with pytest.raises(DocumentRefused, match="declares XML entities"):
            read_epub(book)

    assert time.process_time() - started < 2


def test_a_doctype_without_entities_is_fine(corpus: Callable[[str], Path]) -> None:
    """EPUB 2 pages and NCX files have a DOCTYPE; its DTD is not fetched."""
    markup = corpus("hostile-xml/dtd.xml").read_text()

    assert read_epub(epub([("a.xhtml", markup)])).chapters[0].blocks[0].text == "text"


def test_nothing_is_fetched(server: tuple[str, list[str]]) -> None:
    """DTDs, external entities, stylesheets and includes of a local server are never asked for."""
    address, requests = server
    dtd = f'<!DOCTYPE html SYSTEM "{address}/x.dtd">'
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{address}/i.xml"/>'
    style = f'<?xml-stylesheet href="{address}/s.xsl" type="text/xsl"?>'

    read_epub(
        epub([("a.xhtml", style + dtd + page(f'<p>One.</p>{include}<img src="{address}/a.png" alt="a"/>'))])
    )
    with pytest.raises(DocumentRefused):
        read_xml(f'<!DOCTYPE x [<!ENTITY e SYSTEM "{address}/e">]><x>&e;</x>'.encode(), what="file")

    assert requests == []


@pytest.mark.parametrize(
    "markup",
    [
        f"<?xml version='1.0'?>{_ENTITY}<html>&a;</html>",
        f"<!-- > -->{_ENTITY}<html>&a;</html>",
        '<!DOCTYPE html [<!-- ]> <html> --><!ENTITY a "SECRET">]><html>&a;</html>',
        '<!doctype html [<!entity % p "SECRET">]><html/>',
        '<!DOCTYPE html SYSTEM "a>b" [<!ENTITY a "SECRET">]><html>&a;</html>',
        "<!DOCTYPE html SYSTEM 'a[b' [<!ENTITY a 'SECRET'>]><html>&a;</html>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_entity_declarations_are_found_however_they_hide(markup: str, encoding: str) -> None:
    """Comments, quoted brackets and other encodings don't hide a declaration."""
    with pytest.raises(DocumentRefused, match="declares XML entities"):
        read_xhtml(markup.encode(encoding), what="page")


def test_the_word_entity_in_a_page_is_harmless() -> None:
    """A book about XML may show a declaration in its text."""
    body = page("<p>Write &lt;!ENTITY a 'b'&gt;.</p><!-- <!ENTITY c 'd'> -->")

    assert read_xhtml(f"<!DOCTYPE html>{body}".encode(), what="page") is not None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "iso-8859-1", "windows-1251"])
def test_pages_in_other_encodings_are_read(encoding: str) -> None:
    """The byte-order mark or the declaration tells the encoding."""
    word = "Лампа" if encoding == "windows-1251" else "Lämpchen"
    content = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?><p>{word}</p>'.encode(
        encoding
    )

    assert read_xhtml(content, what="page").text == word


def test_markup_nested_without_end_is_refused() -> None:
    """The HTML parser would silently drop what is nested too deeply."""
    with pytest.raises(DocumentRefused, match="nested too deeply"):
        read_html("<div>" * 5000 + "text", what="HTML page")


def test_nav_of_a_book_is_read_as_html_where_it_is_broken() -> None:
    """An unclosed tag in the navigation document costs no chapter."""
    broken = nav([("I", "a.xhtml"), ("II", "b.xhtml")]).replace("</li>", "")

    document = read_epub(epub([("a.xhtml", "<p>1</p>"), ("b.xhtml", "<p>2</p>")], toc=broken))

    assert [chapter.name for chapter in document.chapters] == ["I", "II"]


def test_a_long_page_is_read_to_its_end() -> None:
    """libxml2 drops what comes after ten megabytes in paragraphs of a million characters, without a word."""
    words = "".join(f"{number} " for number in range(300_000))
    page = f"<html><body>{f'<p>{words}</p>' * 10}</body></html>"

    assert sum(map(len, read_html(page, what="page").itertext())) == 10 * len(words)
