"""A rewritten Word document to HTML, by mammoth."""

import io
from collections.abc import Iterable
from xml.parsers.expat import ExpatError

from lxml import etree

from rhapsode.documents.docx import kinds
from rhapsode.documents.docx.resolving import FORMULA_STYLE
from rhapsode.documents.docx.rewriting import LANGUAGE_STYLE, STYLE
from rhapsode.documents.trees import read_html
from rhapsode.studio.errors import DocumentRefused

_TAG_OF_KIND = {
    kinds.TITLE: "h1",
    kinds.CAPTION: "p.caption",
    kinds.QUOTE: "blockquote > p",
    kinds.VERSE: "div.poem > p",
    kinds.STANZA: "div.poem:fresh > p",
    kinds.CONTENTS: "div.toc > p",
    **{name: f"h{level}" for level, name in enumerate(kinds.HEADINGS, start=1)},
}
_NOTE_MARKS = "note-ref-"
# What mammoth meets in a document whose parts contradict each other.
_DISORDER = (AttributeError, LookupError, OSError, TypeError, ValueError, ExpatError)


def html_of(content: bytes, *, languages: Iterable[str]) -> etree._Element:
    """The page that mammoth makes of a packed document. `languages`: those that runs are marked with.

    Raises: DocumentRefused, when the document contradicts itself or is nested too deeply.
    """
    import mammoth

    try:
        result = mammoth.convert_to_html(
            io.BytesIO(content),
            style_map="\n".join([*_style_map(), *(_language_line(language) for language in languages)]),
            include_embedded_style_map=False,
            convert_image=mammoth.images.img_element(lambda _image: {}),
        )
    except RecursionError as error:
        msg = "The Word document can't be read: its parts are nested too deeply."
        raise DocumentRefused(msg) from error
    except _DISORDER as error:
        msg = "The Word document is damaged: its parts contradict each other. Get a fresh copy of it."
        raise DocumentRefused(msg) from error
    root = read_html(f"<html><body>{result.value}</body></html>", what="Word document")
    _mark_notes(root)
    return root


def _style_map() -> list[str]:
    lines = [f"p.{STYLE}{kind} => {path}:fresh" for kind, path in _TAG_OF_KIND.items()]
    return [*lines, f"r.{FORMULA_STYLE} => math:fresh"]


def _language_line(language: str) -> str:
    return f"r.{LANGUAGE_STYLE}{language} => span[lang='{language}']"


def _mark_notes(root: etree._Element) -> None:
    """Say that the list at the end holds notes, and drop the arrows back that mammoth adds to them."""
    for link in list(root.iter("a")):
        if _NOTE_MARKS in (link.get("href") or ""):
            parent = link.getparent()
            if parent is not None:
                parent.remove(link)
    for item in root.iter("li"):
        if (item.get("id") or "").startswith(("footnote-", "endnote-")):
            owner = item.getparent()
            if owner is not None:
                owner.set("class", "footnotes")
            # The number that the list gives a note belongs to its first paragraph.
            if len(item) and item[0].tag == "p":
                item[0].tag = "span"
