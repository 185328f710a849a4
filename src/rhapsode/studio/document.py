"""What an import yields: a document as chapters of typed blocks, before it becomes a project."""

from dataclasses import dataclass
from enum import StrEnum

EPUB_MEDIA_TYPE = "application/epub+zip"
"""Of the one kind of document that is kept as a file too."""


class BlockKind(StrEnum):
    """What a block is in its document; the wire knows only its `sub_type`."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    QUOTE = "quote"
    VERSE = "verse"
    SCENE_BREAK = "scene_break"
    NOTE = "note"
    PAGE_MARKER = "page_marker"
    CAPTION = "caption"
    ALTERNATIVE_TEXT = "alternative_text"
    TABLE = "table"
    FORMULA = "formula"


SKIPPED_KINDS = frozenset(
    {
        BlockKind.NOTE,
        BlockKind.PAGE_MARKER,
        BlockKind.CAPTION,
        BlockKind.ALTERNATIVE_TEXT,
        BlockKind.TABLE,
        BlockKind.FORMULA,
    }
)
"""Kinds that are kept in the project but not narrated unless somebody asks."""


class Matter(StrEnum):
    """The part of a book that a chapter belongs to."""

    FRONT = "front"
    BODY = "body"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class DocumentBlock:
    r"""One block of text.

    text: whitespace collapsed, Unicode NFC, never with a line break except between lines of verse
      ("\n"); empty only for a scene break.
    sub_type: the wire's `p`, `h1`, `h2` or `h3`.
    language: BCP 47 tag where the document marks the block with another language than its own.
    """

    kind: BlockKind
    text: str
    sub_type: str = "p"
    language: str | None = None

    @property
    def narrated(self) -> bool:
        """Whether the block is spoken unless somebody says otherwise."""
        return self.kind not in SKIPPED_KINDS


@dataclass(frozen=True, slots=True)
class DocumentChapter:
    """One chapter in reading order.

    name: the title in the table of contents, else the first heading, else "Chapter N" or "Section N".
    role: the EPUB structural semantics term that fits ("chapter", "prologue", "imprint", "toc"...).
    narrated: False for title page, imprint, colophon, contents and the like.
    """

    name: str
    blocks: tuple[DocumentBlock, ...]
    matter: Matter = Matter.BODY
    role: str = "chapter"
    narrated: bool = True


@dataclass(frozen=True, slots=True)
class Cover:
    """A cover image as the document carries it."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file that a document was read from, of a kind that a book can be made of again, to be read along."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something readable that the import did not keep, and why, in words for the person importing."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document. `language` is a BCP 47 tag; None where the document doesn't say.

    source: the file itself, where it is worth keeping; None for most kinds.
    """

    title: str | None
    author: str | None
    language: str | None
    isbn_number: str | None
    description: str | None
    cover: Cover | None
    chapters: tuple[DocumentChapter, ...]
    left_out: tuple[LeftOut, ...] = ()
    source: SourceFile | None = None
