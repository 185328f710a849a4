"""Word documents (DOCX). Source: ECMA-376, transitional and strict; mammoth turns them into HTML."""

from dataclasses import dataclass

from lxml import etree

from rhapsode.documents import omissions
from rhapsode.documents.archive import Archive
from rhapsode.documents.chapters import finished, refuse_long
from rhapsode.documents.docx.chapters import drafts_of
from rhapsode.documents.docx.kinds import find_title, kinds_of
from rhapsode.documents.docx.languages import main_language, run_languages
from rhapsode.documents.docx.markup import html_of
from rhapsode.documents.docx.mending import mend
from rhapsode.documents.docx.numbering import Numbering
from rhapsode.documents.docx.package import Parts, packed, read_parts, read_properties
from rhapsode.documents.docx.pages import page_starts
from rhapsode.documents.docx.resolving import drop_field_codes, resolve
from rhapsode.documents.docx.rewriting import Reading, mark_pages, rewrite
from rhapsode.documents.docx.styles import Styles
from rhapsode.documents.omissions import Omission, Tally
from rhapsode.documents.walker import read_flow
from rhapsode.studio.document import Document
from rhapsode.studio.errors import DocumentRefused

__all__ = ["read_docx"]


def read_docx(content: bytes) -> Document:
    """Read a Word document.

    Raises: DocumentRefused, when it is damaged, encrypted, hostile or without text.
    """
    parts = read_parts(Archive(content))
    # What comes next takes a second for each half million characters.
    refuse_long(sum(len(piece) for piece in parts.document.itertext()))
    properties = read_properties(parts.properties)
    tally = Tally()
    reading = _rewrite(parts, properties.language, tally)
    page = html_of(packed(parts.document, parts.notes), languages=sorted(reading.languages))
    flow = read_flow(page, language=reading.language, tally=tally, excluded=_excluded)
    title = properties.title or reading.title
    chapters = finished(drafts_of(flow, title=title, title_line=reading.title))
    if not any(block.text for chapter in chapters for block in chapter.blocks):
        msg = "The Word document holds no text."
        raise DocumentRefused(msg)
    return Document(
        title=title,
        author=properties.author,
        language=reading.language,
        isbn_number=None,
        description=properties.description,
        cover=None,
        chapters=chapters,
        left_out=tally.left_out(),
    )


@dataclass(frozen=True, slots=True)
class _Rewritten:
    """What was learnt while the parts were rewritten.

    title: the first paragraph in the style for titles.    languages: all that its runs are marked with.
    """

    title: str | None
    language: str | None
    languages: frozenset[str]


def _rewrite(parts: Parts, said_language: str | None, tally: Tally) -> _Rewritten:
    """Rewrite text and notes in place, so that mammoth can turn them into HTML."""
    styles = Styles(parts.styles)
    roots = [parts.document, *parts.notes.values()]
    for root in roots:
        resolve(root, tally)
        mend(root, parts.notes)
    languages = {run: tag for root in roots for run, tag in run_languages(root, styles).items()}
    language = said_language or main_language(languages)
    kinds = {p: kind for root in roots for p, kind in kinds_of(root, styles).items()}
    title = find_title(parts.document, kinds)
    mark_pages(page_starts(parts.document, styles))
    numbering = Numbering(parts.numbering, styles)
    for root in roots:
        drop_field_codes(root)
        rewrite(root, Reading(kinds, languages, language), numbering)
    return _Rewritten(title, language, frozenset(languages.values()))


def _excluded(_element: etree._Element, _tag: str, classes: frozenset[str]) -> Omission | None:
    return omissions.NAVIGATION if "toc" in classes else None
