"""Queries for edits of single blocks: they touch what is edited, however long its chapter is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blocks import block_row, list_blocks, node_rows
from rhapsode.storage.chapters import raise_revision
from rhapsode.storage.ordinals import fitted
from rhapsode.storage.records import Transaction, exclude_others
from rhapsode.storage.rows import chunks, fetch_at_once, insert_all
from rhapsode.storage.takes import delete_takes
from rhapsode.studio.document import BlockKind
from rhapsode.studio.ids import BlockId, ChapterId, VoiceId
from rhapsode.studio.project import Block


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """Where a block stands.    is_seen: whether clients see it, if there is any text in it."""

    block_id: BlockId
    ordinal: int
    is_seen: bool


def list_places(tx: Transaction, chapter_id: ChapterId) -> list[BlockPlace]:
    """All blocks of a chapter, in order."""
    block = schema.blocks.c
    query = sa.select(block.ordinal, block.block_id, block.narrated, block.kind).where(
        block.workspace_id == tx.workspace_id, block.chapter_id == chapter_id
    )
    rows = sorted(fetch_at_once(tx.connection, query), key=itemgetter(0))
    return [
        BlockPlace(BlockId(block_id), ordinal, bool(narrated) and kind != BlockKind.SCENE_BREAK)
        for ordinal, block_id, narrated, kind in rows
    ]


def find_blocks(
    tx: Transaction, chapter_id: ChapterId, block_ids: Collection[BlockId]
) -> dict[BlockId, Block]:
    """Those of the blocks that a chapter has and that are heard."""
    found: dict[BlockId, Block] = {}
    for chunk in chunks(sorted(block_ids)):
        blocks = list_blocks(tx, chapter_id, schema.blocks.c.block_id.in_(chunk))
        found |= {block.block_id: block for block in blocks if block.is_spoken}
    return found


def find_taken_ids(tx: Transaction, block_ids: Collection[BlockId]) -> set[BlockId]:
    """Those that some block has, of whatever chapter and workspace. Nobody takes any of the others meanwhile."""
    if not block_ids:
        return set()
    exclude_others(tx, "ids of blocks")
    column = schema.blocks.c.block_id
    return {
        BlockId(block_id)
        for chunk in chunks(sorted(block_ids))
        for block_id in tx.connection.execute(sa.select(column).where(column.in_(chunk))).scalars()
    }


def list_voice_ids(tx: Transaction, chapter_id: ChapterId) -> set[VoiceId]:
    """The voices that nodes of a chapter name."""
    node, block = schema.nodes.c, schema.blocks.c
    query = (
        sa.select(node.voice_id)
        .distinct()
        .join(schema.blocks, block.block_id == node.block_id)
        .where(
            node.workspace_id == tx.workspace_id, block.chapter_id == chapter_id, node.voice_id.is_not(None)
        )
    )
    return set(tx.connection.execute(query).scalars())


@dataclass(frozen=True, slots=True)
class BlockChanges:
    """What edits have made of a chapter.

    before, after: what they were about, as it was and as it is.    order: all blocks of the chapter from now on.
    placed: those of them that weren't there, or elsewhere.
    """

    before: Mapping[BlockId, Block]
    after: Mapping[BlockId, Block]
    order: Sequence[BlockId]
    placed: Collection[BlockId]


def save_changes(
    tx: Transaction, chapter_id: ChapterId, places: Sequence[BlockPlace], changes: BlockChanges
) -> None:
    """Write what has changed, and nothing else; the chapter's revision rises. places: of its blocks until now."""
    before, after = changes.before, changes.after
    known = {place.block_id: place.ordinal for place in places}
    numbers = fitted([None if each in changes.placed else known[each] for each in changes.order])
    ordinals = dict(zip(changes.order, numbers, strict=True))
    _delete_blocks(tx, sorted(before.keys() - after.keys()))
    new = [block for block_id, block in after.items() if block_id not in known]
    rows = [block_row(tx, chapter_id, block, ordinal=ordinals[block.block_id]) for block in new]
    insert_all(tx.connection, schema.blocks, rows)
    insert_all(tx.connection, schema.nodes, [row for block in new for row in node_rows(tx, block)])
    for block_id, block in after.items():
        if block_id in before and block != before[block_id]:
            _update_block(tx, before[block_id], block)
    _renumber(
        tx, {each: ordinals[each] for each in ordinals.keys() & known.keys() if ordinals[each] != known[each]}
    )
    raise_revision(tx, chapter_id)


def _delete_blocks(tx: Transaction, block_ids: Sequence[BlockId]) -> None:
    node, block = schema.nodes.c, schema.blocks.c
    for chunk in chunks(block_ids):
        nodes = sa.select(node.node_id).where(node.workspace_id == tx.workspace_id, node.block_id.in_(chunk))
        delete_takes(tx, tx.connection.execute(nodes).scalars().all())
        where = (block.workspace_id == tx.workspace_id, block.block_id.in_(chunk))
        tx.connection.execute(schema.blocks.delete().where(*where))


def _update_block(tx: Transaction, before: Block, after: Block) -> None:
    """Nodes that stay are updated in their rows, so they keep their takes."""
    block, node = schema.blocks.c, schema.nodes.c
    tx.connection.execute(
        schema.blocks.update()
        .where(block.workspace_id == tx.workspace_id, block.block_id == after.block_id)
        .values(kind=after.kind, sub_type=after.sub_type)
    )
    rows = {row["node_id"]: row for row in node_rows(tx, after)}
    stored = {each["node_id"]: each for each in node_rows(tx, before)}
    gone = sorted(stored.keys() - rows.keys())
    delete_takes(tx, gone)
    for chunk in chunks(gone):
        where = (node.workspace_id == tx.workspace_id, node.node_id.in_(chunk))
        tx.connection.execute(schema.nodes.delete().where(*where))
    for node_id in stored.keys() & rows.keys():
        if rows[node_id] != stored[node_id]:
            where = (node.workspace_id == tx.workspace_id, node.node_id == node_id)
            tx.connection.execute(schema.nodes.update().where(*where).values(rows[node_id]))
    insert_all(tx.connection, schema.nodes, [row for node_id, row in rows.items() if node_id not in stored])


def _renumber(tx: Transaction, ordinals: Mapping[BlockId, int]) -> None:
    if not ordinals:
        return
    block = schema.blocks.c
    statement = (
        schema.blocks.update()
        .where(block.workspace_id == tx.workspace_id, block.block_id == sa.bindparam("b_block_id"))
        .values(ordinal=sa.bindparam("b_ordinal"))
    )
    numbers = [{"b_block_id": block_id, "b_ordinal": number} for block_id, number in ordinals.items()]
    tx.connection.execute(statement, numbers)
