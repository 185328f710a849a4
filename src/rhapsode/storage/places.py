"""Where the bytes of files lie: all that delivering them has to know of segments.

Delivered are sound and pictures: speech that an owner refers to is in none of its files.
"""

import struct
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.packed import SegmentLocation
from rhapsode.storage.records import Transaction
from rhapsode.storage.rows import in_values
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import HistoryItemId

_ONE_CRC = struct.Struct("<I")


def location_of(row: sa.Row[*tuple[Any, ...]]) -> SegmentLocation:
    """Where the segment of a row is that has its place and its checksums."""
    return SegmentLocation(row.pack_id, row.offset_bytes, row.size_bytes, _unpack_crcs(row.block_crcs))


def _unpack_crcs(packed: bytes) -> tuple[int, ...]:
    # Most segments are one block.
    return _ONE_CRC.unpack(packed) if len(packed) == 4 else struct.unpack(f"<{len(packed) // 4}I", packed)


def find_locations(tx: Transaction, owner_id: str) -> dict[bytes, SegmentLocation]:
    """What is delivered of the segments that an owner refers to and whose bytes exist, by key."""
    return find_locations_of(tx, [owner_id]).get(owner_id, {})


def find_locations_of(tx: Transaction, owner_ids: Iterable[str]) -> dict[str, dict[bytes, SegmentLocation]]:
    """The same of several owners; those of whom nothing exists are left out."""
    segment, owner_id = schema.segments.c, schema.segment_references.c.owner_id
    rows = tx.connection.execute(
        sa.select(
            owner_id,
            segment.key,
            segment.pack_id,
            segment.offset_bytes,
            segment.size_bytes,
            segment.block_crcs,
        ).where(*_owned(tx, owner_ids), segment.pack_id.is_not(None))
    ).all()
    found: defaultdict[str, dict[bytes, SegmentLocation]] = defaultdict(dict)
    for owner, key, pack_id, offset, size_bytes, packed in rows:
        found[owner][key] = SegmentLocation(pack_id, offset, size_bytes, _unpack_crcs(packed))
    return dict(found)


def find_only_segments(
    tx: Transaction, history_item_ids: Iterable[str], output_format: str
) -> dict[HistoryItemId, tuple[bytes, SegmentLocation]]:
    """The head and the only segment of those items' files in a format that have one, by item."""
    file, reference, segment = (
        schema.history_files.c,
        schema.segment_references.c,
        schema.segments.c,
    )
    rows = tx.connection.execute(
        sa.select(
            file.history_item_id,
            file.head,
            segment.pack_id,
            segment.offset_bytes,
            segment.size_bytes,
            segment.block_crcs,
        ).where(
            file.workspace_id + "" == tx.workspace_id,
            in_values(tx.connection, file.history_item_id, history_item_ids),
            file.output_format == output_format,
            reference.owner_id == file.history_item_id + "/" + file.output_format,
            *_delivered(tx),
            segment.pack_id.is_not(None),
            # Nothing else has room beside it.
            file.size_bytes == sa.func.length(file.head) + segment.size_bytes,
        )
    ).all()
    return {
        item_id: (head, SegmentLocation(pack_id, offset, size_bytes, _unpack_crcs(packed)))
        for item_id, head, pack_id, offset, size_bytes, packed in rows
    }


def find_pack_ends(tx: Transaction, owner_ids: Iterable[str]) -> dict[str, int]:
    """Every pack that something of these owners is delivered from, and the byte where the last of that ends.

    Raises: DataDamaged, when something that they refer to isn't stored any more.
    """
    segment, owner_id = schema.segments.c, schema.segment_references.c.owner_id
    end_byte = sa.func.max(segment.offset_bytes + segment.size_bytes)
    rows = tx.connection.execute(
        sa.select(segment.pack_id, end_byte, sa.func.min(owner_id))
        .where(*_owned(tx, owner_ids))
        .group_by(segment.pack_id)
    )
    ends: dict[str, int] = {}
    for pack_id, end, owner in rows:
        if pack_id is None:
            msg = f"Stored audio of {owner} is missing. Make it again."
            raise DataDamaged(msg)
        ends[pack_id] = end
    return ends


def _owned(tx: Transaction, owner_ids: Iterable[str]) -> tuple[sa.ColumnElement[bool], ...]:
    return in_values(tx.connection, schema.segment_references.c.owner_id, owner_ids), *_delivered(tx)


def _delivered(tx: Transaction) -> tuple[sa.ColumnElement[bool], ...]:
    reference, segment = schema.segment_references.c, schema.segments.c
    return (
        reference.segment_id == segment.segment_id,
        # Not the columns themselves: for an index SQLite would walk through all segments of the workspace.
        segment.workspace_id + "" == tx.workspace_id,
        segment.kind + "" != "speech",
    )
