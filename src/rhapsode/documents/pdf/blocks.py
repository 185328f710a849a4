"""Paragraphs with their texts and levels to blocks."""

import re
from collections.abc import Mapping, Sequence

from rhapsode.documents.cleaning import is_ornament
from rhapsode.documents.pdf.headings import Spoken
from rhapsode.documents.pdf.paragraphs import starts_item
from rhapsode.studio.document import BlockKind, DocumentBlock

_BULLET = re.compile(r"[•●○◦▪■□‣⁃∙·–—-] +")  # noqa: RUF001 -- dashes as bullets
_DASHES = ("–", "—", "-")
_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|table|plate|abb(?:ildung|\.)?|tab(?:elle|\.)|tableau|figura|tabla|tabella|tabela)\s*\d+(?:\.\d+)*\s*[:.]",
    re.IGNORECASE,
)


def blocks_of(spoken: Sequence[Spoken], levels: Mapping[int, int]) -> list[DocumentBlock]:
    """One block for each paragraph. `levels`: of those that are headings, from 1."""
    return [_block(item, levels.get(index)) for index, item in enumerate(spoken)]


def _block(spoken: Spoken, level: int | None) -> DocumentBlock:
    text = spoken.text
    if spoken.paragraph.is_note:
        return DocumentBlock(BlockKind.NOTE, text)
    if spoken.paragraph.is_row:
        return DocumentBlock(BlockKind.TABLE, text)
    if is_ornament(text):
        return DocumentBlock(BlockKind.SCENE_BREAK, "")
    if level is not None:
        return DocumentBlock(BlockKind.HEADING, text, f"h{level}")
    if _CAPTION.match(text):
        return DocumentBlock(BlockKind.CAPTION, text)
    # A dash begins a line of dialogue as often as an item.
    if starts_item(text) and not text.startswith(_DASHES):
        return DocumentBlock(
            BlockKind.LIST_ITEM, _BULLET.sub("", text, count=1) if _BULLET.match(text) else text
        )
    return DocumentBlock(BlockKind.PARAGRAPH, text)
