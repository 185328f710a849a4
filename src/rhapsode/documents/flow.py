"""What a page yields: its blocks in order, what they are part of, and where its anchors are."""

from dataclasses import dataclass, field
from typing import Literal

from lxml import etree

from rhapsode.studio.document import BlockKind, DocumentBlock

BARE_KINDS = frozenset({BlockKind.HEADING, BlockKind.PAGE_MARKER, BlockKind.SCENE_BREAK})
"""Kinds that say nothing by themselves: a stretch of only these introduces what follows it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where some of a block's text stands in its tree.

    part: the characters from `start` to before `end` of the element's text, or of the text behind it ("tail"); or
      the whole element, whatever is in it: a picture, a formula, a row of a table.
    """

    element: etree._Element
    part: Literal["text", "tail", "whole"] = "whole"
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Flow:
    """The blocks of one page.

    types: for each block, the structural terms of the elements around it, outermost first.
    anchors: the index of the block that a link to `#name` leads to (may be one past the last).
    places: for each block, where its text stands, in order; empty tuples where nobody has asked for them.
    """

    blocks: list[DocumentBlock] = field(default_factory=list)
    types: list[tuple[str, ...]] = field(default_factory=list)
    anchors: dict[str, int] = field(default_factory=dict)
    places: list[tuple[Place, ...]] = field(default_factory=list)

    def add(self, block: DocumentBlock, types: tuple[str, ...], places: tuple[Place, ...] = ()) -> None:
        """Append one block."""
        self.blocks.append(block)
        self.types.append(types)
        self.places.append(places)


def is_bare(blocks: list[DocumentBlock]) -> bool:
    """Whether `blocks` holds only headings, page markers and scene breaks."""
    return all(block.kind in BARE_KINDS for block in blocks)


def first_heading(blocks: list[DocumentBlock]) -> str | None:
    """The text of the first heading."""
    return next((block.text for block in blocks if block.kind is BlockKind.HEADING), None)
