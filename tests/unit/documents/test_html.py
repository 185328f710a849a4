"""HTML pages: the article is kept in chapters, the site around it is told as left out."""

import pytest

from rhapsode.documents.html import read_html_page
from rhapsode.studio.document import Document
from rhapsode.studio.errors import DocumentRefused

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>The Lamp | My Site</title><meta name="author" content="Ann Lee">
<meta name="description" content="About a lamp."></head><body>
<header><h1>My Site</h1></header><nav><a href="/">Home</a> <a href="/all">All</a></nav>
<main><article><header><h2>The Lamp</h2></header><p>It was lit.</p><aside>Buy lamps!</aside>
<form><label>Mail</label><button>Send</button></form></article></main>
<div class="sidebar">More</div><footer>Imprint</footer><script>track("you")</script></body></html>"""


def _texts(document: Document) -> list[tuple[str, list[str]]]:
    return [(chapter.name, [block.text for block in chapter.blocks]) for chapter in document.chapters]


def test_the_article_is_kept_and_the_site_left_out() -> None:
    """Headers, menus, side columns and forms are no text, and each is told."""
    document = read_html_page(_PAGE.encode())

    assert _texts(document) == [("The Lamp", ["The Lamp", "It was lit."])]
    assert (document.title, document.author, document.language) == ("The Lamp", "Ann Lee", "en")
    assert document.description == "About a lamp."
    assert [item.what for item in document.left_out] == [
        "4 texts around the article (28 characters)",
        "navigation menu (8 characters)",
        "form (8 characters)",
    ]


def test_what_docbook_puts_around_a_chapter_is_left_out() -> None:
    """Its pages have a table of links above and below, where no menu stands."""
    links = (
        '<div class="nav{}"><table><tr><td>Prev</td><th>Chapter 3. Tides</th><td>Next</td></tr></table></div>'
    )
    page = links.format("header") + "<h1>Chapter 3. Tides</h1><p>They rose.</p>" + links.format("footer")

    document = read_html_page(f"<html><body>{page}</body></html>".encode())

    assert _texts(document) == [("Chapter 3. Tides", ["Chapter 3. Tides", "They rose."])]


@pytest.mark.parametrize(
    ("body", "chapters"),
    [
        ("<h1>A</h1><p>1</p><h1>B</h1><p>2</p>", [("A", ["A", "1"]), ("B", ["B", "2"])]),
        (
            "<h1>T</h1><p>0</p><h2>A</h2><p>1</p><h2>B</h2><p>2</p>",
            [("T", ["T", "0"]), ("A", ["A", "1"]), ("B", ["B", "2"])],
        ),
        ("<h1>T</h1><h2>A</h2><p>1</p><h2>B</h2><p>2</p>", [("A", ["T", "A", "1"]), ("B", ["B", "2"])]),
        ("<h1>T</h1><p>0</p><h3>A</h3><p>1</p>", [("T", ["T", "0", "A", "1"])]),
        ("<p>0</p><h2>A</h2><p>1</p>", [("Page", ["0"]), ("A", ["A", "1"])]),
        ("<p>0</p>", [("Page", ["0"])]),
    ],
)
def test_chapters_are_cut_at_headings(body: str, chapters: list[tuple[str, list[str]]]) -> None:
    """At main headings, or at the next level below a single one; a lone title goes with the first chapter."""
    assert _texts(read_html_page(f"<html><title>Page</title><body>{body}</body></html>".encode())) == chapters


def test_a_list_of_links_into_the_page_is_navigation() -> None:
    """A page's own table of contents is left out, a list of links to elsewhere is text."""
    links = ["1 <a href='#a'>Alpha</a>", "2 <a href='#b'>Beta</a>", "3 <a href='#c'>Gamma</a>"]
    menu = f"<ul><li>{'</li><li>'.join(links)}</li></ul>"
    body = f"{menu}{menu.replace('#', 'https://example.org/')}<p>Text.</p>"

    document = read_html_page(f"<html><body>{body}</body></html>".encode())

    assert _texts(document)[0][1] == ["1 Alpha", "2 Beta", "3 Gamma", "Text."]
    assert [item.what for item in document.left_out] == ["navigation menu (20 characters)"]


def test_several_articles_are_all_kept() -> None:
    """A page with two articles has two texts, not a text and its surroundings."""
    body = "<article><h1>A</h1><p>1</p></article><article><h1>B</h1><p>2</p></article>"

    assert _texts(read_html_page(f"<body>{body}</body>".encode())) == [("A", ["A", "1"]), ("B", ["B", "2"])]


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-15", "windows-1251", "shift_jis", "gb18030"])
def test_the_declared_encoding_is_used(charset: str) -> None:
    """A charset in a meta element tells the encoding."""
    word = {"windows-1251": "Лампа", "shift_jis": "ランプ", "gb18030": "灯火"}.get(charset, "Lämpchen")
    content = f'<html><head><meta charset="{charset}"></head><body><p>{word}</p></body></html>'.encode(
        charset
    )

    assert _texts(read_html_page(content))[0][1] == [word]


@pytest.mark.parametrize(
    "body", ["", "<nav>Home</nav>", "<img src='a.png' alt='A lamp'>", "<script>x()</script>"]
)
def test_a_page_without_text_is_refused(body: str) -> None:
    """A page of menus, code or pictures holds nothing to narrate."""
    with pytest.raises(DocumentRefused, match=r"^The HTML page holds no text that could be narrated\.$"):
        read_html_page(f"<html><body>{body}</body></html>".encode())
