"""Queries on blocks and their nodes, as chapters have them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.ordinals import evenly_placed
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import chunks, insert_all
from rhapsode.storage.takes import delete_takes, list_take_rows, note_change, take_from_row
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import BlockId, ChapterId, NodeId, VoiceId
from rhapsode.studio.project import Block, Chapter, Node


def list_blocks(tx: Transaction, chapter_id: str, *only: sa.ColumnElement[bool]) -> tuple[Block, ...]:
    """The blocks of a chapter with their nodes and current takes, in order. only: conditions on `blocks`."""
    nodes = _nodes_by_block(tx, chapter_id, *only)
    block = schema.blocks.c
    rows = tx.connection.execute(
        sa.select(schema.blocks)
        .where(block.workspace_id == tx.workspace_id, block.chapter_id == chapter_id, *only)
        .order_by(block.ordinal)
    )
    return tuple(
        Block(
            block_id=BlockId(row.block_id),
            kind=BlockKind(row.kind),
            sub_type=row.sub_type,
            nodes=tuple(nodes[row.block_id]),
            language=row.language,
            narrated=row.narrated,
            locked=row.locked,
        )
        for row in rows
    )


def _nodes_by_block(tx: Transaction, chapter_id: str, *only: sa.ColumnElement[bool]) -> dict[str, list[Node]]:
    node, block, take = schema.nodes.c, schema.blocks.c, schema.takes.c
    rows = tx.connection.execute(
        sa.select(schema.nodes, take.take_id, take.source_key, take.parts, take.source)
        .join(schema.blocks, block.block_id == node.block_id)
        .outerjoin(schema.takes, take.take_id == node.current_take_id)
        .where(node.workspace_id == tx.workspace_id, block.chapter_id == chapter_id, *only)
        .order_by(node.block_id, node.ordinal)
    )
    found: dict[str, list[Node]] = defaultdict(list)
    for row in rows:
        found[row.block_id].append(
            Node(
                node_id=NodeId(row.node_id),
                text=row.text,
                voice_id=None if row.voice_id is None else VoiceId(row.voice_id),
                take=None if row.take_id is None else take_from_row(row),
            )
        )
    return found


def replace_blocks(tx: Transaction, chapters: Sequence[Chapter]) -> None:
    """Delete the blocks of all these chapters, then insert: so a block may move from one to another."""
    before = list_nodes(tx, [chapter.chapter_id for chapter in chapters])
    kept = {node.node_id for chapter in chapters for block in chapter.blocks for node in block.nodes}
    delete_takes(tx, [node_id for node_id in before if node_id not in kept])
    takes = list_take_rows(tx, [node_id for node_id in before if node_id in kept])
    for chapter in chapters:
        tx.connection.execute(
            schema.blocks.delete().where(
                schema.blocks.c.workspace_id == tx.workspace_id,
                schema.blocks.c.chapter_id == chapter.chapter_id,
            )
        )
    insert_all(
        tx.connection, schema.blocks, [row for chapter in chapters for row in _block_rows(tx, chapter)]
    )
    blocks = [block for chapter in chapters for block in chapter.blocks]
    insert_all(tx.connection, schema.nodes, [row for block in blocks for row in node_rows(tx, block)])
    insert_all(tx.connection, schema.takes, takes)
    note_change(tx, [chapter.chapter_id for chapter in chapters])


def list_nodes(tx: Transaction, chapter_ids: Sequence[str]) -> list[str]:
    """The ids of all nodes of some chapters."""
    node, block = schema.nodes.c, schema.blocks.c
    found: list[str] = []
    for chunk in chunks(chapter_ids):
        found += tx.connection.execute(
            sa.select(node.node_id)
            .join(schema.blocks, block.block_id == node.block_id)
            .where(node.workspace_id == tx.workspace_id, block.chapter_id.in_(chunk))
        ).scalars()
    return found


def _block_rows(tx: Transaction, chapter: Chapter) -> list[dict[str, Any]]:
    placed = zip(evenly_placed(len(chapter.blocks)), chapter.blocks, strict=True)
    return [block_row(tx, chapter.chapter_id, block, ordinal=ordinal) for ordinal, block in placed]


def block_row(tx: Transaction, chapter_id: ChapterId, block: Block, *, ordinal: int) -> dict[str, Any]:
    """The row of a block, without its nodes."""
    return {
        "block_id": block.block_id,
        "workspace_id": tx.workspace_id,
        "chapter_id": chapter_id,
        "ordinal": ordinal,
        "kind": block.kind,
        "sub_type": block.sub_type,
        "language": block.language,
        "narrated": block.narrated,
        "locked": block.locked,
    }


def node_rows(tx: Transaction, block: Block) -> list[dict[str, Any]]:
    """The rows of the nodes of a block."""
    return [
        {
            "node_id": node.node_id,
            "workspace_id": tx.workspace_id,
            "block_id": block.block_id,
            "ordinal": ordinal,
            "text": node.text,
            "voice_id": node.voice_id,
            "current_take_id": None if node.take is None else node.take.take_id,
        }
        for ordinal, node in enumerate(block.nodes)
    ]
