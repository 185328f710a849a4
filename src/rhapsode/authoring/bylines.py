"""Title and author at the top of an article, as somebody says them who publishes it. Pure."""

from dataclasses import dataclass, replace

from rhapsode.studio.document import BlockKind, Document, DocumentBlock


@dataclass(frozen=True, slots=True)
class Byline:
    """What is said before an article; None adds nothing."""

    title: str | None = None
    author: str | None = None


def with_byline(document: Document, byline: Byline) -> Document:
    """The same document with a title and an author that are spoken first, unless they are there already."""
    if byline == Byline():
        return document
    chapters = list(document.chapters)
    first = next((index for index, chapter in enumerate(chapters) if chapter.narrated), None)
    if first is not None:
        chapters[first] = replace(chapters[first], blocks=_begun(chapters[first].blocks, byline))
    return replace(
        document,
        title=byline.title or document.title,
        author=byline.author or document.author,
        chapters=tuple(chapters),
    )


def _begun(blocks: tuple[DocumentBlock, ...], byline: Byline) -> tuple[DocumentBlock, ...]:
    head, rest = _cut_heading(blocks)
    if byline.title is not None and (head is None or head.text != byline.title):
        # A heading of other words is the first of the article's own.
        rest = blocks
        head = DocumentBlock(BlockKind.HEADING, byline.title, "h1")
    author = byline.author
    is_there = author is None or (bool(rest) and rest[0].text == author)
    said = () if author is None or is_there else (DocumentBlock(BlockKind.PARAGRAPH, author),)
    return (*((head,) if head else ()), *said, *rest)


def _cut_heading(
    blocks: tuple[DocumentBlock, ...],
) -> tuple[DocumentBlock | None, tuple[DocumentBlock, ...]]:
    if blocks and blocks[0].kind is BlockKind.HEADING:
        return blocks[0], blocks[1:]
    return None, blocks
