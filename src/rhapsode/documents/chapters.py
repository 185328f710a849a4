"""From blocks to chapters, as far as it is the same for all formats."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rhapsode.documents.cleaning import shortened
from rhapsode.documents.flow import first_heading, is_bare
from rhapsode.documents.matter import Evidence, matters
from rhapsode.documents.roles import SILENT_ROLES, role_of_name, title_of_role
from rhapsode.documents.text_headings import is_part
from rhapsode.studio.document import BlockKind, DocumentBlock, DocumentChapter, Matter
from rhapsode.studio.errors import DocumentRefused
from rhapsode.studio.limits import MAX_CHAPTERS, MAX_TEXT_CHARACTERS

_LEVELS = ("h1", "h2")
_TITLE_PAGE_BLOCKS = 12
_TITLE_PAGE_CHARACTERS = 120  # the longest line of a title page


@dataclass(frozen=True, slots=True)
class Draft:
    """A chapter before it is named and placed.

    name: from the table of contents.    role: None where nothing tells it.
    said: the part of the book that the document names.    narrated: False when it isn't main text.
    """

    blocks: list[DocumentBlock]
    name: str | None = None
    role: str | None = None
    said: Matter | None = None
    narrated: bool = True


def finished(drafts: Sequence[Draft]) -> tuple[DocumentChapter, ...]:
    """Name, place and tidy chapters; those without any block are dropped.

    Raises: DocumentRefused, when they are too many or too long.
    """
    kept = [(draft, blocks) for draft in drafts if (blocks := without_idle_breaks(draft.blocks))]
    _check_size([blocks for _, blocks in kept])
    places = matters([Evidence(draft.role or "chapter", draft.said) for draft, _ in kept])
    chapters = []
    for number, ((draft, blocks), matter) in enumerate(zip(kept, places, strict=True), start=1):
        role = draft.role or "chapter"
        name = draft.name or first_heading(blocks) or title_of_role(role)
        word = "Chapter" if matter is Matter.BODY else "Section"
        narrated = draft.narrated and role not in SILENT_ROLES
        chapters.append(
            DocumentChapter(shortened(name or f"{word} {number}"), tuple(blocks), matter, role, narrated)
        )
    return tuple(chapters)


def cut_at_headings(blocks: Sequence[DocumentBlock], *, title: str | None) -> list[Draft]:
    """Chapters at the highest level of heading that occurs twice; a single title on top doesn't count.

    title: the document's, for what stands before the first heading.
    """
    level = next((level for level in _LEVELS if _count(blocks, level) > 1), None)
    if level is None:
        level = next((level for level in reversed(_LEVELS) if _count(blocks, level)), "h1")
    level = _below_parts(blocks, level)
    starts = [
        i for i, block in enumerate(blocks) if block.kind is BlockKind.HEADING and block.sub_type <= level
    ]
    bounds = [0, *(start for start in starts if start), len(blocks)]
    pieces = [list(blocks[start:stop]) for start, stop in pairwise(bounds)]
    named = [(first_heading(piece), piece) for piece in pieces]
    return [Draft(piece, name or title, role_of_name(name or "")) for name, piece in joined_headings(named)]


def with_title_page(drafts: list[Draft], title_line: str | None) -> list[Draft]:
    """Call a title page what stands in front of the chapters: a few short lines, the title among them.

    title_line: the heading that is the document's title.
    """
    first = drafts[0]
    is_page = len(first.blocks) <= _TITLE_PAGE_BLOCKS and all(
        len(block.text) <= _TITLE_PAGE_CHARACTERS for block in first.blocks
    )
    heading = first_heading(first.blocks)
    opens = heading is None or (title_line is not None and title_line.casefold() in heading.casefold())
    if len(drafts) > 1 and is_page and opens and first.role is None:
        return [Draft(first.blocks, None, "titlepage", Matter.FRONT), *drafts[1:]]
    return drafts


def joined_headings(
    pieces: Sequence[tuple[str | None, list[DocumentBlock]]],
) -> list[tuple[str | None, list[DocumentBlock]]]:
    """Put pieces that are only headings in front of the next: a part's title introduces its chapter."""
    joined = []
    waiting: list[DocumentBlock] = []
    for name, piece in pieces[:-1]:
        if is_bare(piece):
            waiting += piece
        else:
            joined.append((name, waiting + piece))
            waiting = []
    return [*joined, *((name, waiting + piece) for name, piece in pieces[-1:])]


def without_idle_breaks(blocks: Sequence[DocumentBlock]) -> list[DocumentBlock]:
    """Without the scene breaks that part nothing: at an end, beside a heading, or doubled."""
    kept: list[DocumentBlock] = []
    waiting: list[DocumentBlock] = []  # a break, and the page markers after it
    for block in blocks:
        if block.kind is BlockKind.SCENE_BREAK:
            waiting = waiting or ([block] if _goes_on(kept) else [])
        elif block.kind is BlockKind.PAGE_MARKER and waiting:
            waiting.append(block)
        else:
            kept += waiting[1:] if block.kind is BlockKind.HEADING else waiting
            kept.append(block)
            waiting = []
    return kept + waiting[1:]


def _below_parts(blocks: Sequence[DocumentBlock], level: str) -> str:
    """The next level, where this one only groups chapters into parts, volumes or books."""
    headings = [block.text for block in blocks if block.kind is BlockKind.HEADING and block.sub_type == level]
    parts = sum(map(is_part, headings))
    lower = f"h{int(level[1:]) + 1}"
    return lower if parts * 2 >= len(headings) > 0 and _count(blocks, lower) > parts else level


def _count(blocks: Sequence[DocumentBlock], level: str) -> int:
    return sum(block.sub_type == level for block in blocks)


def _goes_on(kept: Sequence[DocumentBlock]) -> bool:
    last = next((block for block in reversed(kept) if block.kind is not BlockKind.PAGE_MARKER), None)
    return last is not None and last.kind is not BlockKind.HEADING


def _check_size(chapters: Sequence[Sequence[DocumentBlock]]) -> None:
    if len(chapters) > MAX_CHAPTERS:
        msg = f"The document has {len(chapters):,} chapters, more than {MAX_CHAPTERS:,}. Divide it."
        raise DocumentRefused(msg)
    refuse_long(sum(len(block.text) for blocks in chapters for block in blocks))


def refuse_long(characters: int) -> None:
    """Raise DocumentRefused for a text of more characters than a document may have."""
    if characters > MAX_TEXT_CHARACTERS:
        msg = f"The document has more than {MAX_TEXT_CHARACTERS:,} characters. Divide it."
        raise DocumentRefused(msg)
