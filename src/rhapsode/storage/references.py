"""References: who needs which segment (docs/storage.md, References).

An owner is a conversion, a take, a chapter snapshot, a history item's file, an export, a text while it is spoken or
an export while it is made, or a project or its snapshot for the cover. What nobody refers to may be evicted.
"""

from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import chunks, insert_or_ignore

_REFERENCES, _SEGMENTS = schema.segment_references, schema.segments


def add_references(tx: Transaction, owned: Iterable[tuple[str, bytes]]) -> None:
    """Insert (owner, key) references to segments that have rows; those that stand already are left alone."""
    rows = [{"b_owner": owner_id, "b_key": key} for owner_id, key in owned]
    if not rows:
        return
    selected = sa.select(sa.bindparam("b_owner", type_=schema.IDENTIFIER), _SEGMENTS.c.segment_id).where(
        _SEGMENTS.c.workspace_id == tx.workspace_id, _SEGMENTS.c.key == sa.bindparam("b_key")
    )
    statement = insert_or_ignore(tx.connection, _REFERENCES).from_select(["owner_id", "segment_id"], selected)
    tx.connection.execute(statement, rows)


def list_owners(tx: Transaction, keys: Collection[bytes]) -> list[str]:
    """Who refers to any of these segments, each once, in the order of their ids."""
    owners: set[str] = set()
    for chunk in chunks(sorted(keys)):
        owners |= set(
            tx.connection.execute(
                sa.select(_REFERENCES.c.owner_id)
                .join_from(_REFERENCES, _SEGMENTS, _SEGMENTS.c.segment_id == _REFERENCES.c.segment_id)
                .where(_SEGMENTS.c.workspace_id == tx.workspace_id, _SEGMENTS.c.key.in_(chunk))
            ).scalars()
        )
    return sorted(owners)


def count_references(tx: Transaction, owner_id: str) -> int:
    """How many segments an owner refers to."""
    owned = sa.and_(_REFERENCES.c.owner_id == owner_id, _in_workspace(tx))
    return tx.connection.execute(
        sa.select(sa.func.count()).select_from(_REFERENCES).where(owned)
    ).scalar_one()


def drop_references(tx: Transaction, owner_ids: Sequence[str]) -> None:
    """Take away all references of owners that end; their segments' age counts from now."""
    for chunk in chunks(owner_ids):
        owned = sa.and_(_REFERENCES.c.owner_id.in_(chunk), _in_workspace(tx))
        segment_ids = tx.connection.execute(sa.select(_REFERENCES.c.segment_id).where(owned)).scalars().all()
        _touch(tx, segment_ids)
        tx.connection.execute(_REFERENCES.delete().where(owned))


def drop_owner(tx: Transaction, owner_id: str, *, useless: sa.ColumnElement[bool]) -> None:
    """Take away an owner's references, and at once those of its segments that are useless without it.

    useless: a condition on `segments`. A segment that somebody else refers to stays.
    """
    owned = sa.and_(_REFERENCES.c.owner_id == owner_id, _SEGMENTS.c.workspace_id == tx.workspace_id)
    segment_ids = tx.connection.execute(
        sa.select(_SEGMENTS.c.segment_id)
        .join_from(_REFERENCES, _SEGMENTS, _SEGMENTS.c.segment_id == _REFERENCES.c.segment_id)
        .where(owned, useless)
    ).scalars()
    rows = [{"b_segment_id": segment_id} for segment_id in segment_ids]
    drop_references(tx, [owner_id])
    if rows:
        is_needed = sa.exists().where(_REFERENCES.c.segment_id == _SEGMENTS.c.segment_id)
        statement = _SEGMENTS.delete().where(
            _SEGMENTS.c.workspace_id == tx.workspace_id,
            _SEGMENTS.c.segment_id == sa.bindparam("b_segment_id"),
            ~is_needed,
        )
        tx.connection.execute(statement, rows)


def _in_workspace(tx: Transaction) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        _SEGMENTS.c.segment_id == _REFERENCES.c.segment_id, _SEGMENTS.c.workspace_id == tx.workspace_id
    )


def _touch(tx: Transaction, segment_ids: Sequence[int]) -> None:
    # One by one: for a list of ids SQLite would rather walk through all segments of the workspace.
    if segment_ids:
        tx.connection.execute(
            _SEGMENTS.update()
            .where(
                _SEGMENTS.c.workspace_id == tx.workspace_id,
                _SEGMENTS.c.segment_id == sa.bindparam("b_segment_id"),
            )
            .values(used_at_ms=tx.now_ms),
            [{"b_segment_id": segment_id} for segment_id in dict.fromkeys(segment_ids)],
        )
