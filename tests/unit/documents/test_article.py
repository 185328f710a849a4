"""Fetched pages: the article alone, with what its page says of itself."""

import pytest

from rhapsode.documents.article import read_article
from rhapsode.documents.importing import import_document
from rhapsode.studio.document import BlockKind, Document
from rhapsode.studio.errors import DocumentRefused

LONG = "The estuary is wide at high water and narrow when the tide has gone out, as everybody here knows. "
PAGE = f"""<!doctype html><html lang="en-GB"><head><title>Boats of the estuary | The Tidal Post</title>
<meta name="description" content="Of boats."></head><body>
<header><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></header>
<div class="wrap"><div class="content"><h1>Boats of the estuary</h1>
<p class="byline">By <a rel="author" href="/ida">Ida Strand</a></p>
<p>{LONG * 2}</p>
<h2>The small ones<a class="headerlink" href="#small">¶</a></h2>
<p>Most are <em>never</em> taken out of the water. {LONG}</p>
<blockquote><p>A boat that cannot wait for water is no boat for us, said the old builder.</p></blockquote>
<ul><li>The punt, for one person and a dog.</li><li>The smack, for the oysters in the creek.</li></ul>
<h2>The large ones</h2><p>{LONG * 2}</p><div class="share">Share this: <a href="#">Mail</a></div></div>
<div class="sidebar"><h3>Most read</h3><ul><li><a href="/1">Ten recipes</a></li></ul></div>
<div id="comments"><h3>Comments</h3><p>Great article, thank you so much for this!</p></div></div>
<script>track()</script><footer><p>Copyright. Subscribe to our newsletter.</p></footer></body></html>"""


def texts_of(document: Document) -> list[str]:
    return [block.text for chapter in document.chapters for block in chapter.blocks]


def test_the_article_alone() -> None:
    """Headings, paragraphs, quotations and lists stay what they are; all that surrounds them is gone and told."""
    document = read_article(PAGE.encode())

    assert (document.title, document.author) == ("Boats of the estuary", "Ida Strand")
    assert (document.language, document.description) == ("en-GB", "Of boats.")
    assert [chapter.name for chapter in document.chapters] == [
        "Boats of the estuary",
        "The small ones",
        "The large ones",
    ]
    kinds = [block.kind for block in document.chapters[1].blocks]
    assert kinds == [
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
        BlockKind.QUOTE,
        BlockKind.LIST_ITEM,
        BlockKind.LIST_ITEM,
    ]
    said = " ".join(texts_of(document))
    for word in ("Home", "Share", "Most read", "Great article", "newsletter", "track", "¶"):
        assert word not in said
    (around,) = document.left_out
    assert "around the article" in around.what


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\x01", "\x0b"])
@pytest.mark.parametrize("place", ["<title>", "<h1>", "Most are "])
def test_a_character_that_no_page_may_hold_costs_no_article(character: str, place: str) -> None:
    """It is found as without it, and nothing that surrounds it is heard."""
    texts = texts_of(read_article(PAGE.replace(place, place + character).encode()))

    assert any("out of the water" in text for text in texts)
    assert not any("recipes" in text for text in texts)


def test_a_title_that_only_the_head_has_is_heard() -> None:
    """An article without any heading begins with its page's title."""
    page = f"<html><title>Boats</title><body><article><p>{LONG * 2}</p><p>{LONG}</p></article></body></html>"
    document = read_article(page.encode())
    assert texts_of(document) == ["Boats", (LONG * 2).strip(), LONG.strip()]
    (chapter,) = document.chapters
    assert (chapter.name, chapter.blocks[0].kind) == ("Boats", BlockKind.HEADING)


@pytest.mark.parametrize("body", ["<p>It rained.</p>", "<p>It rained.</p><p>Nobody came.</p>"])
def test_a_page_without_an_article_is_taken_as_it_is(body: str) -> None:
    """So little text is no article that could be told from the rest."""
    assert texts_of(read_article(f"<html><body>{body}</body></html>".encode()))[0] == "It rained."


def test_a_page_without_text_is_refused() -> None:
    """As one that was sent is."""
    with pytest.raises(DocumentRefused):
        read_article(b"<html><body><script>app()</script></body></html>")


def test_a_fetched_page_is_read_in_a_child() -> None:
    """Whatever its address ends in; of a page that was sent, everything that may belong to it is kept."""
    fetched = import_document(PAGE.encode(), filename="boats.php", trust_name=False, is_fetched=True)
    sent = import_document(PAGE.encode(), filename="boats.php", trust_name=False)
    assert fetched == read_article(PAGE.encode())
    assert len(texts_of(sent)) > len(texts_of(fetched))
