"""Which chapters of a project have anything to narrate, and which blocks, without what it takes to narrate them."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.chapters import of_project
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import chunks
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId


@dataclass(frozen=True, slots=True)
class SpokenChapter:
    """A chapter that can be converted. muted: by itself alone."""

    chapter_id: ChapterId
    muted: bool


def list_spoken_chapters(tx: Transaction, project_id: ProjectId) -> list[SpokenChapter]:
    """The chapters of which Chapter.is_spoken is true, in order."""
    chapter, block, node = schema.chapters.c, schema.blocks.c, schema.nodes.c
    rows = tx.connection.execute(
        sa.select(chapter.chapter_id, chapter.muted, node.text)
        .join_from(schema.chapters, schema.blocks, block.chapter_id == chapter.chapter_id)
        .join(schema.nodes, node.block_id == block.block_id)
        .where(
            of_project(tx, project_id),
            chapter.narrated,
            block.narrated,
            block.kind != BlockKind.SCENE_BREAK,
        )
        .order_by(chapter.ordinal)
    )
    # What is white space in Unicode, SQL doesn't know.
    found = {row.chapter_id: row.muted for row in rows if row.text.strip()}
    return [SpokenChapter(ChapterId(chapter_id), muted) for chapter_id, muted in found.items()]


def find_chapters_of_blocks(
    tx: Transaction, project_id: ProjectId, block_ids: Collection[BlockId]
) -> dict[BlockId, ChapterId]:
    """Those of the blocks that a project has, with their chapters."""
    block = schema.blocks.c
    found: dict[BlockId, ChapterId] = {}
    for chunk in chunks(sorted(block_ids)):
        rows = tx.connection.execute(
            sa.select(block.block_id, block.chapter_id)
            .join_from(schema.blocks, schema.chapters, schema.chapters.c.chapter_id == block.chapter_id)
            .where(of_project(tx, project_id), block.block_id.in_(chunk))
        )
        found |= {BlockId(row.block_id): ChapterId(row.chapter_id) for row in rows}
    return found
