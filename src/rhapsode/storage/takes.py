"""Queries on takes: every rendering a node has had, each of which keeps its speech."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.references import add_references, drop_references, list_owners
from rhapsode.storage.rows import chunks, insert_or_ignore
from rhapsode.storage.take_parts import (
    parts_from_json,
    take_part_row,
    take_source_from_row,
    take_source_row,
)
from rhapsode.studio.ids import NodeId, TakeId, new_id
from rhapsode.studio.project import Take


@dataclass(frozen=True, slots=True)
class KeptTake:
    """A take with whose it is and when it was made, in Unix milliseconds."""

    node_id: NodeId
    take: Take
    created_at_ms: int


def find_takes(tx: Transaction, node_ids: Sequence[NodeId]) -> dict[tuple[NodeId, bytes], Take]:
    """All takes of some nodes, the newest for each (node, source key)."""
    listed = list_takes(tx, node_ids)
    return {(node_id, take.source_key): take for node_id in listed for take in listed[node_id]}


def list_takes(tx: Transaction, node_ids: Sequence[NodeId]) -> dict[NodeId, list[Take]]:
    """All takes of some nodes, the oldest first."""
    found: dict[NodeId, list[Take]] = {}
    for kept in list_kept_takes(tx, node_ids):
        found.setdefault(kept.node_id, []).append(kept.take)
    return found


def list_kept_takes(tx: Transaction, node_ids: Sequence[NodeId]) -> list[KeptTake]:
    """The same with when each was made; those of one node are together, or apart where there are very many nodes."""
    take = schema.takes.c
    found: list[KeptTake] = []
    for chunk in chunks(node_ids):
        rows = tx.connection.execute(
            sa.select(schema.takes)
            .where(take.workspace_id == tx.workspace_id, take.node_id.in_(chunk))
            # Ids are made by the clocks of several machines.
            .order_by(take.created_at_ms, take.take_id)
        )
        found += (KeptTake(NodeId(row.node_id), take_from_row(row), row.created_at_ms) for row in rows)
    return found


def take_from_row(row: Any) -> Take:
    """The take of a row with take_id, source_key, parts and source."""
    source = None if row.source is None else take_source_from_row(json.loads(row.source))
    return Take(TakeId(row.take_id), row.source_key, parts_from_json(row.parts), source)


def set_takes(tx: Transaction, takes: Iterable[tuple[NodeId, Take]], *, keep_restored: bool = False) -> None:
    """Make each take its node's current one, inserting those that are new; deleted nodes are passed over.

    keep_restored: a current take for the same source that is newer stays: somebody has restored it meanwhile. So does
      one that its block was locked with.
    """
    wanted = dict(takes)
    living = _living_nodes(tx, list(wanted))
    rows = [_take_row(tx, node_id, take) for node_id, take in wanted.items() if node_id in living]
    if not rows:
        return
    tx.connection.execute(insert_or_ignore(tx.connection, schema.takes), rows)
    add_references(
        tx, ((row["take_id"], part.speech_key) for row in rows for part in wanted[row["node_id"]].parts)
    )
    node = schema.nodes.c
    update = (
        schema.nodes.update()
        .where(node.workspace_id == tx.workspace_id, node.node_id == sa.bindparam("b_node_id"))
        .values(current_take_id=sa.bindparam("b_take_id"))
    )
    moved = [{"b_node_id": row["node_id"], "b_take_id": row["take_id"]} for row in rows]
    if keep_restored:
        locked = _locked_nodes(tx, [row["node_id"] for row in rows])
        update = update.where(~_is_restored(tx))
        moved = [{**each, "b_source_key": row["source_key"]} for each, row in zip(moved, rows, strict=True)]
        moved = [each for each in moved if each["b_node_id"] not in locked]
    if moved:
        tx.connection.execute(update, moved)
        for chunk in chunks([each["b_node_id"] for each in moved]):
            note_change(tx, _chapters_of(tx, chunk))


def _chapters_of(tx: Transaction, node_ids: Sequence[str]) -> sa.Select[tuple[str]]:
    node, block = schema.nodes.c, schema.blocks.c
    return (
        sa.select(block.chapter_id)
        .join(schema.nodes, node.block_id == block.block_id)
        .where(node.workspace_id == tx.workspace_id, node.node_id.in_(node_ids))
    )


def note_change(tx: Transaction, chapter_ids: Sequence[str] | sa.Select[tuple[str]]) -> None:
    """Say that blocks, nodes or current takes of these chapters are others than before.

    Whoever changes one of those calls this in the same transaction: what is remembered of a chapter depends on it.
    """
    chapter = schema.chapters.c
    for chunk in [chapter_ids] if isinstance(chapter_ids, sa.Select) else chunks(chapter_ids):
        tx.connection.execute(
            schema.chapters.update()
            .where(chapter.workspace_id == tx.workspace_id, chapter.chapter_id.in_(chunk))
            # Not a number that rises: after a transaction that was taken back it would come a second time.
            .values(content_id=new_id(tx.now_ms))
        )


def _is_restored(tx: Transaction) -> sa.ColumnElement[bool]:
    """That a node's current take was made later than another for the same source: ids are in the order of time."""
    take = schema.takes.c
    return sa.exists().where(
        take.workspace_id == tx.workspace_id,
        take.take_id == schema.nodes.c.current_take_id,
        take.source_key == sa.bindparam("b_source_key"),
        take.take_id > sa.bindparam("b_take_id"),
    )


def _take_row(tx: Transaction, node_id: NodeId, take: Take) -> dict[str, Any]:
    return {
        "take_id": take.take_id,
        "workspace_id": tx.workspace_id,
        "node_id": node_id,
        "source_key": take.source_key,
        "parts": json.dumps([take_part_row(part) for part in take.parts]),
        "created_at_ms": tx.now_ms,
        "source": None if take.source is None else json.dumps(take_source_row(take.source)),
    }


def _living_nodes(tx: Transaction, node_ids: Sequence[NodeId]) -> set[str]:
    living: set[str] = set()
    for chunk in chunks(node_ids):
        living |= set(
            tx.connection.execute(
                sa.select(schema.nodes.c.node_id).where(
                    schema.nodes.c.workspace_id == tx.workspace_id, schema.nodes.c.node_id.in_(chunk)
                )
            ).scalars()
        )
    return living


def _locked_nodes(tx: Transaction, node_ids: Sequence[NodeId]) -> set[str]:
    """Those whose block is locked, and whose current take says their text."""
    node, block, take = schema.nodes.c, schema.blocks.c, schema.takes.c
    locked: set[str] = set()
    for chunk in chunks(node_ids):
        rows = tx.connection.execute(
            sa.select(node.node_id, node.text, take.take_id, take.source_key, take.parts, take.source)
            .join_from(schema.nodes, schema.blocks, block.block_id == node.block_id)
            .join(schema.takes, take.take_id == node.current_take_id)
            .where(node.workspace_id == tx.workspace_id, node.node_id.in_(chunk), block.locked)
        )
        locked |= {row.node_id for row in rows if take_from_row(row).says(row.text)}
    return locked


def list_take_rows(tx: Transaction, node_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of all takes of some nodes, as they can be inserted again."""
    rows: list[dict[str, Any]] = []
    for chunk in chunks(node_ids):
        found = tx.connection.execute(
            sa.select(schema.takes).where(
                schema.takes.c.workspace_id == tx.workspace_id, schema.takes.c.node_id.in_(chunk)
            )
        )
        rows += [dict(row) for row in found.mappings()]
    return rows


def delete_takes(tx: Transaction, node_ids: Sequence[str]) -> None:
    """Delete all takes of nodes that go, and let go of their speech."""
    for chunk in chunks(node_ids):
        where = (schema.takes.c.workspace_id == tx.workspace_id, schema.takes.c.node_id.in_(chunk))
        takes = tx.connection.execute(sa.select(schema.takes.c.take_id).where(*where)).scalars().all()
        drop_references(tx, takes)
        tx.connection.execute(schema.takes.delete().where(*where))


def drop_takes(tx: Transaction, take_ids: Sequence[TakeId]) -> None:
    """Delete takes that are no node's current one, and let go of their speech."""
    for chunk in chunks(take_ids):
        drop_references(tx, chunk)
        tx.connection.execute(
            schema.takes.delete().where(
                schema.takes.c.workspace_id == tx.workspace_id, schema.takes.c.take_id.in_(chunk)
            )
        )


def list_takes_of_speech(tx: Transaction, speech_keys: Collection[bytes]) -> list[Take]:
    """All takes that refer to any of these keys, the oldest first."""
    take, owners = schema.takes.c, list_owners(tx, speech_keys)
    found: list[Take] = []
    for chunk in chunks(owners):
        rows = tx.connection.execute(
            sa.select(schema.takes)
            .where(take.workspace_id == tx.workspace_id, take.take_id.in_(chunk))
            .order_by(take.take_id)
        )
        found += map(take_from_row, rows)
    return found
