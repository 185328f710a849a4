"""HTML pages: the article is kept, the site around it is left out and reported."""

import re

from lxml import etree

from rhapsode.documents import omissions
from rhapsode.documents.chapters import cut_at_headings, finished
from rhapsode.documents.cleaning import tidy
from rhapsode.documents.encodings import decoded_markup
from rhapsode.documents.flow import Flow
from rhapsode.documents.markup import find_body, language_of, language_tag, tag_of, text_in
from rhapsode.documents.omissions import Omission, Tally
from rhapsode.documents.trees import read_html
from rhapsode.documents.walker import read_flow
from rhapsode.studio.document import BlockKind, Document
from rhapsode.studio.errors import DocumentRefused

_LEFT_OUT_TAGS = {
    "nav": omissions.NAVIGATION,
    "menu": omissions.NAVIGATION,
    "aside": omissions.PAGE_FRAME,
    "footer": omissions.PAGE_FRAME,
    "form": omissions.FORM,
    "dialog": omissions.FORM,
}
_LEFT_OUT_ROLES = {
    "navigation": omissions.NAVIGATION,
    "banner": omissions.PAGE_FRAME,
    "contentinfo": omissions.PAGE_FRAME,
    "complementary": omissions.PAGE_FRAME,
    "search": omissions.FORM,
    "dialog": omissions.FORM,
}
_LEFT_OUT_CLASSES = {
    **dict.fromkeys(
        [
            "nav",
            "navbar",
            "navigation",
            "topnav",
            "bottomnav",
            "sidenav",
            "navheader",  # these two are DocBook's
            "navfooter",
            "menu",
            "breadcrumb",
            "breadcrumbs",
            "pagination",
            "pager",
            "toc",
            "table-of-contents",
            "skip-link",
            "skiplink",
        ],
        omissions.NAVIGATION,
    ),
    **dict.fromkeys(
        [
            "footer",
            "site-footer",
            "page-footer",
            "header",
            "site-header",
            "page-header",
            "masthead",
            "sidebar",
            "banner",
            "share",
            "sharing",
            "social-share",
            "related",
            "cookie-banner",
            "cookie-consent",
            "advertisement",
            "advert",
            "ads",
        ],
        omissions.PAGE_FRAME,
    ),
}
_ARTICLE_TAGS = frozenset({"article", "main", "section"})
_CONTENT_TAGS = frozenset({"div", "section", "ul", "ol", "p", "table", "span"})
_CODE = frozenset({"script", "style", "template", "noscript"})
_DOCUTILS_CONTENTS = frozenset({"contents", "topic"})
_FEWEST_MENU_LINKS = 3
_MENU_SHARE = 0.8  # of a menu's characters stand in links; the rest are numbers and dots
_META_AUTHOR = ("author", "article:author", "parsely-author", "dc.creator", "dcterms.creator")
_META_TITLE = ("og:title", "parsely-title", "dc.title", "dcterms.title")
_META_DESCRIPTION = ("description", "og:description", "dc.description")
_URL = re.compile(r"https?://")


def read_html_page(content: bytes) -> Document:
    """Read an HTML page. Raises: DocumentRefused, when it holds no text."""
    root = read_html(decoded_markup(content), what="HTML page")
    return document_of(root, what="HTML page", excluded_frame=True)


def document_of(root: etree._Element, *, what: str, excluded_frame: bool) -> Document:
    """A parsed page as a document.

    what: names it in the error for one without text.
    excluded_frame: leave out menus, headers and the like; what is left of the article makes the chapters.
    """
    tally = Tally()
    body = find_body(root)
    article = _article(body, tally) if excluded_frame else body
    language = (
        language_of(root) or language_of(body) or language_tag(_meta(root, ("language", "content-language")))
    )
    flow = _flow(article, language, tally, excluded_frame=excluded_frame)
    title = _title(root, flow)
    chapters = finished(cut_at_headings(flow.blocks, title=title))
    if not any(block.narrated and block.text for chapter in chapters for block in chapter.blocks):
        msg = f"The {what} holds no text that could be narrated."
        raise DocumentRefused(msg)
    return Document(
        title=title,
        author=_author(root),
        language=language,
        isbn_number=None,
        description=_meta(root, _META_DESCRIPTION),
        cover=None,
        chapters=chapters,
        left_out=tally.left_out(),
    )


def _flow(article: etree._Element, language: str | None, tally: Tally, *, excluded_frame: bool) -> Flow:
    if excluded_frame:
        return read_flow(article, language=language, tally=tally, excluded=_excluded)
    return read_flow(article, language=language, tally=tally)


def _excluded(element: etree._Element, tag: str, classes: frozenset[str]) -> Omission | None:
    """What of a page isn't its article. A header inside the article holds the article's title."""
    if tag in _LEFT_OUT_TAGS:
        return _LEFT_OUT_TAGS[tag]
    role = element.get("role")
    if role in _LEFT_OUT_ROLES:
        return _LEFT_OUT_ROLES[role]
    in_article = any(tag_of(ancestor) in _ARTICLE_TAGS for ancestor in element.iterancestors())
    if tag == "header" and not in_article:
        return omissions.PAGE_FRAME
    if tag not in _CONTENT_TAGS:
        return None
    if _is_menu(element, tag, classes):
        return omissions.NAVIGATION
    return next((_LEFT_OUT_CLASSES[name] for name in classes if name in _LEFT_OUT_CLASSES), None)


def _article(body: etree._Element, tally: Tally) -> etree._Element:
    """The one `main` or `article` of a page, where there is exactly one with text; else the whole body."""
    for candidates in (_mains(body), [element for element in body.iter() if tag_of(element) == "article"]):
        if len(candidates) == 1 and text_in(candidates[0]).strip():
            _tally_outside(body, candidates[0], tally)
            return candidates[0]
    return body


def _mains(body: etree._Element) -> list[etree._Element]:
    return [element for element in body.iter() if tag_of(element) == "main" or element.get("role") == "main"]


def _tally_outside(body: etree._Element, article: etree._Element, tally: Tally) -> None:
    """Count what stands beside the article, under the name it would have been left out by."""
    inside = {article, *article.iterancestors()}
    for ancestor in (element for element in body.iter() if element in inside and element is not article):
        for child in ancestor:
            if child not in inside:
                tally.add(_LEFT_OUT_TAGS.get(tag_of(child), omissions.PAGE_FRAME), _readable(child))


def _readable(element: etree._Element) -> str:
    """The text below an element, without code."""
    parts = element.iter()
    return " ".join(part.text or "" for part in parts if tag_of(part) not in _CODE) + (element.tail or "")


def _is_menu(element: etree._Element, tag: str, classes: frozenset[str]) -> bool:
    """Whether a list is the page's own table of contents: nothing but links to places in it."""
    if classes >= _DOCUTILS_CONTENTS:
        return True
    if tag not in {"ul", "ol"}:
        return False
    links = [link for link in element.iter() if tag_of(link) == "a"]
    if len(links) < _FEWEST_MENU_LINKS or not all((link.get("href") or "").startswith("#") for link in links):
        return False
    return sum(len(text_in(link)) for link in links) >= _MENU_SHARE * len("".join(text_in(element).split()))


def _title(root: etree._Element, flow: Flow) -> str | None:
    named = _meta(root, _META_TITLE)
    if named:
        return named
    headings = _headings(flow, "h1") or _headings(flow, "h2")
    element = next((element for element in root.iter() if tag_of(element) == "title"), None)
    said = tidy(text_in(element)) if element is not None else ""
    # "Article | Section | Site": the page's single main heading is the article's own title.
    if len(headings) == 1 and (not said or said.startswith(headings[0])):
        return headings[0]
    return said or next(iter(headings), None)


def _headings(flow: Flow, level: str) -> list[str]:
    return [
        block.text for block in flow.blocks if block.kind is BlockKind.HEADING and block.sub_type == level
    ]


def _author(root: etree._Element) -> str | None:
    author = _meta(root, _META_AUTHOR)
    return None if author is None or _URL.match(author) else author


def _meta(root: etree._Element, names: tuple[str, ...]) -> str | None:
    values: dict[str, str] = {}
    for element in root.iter():
        if tag_of(element) == "meta":
            name = element.get("name") or element.get("property") or element.get("http-equiv") or ""
            values.setdefault(name.lower(), tidy(element.get("content") or ""))
    return next((values[name] for name in names if values.get(name)), None)
