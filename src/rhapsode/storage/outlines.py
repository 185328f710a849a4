"""Queries on what the text of a project is like, without the takes that clients never see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.chapters import of_project
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import chunks, fetch_at_once, in_few
from rhapsode.storage.takes import take_from_row
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import BlockId, ChapterId, ProjectId, VoiceId


@dataclass(frozen=True, slots=True)
class ChapterOutline:
    """A chapter without its text.

    content_id: another one whenever its blocks, their nodes or current takes change.
    """

    chapter_id: ChapterId
    name: str
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class NodeOutline:
    """A node with what its block says of it; source_key: of its current take, None without one.

    keeps_take: its block is locked, and its current take says its text, so that is what is heard.
    """

    chapter_id: ChapterId
    block_id: BlockId
    kind: BlockKind
    language: str | None
    text: str
    voice_id: VoiceId | None
    source_key: bytes | None
    sub_type: str
    locked: bool
    keeps_take: bool = False


def list_chapter_outlines(tx: Transaction, project_id: ProjectId) -> list[ChapterOutline]:
    """The chapters of a project that are narrated, in order."""
    chapter = schema.chapters.c
    narrated = sa.select(chapter.ordinal, chapter.chapter_id, chapter.name, chapter.content_id).where(
        of_project(tx, project_id), chapter.narrated
    )
    rows = sorted(fetch_at_once(tx.connection, narrated), key=itemgetter(0))
    return [ChapterOutline(*row) for _, *row in rows]


def list_node_outlines(tx: Transaction, project_id: ProjectId) -> list[NodeOutline]:
    """The nodes of all narrated blocks of the narrated chapters of a project, in order."""
    return _node_outlines(tx, of_project(tx, project_id), schema.chapters.c.narrated)


def list_chapter_node_outlines(
    tx: Transaction,
    project_id: ProjectId,
    chapter_ids: Sequence[ChapterId],
    only: Collection[BlockId] | None = None,
) -> list[NodeOutline]:
    """The nodes of all narrated blocks of some chapters, narrated or not, in order.

    only: the blocks that are asked for; None for all.
    """
    chapter_id = schema.chapters.c.chapter_id
    wanted = [of_project(tx, project_id)]
    if only is not None:
        wanted.append(in_few(tx.connection, schema.blocks.c.block_id, only))
    found: list[NodeOutline] = []
    for chunk in chunks(chapter_ids):
        found += _node_outlines(tx, *wanted, chapter_id.in_(chunk))
    return found


def _node_outlines(tx: Transaction, *wanted: sa.ColumnElement[bool]) -> list[NodeOutline]:
    chapter, block, node, take = schema.chapters.c, schema.blocks.c, schema.nodes.c, schema.takes.c
    rows = tx.connection.execute(
        sa.select(
            chapter.chapter_id,
            block.block_id,
            block.kind,
            block.language,
            node.text,
            node.voice_id,
            take.source_key,
            block.sub_type,
            block.locked,
            take.take_id,
            # What is long, only of the few nodes where it matters.
            sa.case((block.locked, take.source)).label("source"),
            sa.case((block.locked, take.parts)).label("parts"),
        )
        .join_from(schema.chapters, schema.blocks, block.chapter_id == chapter.chapter_id)
        .join(schema.nodes, node.block_id == block.block_id)
        .outerjoin(schema.takes, take.take_id == node.current_take_id)
        .where(*wanted, block.narrated)
        .order_by(chapter.ordinal, block.ordinal, node.ordinal)
    )
    # By their places: by name, the thousands of a novel take twice as long.
    return [
        NodeOutline(*row[:2], BlockKind(row[2]), *row[3:9], keeps_take=row[8] and _is_kept(row))
        for row in rows
    ]


def _is_kept(row: Any) -> bool:
    return row.take_id is not None and take_from_row(row).says(row.text)
