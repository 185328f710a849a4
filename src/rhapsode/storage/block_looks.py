"""Queries on what the blocks of a project look like, where that isn't as most do."""

from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.chapters import of_project
from rhapsode.storage.records import Transaction
from rhapsode.studio.ids import BlockId, ProjectId


@dataclass(frozen=True, slots=True)
class BlockLook:
    """sub_type: `h1`, `h2` or `h3` of a heading, else `p`.    language: where it isn't the project's."""

    block_id: BlockId
    sub_type: str
    language: str | None


def list_block_looks(tx: Transaction, project_id: ProjectId) -> list[BlockLook]:
    """The headings of a project, and its blocks in other languages, in order."""
    chapter, block = schema.chapters.c, schema.blocks.c
    rows = tx.connection.execute(
        sa.select(block.block_id, block.sub_type, block.language)
        .join_from(schema.chapters, schema.blocks, block.chapter_id == chapter.chapter_id)
        .where(of_project(tx, project_id), sa.or_(block.sub_type != "p", block.language.is_not(None)))
        .order_by(chapter.ordinal, block.ordinal)
    )
    return [BlockLook(*row) for row in rows]
