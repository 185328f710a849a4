"""Web pages as somebody else serves them: the article alone, whatever stands around it.

A page that a person sends as a file was chosen by that person, so `documents.html` keeps all that might belong to it.
A page that is fetched has menus, bylines, comments and advertisements in any markup, and `trafilatura` knows those.
"""

from collections.abc import Iterable
from dataclasses import replace

from lxml import etree

from rhapsode.documents import omissions
from rhapsode.documents.encodings import decoded_markup
from rhapsode.documents.html import document_of, read_html_page
from rhapsode.documents.markup import find_body, tag_of
from rhapsode.documents.readalong.xml_text import allowed
from rhapsode.documents.trees import read_html
from rhapsode.studio.document import BlockKind, Document, DocumentBlock, DocumentChapter, LeftOut
from rhapsode.studio.errors import DocumentRefused

_WHAT = "web page"
_CODE = frozenset({"script", "style", "template", "noscript"})
_LINK_SYMBOLS = "//a[contains(@class, 'headerlink')]"
_FEWEST_CHARACTERS = 200
"""Less than this isn't an article that was found: then the page is taken as it is."""


def read_article(content: bytes) -> Document:
    """The article of an HTML page. Raises: DocumentRefused, when the page holds no text."""
    # One character that no page may hold, and nothing is found.
    markup = allowed(decoded_markup(content))
    page = read_html_page(content)
    article = _find_article(markup, page.title)
    if article is None or _count_text(article.chapters) < _FEWEST_CHARACTERS:
        return page
    title = page.title or article.title
    return replace(
        page,
        title=title,
        author=page.author or article.author,
        description=page.description or article.description,
        chapters=_with_title(article.chapters, title),
        left_out=_left_out(markup, article),
    )


def _find_article(markup: str, title: str | None) -> Document | None:
    # A second of imports, which no other format needs.
    import trafilatura

    found = trafilatura.extract(
        read_html(markup, what=_WHAT),
        output_format="html",
        include_comments=False,
        include_formatting=True,
        with_metadata=True,
        prune_xpath=_LINK_SYMBOLS,
    )
    if found is None:
        return None
    root = read_html(found, what=_WHAT)
    # What stands before the first heading is called after the page.
    etree.SubElement(root, "title").text = None if title is None else allowed(title)
    try:
        return document_of(root, what=_WHAT, excluded_frame=False)
    except DocumentRefused:
        return None


def _with_title(chapters: tuple[DocumentChapter, ...], title: str | None) -> tuple[DocumentChapter, ...]:
    """The same, with the page's title in front where the article has no heading of its own."""
    first = chapters[0]
    if title is None or first.blocks[0].kind is BlockKind.HEADING:
        return chapters
    heading = DocumentBlock(BlockKind.HEADING, title, "h1")
    return (replace(first, blocks=(heading, *first.blocks)), *chapters[1:])


def _left_out(markup: str, article: Document) -> tuple[LeftOut, ...]:
    around = _count_visible(find_body(read_html(markup, what=_WHAT))) - _count_text(article.chapters)
    if around <= 0:
        return article.left_out
    said = LeftOut(f"{around:,} characters around the article", omissions.PAGE_FRAME.reason)
    return (*article.left_out, said)


def _count_text(chapters: Iterable[DocumentChapter]) -> int:
    """Characters that are no space."""
    return sum(_count(block.text) for chapter in chapters for block in chapter.blocks)


def _count_visible(body: etree._Element) -> int:
    return sum(
        _count(element.tail) + (0 if tag_of(element) in _CODE else _count(element.text))
        for element in body.iter()
    )


def _count(text: str | None) -> int:
    return len("".join((text or "").split()))
