"""Plain text: paragraphs between blank lines, chapters at headings that stand alone."""

import re
from collections.abc import Iterator, Sequence

from rhapsode.documents import omissions
from rhapsode.documents.chapters import Draft, finished, joined_headings
from rhapsode.documents.cleaning import NOTE_MARK, is_ornament, tidy
from rhapsode.documents.encodings import decoded_text
from rhapsode.documents.gutenberg import split_boilerplate
from rhapsode.documents.omissions import Tally
from rhapsode.documents.roles import role_of_name
from rhapsode.documents.text_headings import Heading, find_headings
from rhapsode.documents.text_lines import Chunk, chunks_of
from rhapsode.studio.document import BlockKind, Document, DocumentBlock, Matter
from rhapsode.studio.errors import DocumentRefused

_EMPHASIS = re.compile(r"(?<!\w)_(?=\S)([^_]+)(?<=\S)_(?!\w)")
_ILLUSTRATION = re.compile(r"\[Illustration(?::\s*(.*?))?\s*\]", re.DOTALL)
_FOOTNOTE = re.compile(r"\[Footnote ?\w{0,5}:?\s.*\]", re.DOTALL)
_REFERENCE = re.compile(r"(?<=[^\s\d\[])\[(?:\d{1,3}|[A-Z]|[*†])\](?!\()")
_CHAPTER_LEVEL = 2
_TITLE_PAGE_BLOCKS = 12
_TITLE_PAGE_CHARACTERS = 120  # the longest line of a title page


def read_text(content: bytes) -> Document:
    """Read a plain text file. Raises: DocumentRefused, when it isn't text or holds none."""
    parts = split_boilerplate(decoded_text(content))
    tally = Tally()
    drafts = [
        Draft(_paragraphs(parts.notice, tally), role="imprint", said=Matter.FRONT),
        *_book(parts.book, tally, parts.title),
        Draft(_paragraphs(parts.licence, tally), role="copyright-page", said=Matter.BACK),
    ]
    chapters = finished(drafts)
    if not any(block.text for chapter in chapters for block in chapter.blocks):
        msg = "The file holds no text."
        raise DocumentRefused(msg)
    return Document(
        title=parts.title,
        author=parts.author,
        language=None,
        isbn_number=None,
        description=None,
        cover=None,
        chapters=chapters,
        left_out=tally.left_out(),
    )


def _paragraphs(text: str, tally: Tally) -> list[DocumentBlock]:
    return [block for chunk in chunks_of(text) for block in _blocks(chunk, tally, has_notes=False)]


def _book(text: str, tally: Tally, title: str | None) -> list[Draft]:
    chunks = list(chunks_of(text))
    headings = find_headings(chunks)
    has_notes = any(
        _FOOTNOTE.fullmatch(chunk.joined.strip()) for chunk in chunks if chunk.lines[0].startswith("[F")
    )
    pieces: list[tuple[str | None, list[DocumentBlock]]] = [(None, [])]
    titles = {index + 1 for index, heading in headings.items() if _title_is_next(heading, chunks, index)}
    for index, chunk in enumerate(chunks):
        heading = headings.get(index)
        if heading is not None and heading.level <= _CHAPTER_LEVEL:
            pieces.append((heading.name, list(_heading_blocks(heading))))
        elif heading is not None:
            pieces[-1][1].extend(_heading_blocks(heading))
        elif index not in titles:
            pieces[-1][1].extend(_blocks(chunk, tally, has_notes=has_notes))
    opening = _opening(pieces[0][1], title, alone=len(pieces) == 1)
    drafts = [Draft(blocks, name, role_of_name(name or "")) for name, blocks in joined_headings(pieces[1:])]
    return [opening, *drafts]


def _opening(blocks: list[DocumentBlock], title: str | None, *, alone: bool) -> Draft:
    """What stands before the first heading: the whole text, a title page, or some front matter."""
    if alone:
        return Draft(blocks, title)
    short = all(len(block.text) <= _TITLE_PAGE_CHARACTERS for block in blocks)
    role = "titlepage" if len(blocks) <= _TITLE_PAGE_BLOCKS and short else None
    return Draft(blocks, role=role, said=Matter.FRONT)


def _title_is_next(heading: Heading, chunks: Sequence[Chunk], index: int) -> bool:
    """Whether the heading's title is the chunk after it rather than a second line of its own."""
    return heading.title is not None and len(chunks[index].lines) == 1


def _heading_blocks(heading: Heading) -> Iterator[DocumentBlock]:
    yield DocumentBlock(BlockKind.HEADING, heading.text, f"h{heading.level}")
    if heading.title is not None:
        yield DocumentBlock(BlockKind.HEADING, _unmarked(heading.title), "h3")


def _blocks(chunk: Chunk, tally: Tally, *, has_notes: bool) -> Iterator[DocumentBlock]:
    if chunk.verse:
        lines = [tidy(_unmarked(line)) for line in chunk.lines]
        yield DocumentBlock(BlockKind.VERSE, "\n".join(lines))
        return
    raw = _unmarked(chunk.joined)
    if _FOOTNOTE.fullmatch(raw.strip()):
        yield DocumentBlock(BlockKind.NOTE, tidy(raw.strip()[1:-1]))
        return
    illustrations = _ILLUSTRATION.findall(raw) if "[Ill" in raw else []
    raw = _ILLUSTRATION.sub(" ", raw) if illustrations else raw
    if has_notes:
        raw = _without_references(raw, tally)
    text = tidy(raw)
    if is_ornament(text):
        yield DocumentBlock(BlockKind.SCENE_BREAK, "")
    elif text:
        yield DocumentBlock(BlockKind.PARAGRAPH, text)
    yield from _captions(illustrations, tally)


def _captions(illustrations: Sequence[str], tally: Tally) -> Iterator[DocumentBlock]:
    for caption in illustrations:
        if caption.strip():
            yield DocumentBlock(BlockKind.CAPTION, tidy(caption))
        else:
            tally.add(omissions.ILLUSTRATION_MARK)


def _without_references(text: str, tally: Tally) -> str:
    for _ in _REFERENCE.findall(text):
        tally.add(omissions.NOTE_REFERENCE)
    return _REFERENCE.sub(NOTE_MARK, text)


def _unmarked(text: str) -> str:
    """Without the underscores that stand for italics."""
    return _EMPHASIS.sub(r"\1", text) if "_" in text else text
