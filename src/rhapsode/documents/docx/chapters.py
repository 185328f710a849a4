"""Where the chapters of a Word document begin: at its headings, else at the page breaks its author set."""

from collections.abc import Sequence
from itertools import pairwise

from rhapsode.documents.chapters import Draft, cut_at_headings, with_title_page
from rhapsode.documents.docx.rewriting import PAGE_ANCHOR
from rhapsode.documents.flow import Flow, first_heading
from rhapsode.documents.roles import role_of_name
from rhapsode.studio.document import BlockKind, DocumentBlock, Matter

_LONGEST_TITLE_CHARACTERS = 80
_STOPS = '.!?…:;,"”\u2019»。！？'  # noqa: RUF001 -- full-width stops are meant


def drafts_of(flow: Flow, *, title: str | None, title_line: str | None) -> list[Draft]:
    """The document's chapters, still unplaced; its notes are a chapter of their own behind several.

    title: the document's.    title_line: the paragraph that its author styled as the title.
    """
    blocks, notes = _without_notes(flow.blocks)
    headings = [b for b in blocks if b.kind is BlockKind.HEADING and b.text != title_line]
    starts = _page_starts(flow, blocks)
    if headings or not starts:
        drafts = cut_at_headings(blocks, title=title)
    else:
        drafts = [_page_draft(blocks[a:b]) for a, b in pairwise([0, *starts, len(blocks)])]
    drafts = with_title_page(drafts, title_line)
    if len(drafts) == 1:
        drafts[0].blocks.extend(notes)
        return drafts
    return [*drafts, Draft(notes, role="endnotes", said=Matter.BACK)]


def _without_notes(blocks: Sequence[DocumentBlock]) -> tuple[list[DocumentBlock], list[DocumentBlock]]:
    end = len(blocks)
    while end and blocks[end - 1].kind is BlockKind.NOTE:
        end -= 1
    return list(blocks[:end]), list(blocks[end:])


def _page_starts(flow: Flow, blocks: Sequence[DocumentBlock]) -> list[int]:
    """The blocks that begin a page after a finished one; some programs break every page, even in a sentence."""
    places = sorted({place for name, place in flow.anchors.items() if name.startswith(PAGE_ANCHOR)})
    return [place for place in places if 0 < place < len(blocks) and _is_finished(blocks[place - 1])]


def _is_finished(block: DocumentBlock) -> bool:
    return not block.narrated or _is_title(block) or block.text[-1:] in _STOPS


def _page_draft(blocks: list[DocumentBlock]) -> Draft:
    """A chapter from one page break to the next; a short line on top is its heading."""
    first = blocks[0]
    if len(blocks) > 1 and first.kind is BlockKind.PARAGRAPH and _is_title(first):
        blocks = [DocumentBlock(BlockKind.HEADING, first.text, "h1", first.language), *blocks[1:]]
    return Draft(blocks, role=role_of_name(first_heading(blocks) or ""))


def _is_title(block: DocumentBlock) -> bool:
    return 0 < len(block.text) <= _LONGEST_TITLE_CHARACTERS and block.text[-1] not in _STOPS
