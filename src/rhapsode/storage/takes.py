"""Queries on takes: every rendering a node has had, each of which keeps its speech."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.references import add_references, drop_references
from rhapsode.storage.rows import chunks, insert_or_ignore
from rhapsode.storage.take_parts import parts_from_json, take_part_row
from rhapsode.studio.ids import NodeId, TakeId
from rhapsode.studio.project import Take


def find_takes(tx: Transaction, node_ids: Sequence[NodeId]) -> dict[tuple[NodeId, bytes], Take]:
    """All takes of some nodes, the newest for each (node, source key)."""
    listed = list_takes(tx, node_ids)
    return {(node_id, take.source_key): take for node_id in listed for take in listed[node_id]}


def list_takes(tx: Transaction, node_ids: Sequence[NodeId]) -> dict[NodeId, list[Take]]:
    """All takes of some nodes, the oldest first."""
    take = schema.takes.c
    found: dict[NodeId, list[Take]] = {}
    for chunk in chunks(node_ids):
        rows = tx.connection.execute(
            sa.select(take.node_id, take.take_id, take.source_key, take.parts)
            .where(take.workspace_id == tx.workspace_id, take.node_id.in_(chunk))
            .order_by(take.take_id)
        )
        for row in rows:
            found.setdefault(NodeId(row.node_id), []).append(take_from_row(row))
    return found


def take_from_row(row: Any) -> Take:
    """The take of a row with take_id, source_key and parts."""
    return Take(TakeId(row.take_id), row.source_key, parts_from_json(row.parts))


def set_takes(tx: Transaction, takes: Iterable[tuple[NodeId, Take]]) -> None:
    """Make each take its node's current one, inserting those that are new; deleted nodes are passed over."""
    wanted = dict(takes)
    living = _living_nodes(tx, list(wanted))
    rows = [_take_row(tx, node_id, take) for node_id, take in wanted.items() if node_id in living]
    if not rows:
        return
    tx.connection.execute(insert_or_ignore(tx.connection, schema.takes), rows)
    add_references(
        tx, ((row["take_id"], part.speech_key) for row in rows for part in wanted[row["node_id"]].parts)
    )
    tx.connection.execute(
        schema.nodes.update()
        .where(
            schema.nodes.c.workspace_id == tx.workspace_id,
            schema.nodes.c.node_id == sa.bindparam("b_node_id"),
        )
        .values(current_take_id=sa.bindparam("b_take_id")),
        [{"b_node_id": row["node_id"], "b_take_id": row["take_id"]} for row in rows],
    )


def _take_row(tx: Transaction, node_id: NodeId, take: Take) -> dict[str, Any]:
    return {
        "take_id": take.take_id,
        "workspace_id": tx.workspace_id,
        "node_id": node_id,
        "source_key": take.source_key,
        "parts": json.dumps([take_part_row(part) for part in take.parts]),
        "created_at_ms": tx.now_ms,
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
