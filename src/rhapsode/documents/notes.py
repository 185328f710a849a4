"""Notes, the marks that refer to them, page breaks and line numbers: what stands beside the text."""

import re

from lxml import etree

from rhapsode.documents.markup import classes_of, tag_of, text_in, types_of

_NOTE_TYPES = frozenset(
    {"footnote", "endnote", "rearnote", "note", "footnotes", "endnotes", "rearnotes", "annotation"}
)
_NOTE_CLASSES = frozenset(
    {"footnote", "footnotes", "endnote", "endnotes", "rearnote", "rearnotes", "fn-group"}
)
_NOTE_ID = re.compile(r"(?:foot|end)notes?[-_]?\d*")
_MARKER = re.compile(r"[\[({]?\s*(?:\d{1,4}|[*†‡§¶‖#※]{1,4}|[ivxlc]{1,6}|[a-zA-Z])\s*[\])}]?")
_BRACKETED = re.compile(r"[\[({]\s*\S{1,6}\s*[\])}]|[*†‡§‖※]{1,4}")
_NUMBER = re.compile(r"\d{1,3}")
_NOTE_TARGET = re.compile(
    r"#.*(?:note|(?:^|[^a-z])f?n(?:b|t|otes?)?[-_.]?\d|foot|(?:^|[^a-z])ftn|(?:^|[^a-z])en\d)", re.IGNORECASE
)
_REFERENCE_CLASS = re.compile(r"note|fnref|fnanchor|reference-link", re.IGNORECASE)
_LINK_SYMBOLS = frozenset(["¶", "#", "§", "↩", "↩︎", "↵", "⏎", "⤴", "↑", "^", "⇑", "🔗", "←"])
_PAGE_CLASSES = frozenset(
    {
        "pagenum",
        "pageno",
        "page-number",
        "pagenumber",
        "pagebreak",
        "x-ebookmaker-pageno",
        "page-num",
        "page_number",
    }
)
_LINE_NUMBER_CLASSES = frozenset({"lnum", "linenum", "line-number", "linenumber", "lineno", "line-num", "ln"})
_LONGEST_LABEL_CHARACTERS = 20
_DIGITS = re.compile(r"\d+|[ivxlc]+$")


def is_note(element: etree._Element, types: tuple[str, ...], classes: frozenset[str]) -> bool:
    """Whether a block element holds a note, or a list of them."""
    if not _NOTE_TYPES.isdisjoint(types) or not _NOTE_CLASSES.isdisjoint(classes):
        return True
    name = element.get("id")
    return name is not None and _NOTE_ID.fullmatch(name.lower()) is not None


def is_note_reference(element: etree._Element, *, before: str, in_note: bool) -> bool:
    """Whether an `a` or `sup` is only the mark of a note.

    before: the last character in front of it, which tells "end.¹" from "10²".
    """
    if "noteref" in types_of(element):
        return True
    if in_note:
        return False  # There the number says which note it is.
    if tag_of(element) == "a":
        return _is_reference_link(element)
    links = [child for child in element.iter() if tag_of(child) == "a"]
    if links:
        return bool(_MARKER.fullmatch(text_in(element).strip())) and any(
            "#" in (a.get("href") or "") for a in links
        )
    text = text_in(element).strip()
    return bool(
        _BRACKETED.fullmatch(text) or (_NUMBER.fullmatch(text) and before and before in ".,;:!?)]”\u2019\"'»")
    )


def is_link_symbol(element: etree._Element) -> bool:
    """Whether a link only leads back from a note, or to the heading it stands in."""
    return "backlink" in types_of(element) or text_in(element).strip() in _LINK_SYMBOLS


def is_page_marker(element: etree._Element, types: tuple[str, ...], classes: frozenset[str]) -> bool:
    """Whether an element marks where a printed page begins."""
    if "pagebreak" not in types and _PAGE_CLASSES.isdisjoint(classes):
        return False
    # Some books call a whole page's wrapper "pagebreak"; its text must not become a label.
    return len(text_in(element).strip()) <= _LONGEST_LABEL_CHARACTERS


def page_label(element: etree._Element) -> str:
    """The printed page's number, as far as the marker tells."""
    for label in (element.get("title"), element.get("aria-label"), text_in(element)):
        if label and label.strip():
            return label.strip().strip("[]{}").strip()
    number = _DIGITS.search(element.get("id") or "")
    return number[0] if number else ""


def is_line_number(element: etree._Element, classes: frozenset[str]) -> bool:
    """Whether an inline element numbers a line in the margin."""
    return not _LINE_NUMBER_CLASSES.isdisjoint(classes) and text_in(element).strip().isdigit()


def _is_reference_link(element: etree._Element) -> bool:
    target = element.get("href") or ""
    text = text_in(element).strip()
    if "#" not in target or not _MARKER.fullmatch(text):
        return False
    return bool(
        _BRACKETED.fullmatch(text)
        or _NOTE_TARGET.search(target)
        or any(_REFERENCE_CLASS.search(name) for name in classes_of(element))
        or any(tag_of(child) == "sup" for child in element)
    )
