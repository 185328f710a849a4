"""Where a new page begins because the author said so, which is how some books part their chapters."""

from lxml import etree

from rhapsode.documents.docx.styles import Styles
from rhapsode.documents.docx.wordml import W, find, is_on, paragraphs, text_of, value_of, within

_ON_THE_SAME_PAGE = frozenset({"continuous", "nextColumn"})


def page_starts(root: etree._Element, styles: Styles) -> list[etree._Element]:
    """The paragraphs with text that begin a page after a break, in order."""
    starts = []
    waiting = False
    for paragraph in paragraphs(root):
        if within(paragraph, "tbl", "txbxContent"):
            continue
        before, after = _breaks(paragraph)
        waiting = waiting or before or bool(styles.inherited(paragraph, _begins_page))
        if waiting and text_of(paragraph).strip():
            starts.append(paragraph)
            waiting = False
        waiting = waiting or after or _ends_section(paragraph)
    return starts


def _breaks(paragraph: etree._Element) -> tuple[bool, bool]:
    """Whether a page break stands in front of the paragraph's text, and behind its beginning."""
    before = after = False
    seen = False
    for element in paragraph.iter(f"{W}t", f"{W}br"):
        if element.tag == f"{W}t":
            seen = seen or bool((element.text or "").strip())
        elif value_of(element, "type") == "page":
            before, after = before or not seen, after or seen
    return before, after


def _begins_page(element: etree._Element) -> bool | None:
    mark = find(element, "pPr", "pageBreakBefore")
    return None if mark is None else is_on(mark)


def _ends_section(paragraph: etree._Element) -> bool:
    section = find(paragraph, "pPr", "sectPr")
    return section is not None and value_of(find(section, "type")) not in _ON_THE_SAME_PAGE
