"""The sentences of a book, marked in its pages."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from rhapsode.documents.flow import Place
from rhapsode.documents.readalong.clips import Mark
from rhapsode.documents.readalong.marking import marked_elements
from rhapsode.documents.readalong.placing import place_sentences
from rhapsode.documents.readalong.reading import BookPage, Meeting, WrittenBlock
from rhapsode.documents.readalong.smil import Section
from rhapsode.documents.readalong.spoken import SpokenBlock, SpokenBook
from rhapsode.documents.roles import role_of_types
from rhapsode.studio.document import BlockKind

_NOTE_KINDS = ("footnote", "endnote", "rearnote", "annotation", "note")


@dataclass(frozen=True, slots=True)
class _Found:
    """An element that a stretch of a spoken block is heard in, before it has an id."""

    chapter: int
    block: int
    start_ms: int
    written: WrittenBlock
    element: etree._Element


def mark_pages(pages: list[BookPage], book: SpokenBook, meeting: Meeting) -> list[list[Mark]]:
    """Give each sentence an element; for each chapter its marks, in the order in which they are heard."""
    found = list(_found(pages, book, meeting))
    # Of what begins at once, the first on the page comes first.
    found.reverse()
    found.sort(key=lambda each: (each.chapter, each.block, each.start_ms))
    marks: list[list[Mark]] = [[] for _ in book.chapters]
    for each in found:
        marks[each.chapter].append(_mark(pages, each))
    return marks


def _found(pages: list[BookPage], book: SpokenBook, meeting: Meeting) -> Iterator[_Found]:
    """From the last block of the pages to the first: what is marked moves what stands behind it."""
    met = sorted(
        ((j, chapter, i) for chapter, pairs in enumerate(meeting.pairs) for i, j in pairs.items()),
        reverse=True,
    )
    for j, chapter, i in met:
        written, block = meeting.written[j], book.chapters[chapter].blocks[i]
        page = pages[written.page]
        for element, start_ms in _elements(block, page.flow.places[written.index], page.body):
            yield _Found(chapter, i, start_ms, written, element)


def _elements(
    block: SpokenBlock, places: tuple[Place, ...], body: etree._Element
) -> Iterator[tuple[etree._Element, int]]:
    for sentence in reversed(place_sentences(block, places)):
        pieces = [place for place, _ in sentence.pieces]
        starts = [position for _, position in sentence.pieces]
        starts[0] = block.sentences[sentence.index][0]
        for first, element in reversed(marked_elements(pieces, body)):
            yield element, block.times_ms[starts[first]]


def _mark(pages: list[BookPage], found: _Found) -> Mark:
    page, index = pages[found.written.page], found.written.index
    kind, types = page.flow.blocks[index].kind, page.flow.types[index]
    section_kind, own_kind = _kinds(kind, types)
    number = 0 if section_kind is None else index + 1
    return Mark(
        found.written.page,
        index,
        page.ids.of(found.element),
        found.start_ms,
        Section(found.chapter, number if section_kind != "table" else 0, section_kind),
        own_kind,
        role_of_types(types),
    )


def _kinds(kind: BlockKind, types: tuple[str, ...]) -> tuple[str | None, str | None]:
    """What a block is part of, and what it is, in the terms by which readers skip or leave it."""
    if kind is BlockKind.NOTE:
        note = next((term for term in reversed(types) if term in _NOTE_KINDS), "footnote")
        return note, note
    if kind is BlockKind.TABLE:
        return "table", "table-row"
    return None, "pagebreak" if kind is BlockKind.PAGE_MARKER else None
