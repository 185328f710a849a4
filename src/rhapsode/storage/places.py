"""Where the bytes of files lie: all that delivering them has to know of segments.

Delivered are sound and pictures: speech that an owner refers to is in none of its files. It is left out here, and
owners are asked about one by one: for a kind, or for several owners, SQLite would walk through all segments of the
workspace.
"""

import struct
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.packed import SegmentLocation
from rhapsode.storage.records import Transaction
from rhapsode.studio.errors import DataDamaged


def location_of(row: sa.Row[*tuple[Any, ...]]) -> SegmentLocation:
    """Where the segment of a row is that has its place and its checksums."""
    packed = row.block_crcs
    block_crcs = struct.unpack(f"<{len(packed) // 4}I", packed)
    return SegmentLocation(row.pack_id, row.offset_bytes, row.size_bytes, block_crcs)


def find_locations(tx: Transaction, owner_id: str) -> dict[bytes, SegmentLocation]:
    """What is delivered of the segments that an owner refers to and whose bytes exist, by key."""
    segment = schema.segments.c
    rows = tx.connection.execute(
        sa.select(
            segment.key,
            segment.kind,
            segment.pack_id,
            segment.offset_bytes,
            segment.size_bytes,
            segment.block_crcs,
        ).where(*_owned(tx, owner_id), segment.pack_id.is_not(None))
    )
    return {row.key: location_of(row) for row in rows if row.kind != "speech"}


def find_pack_ends(tx: Transaction, owner_ids: Iterable[str]) -> dict[str, int]:
    """Every pack that something of these owners is delivered from, and the byte where the last of that ends.

    Raises: DataDamaged, when something that they refer to isn't stored any more.
    """
    segment = schema.segments.c
    end_byte = sa.func.max(segment.offset_bytes + segment.size_bytes)
    ends: dict[str, int] = {}
    for owner_id in owner_ids:
        rows = tx.connection.execute(
            sa.select(segment.pack_id, segment.kind, end_byte)
            .where(*_owned(tx, owner_id))
            .group_by(segment.pack_id, segment.kind)
        )
        for pack_id, kind, end in rows:
            if kind == "speech":
                continue
            if pack_id is None:
                msg = f"Stored audio of {owner_id} is missing. Make it again."
                raise DataDamaged(msg)
            ends[pack_id] = max(end, ends.get(pack_id, 0))
    return ends


def _owned(tx: Transaction, owner_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    reference, segment = schema.segment_references.c, schema.segments.c
    return (
        reference.owner_id == owner_id,
        reference.segment_id == segment.segment_id,
        segment.workspace_id == tx.workspace_id,
    )
