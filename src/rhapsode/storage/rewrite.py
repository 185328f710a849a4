"""Rewrite packs that waste space: the living segments of several become new packs."""

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.packs import ClosedPack, PackWriter, SegmentKind, read_index, read_segment
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.segments import move_segments, record_pack
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import MAX_PACK_BYTES, MAX_PACK_SEGMENTS


def rewrite_packs(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, kind: SegmentKind, pack_ids: list[str]
) -> int:
    """Copy the living segments of packs to new ones, in the same order; the old packs have no segments then.

    Returns: how many packs it were. Damaged ones are left alone. Holds the segments of one pack at a time.
    Raises: StorageFull; what was finished stays.
    """
    writer = PackWriter(blobs.temporary_directory(), workspace_id, kind)
    origins: dict[bytes, str] = {}
    rewritten = 0
    try:
        for pack_id in pack_ids:
            with records.read(workspace_id) as tx:
                living = _living_keys(tx, pack_id)
            copied = _copy_living(writer, blobs, pack_id, living)
            origins |= dict.fromkeys(copied, pack_id)
            rewritten += bool(copied)
            # Not `is_due`: nothing is lost with an open pack here, however long it has been open.
            if writer.size_bytes >= MAX_PACK_BYTES or len(origins) >= MAX_PACK_SEGMENTS:
                _commit(records, writer.close(blobs), origins)
                origins = {}
        _commit(records, writer.close(blobs), origins)
    finally:
        writer.abandon()
    return rewritten


def _living_keys(tx: Transaction, pack_id: str) -> set[bytes]:
    segment = schema.segments.c
    where = (segment.workspace_id == tx.workspace_id, segment.pack_id == pack_id)
    return set(tx.connection.execute(sa.select(segment.key).where(*where)).scalars())


def _copy_living(writer: PackWriter, blobs: Blobs, pack_id: str, living: set[bytes]) -> list[bytes]:
    """Append a pack's living segments; return their keys. None of them when the pack is damaged."""
    try:
        wanted = [segment for segment in read_index(blobs, pack_id).segments if segment.key in living]
        contents = [read_segment(blobs, segment.location) for segment in wanted]
    except (DataDamaged, OSError):
        return []  # `check` reports it
    for segment, content in zip(wanted, contents, strict=True):
        writer.append(segment.key, content, segment.meta)
    return [segment.key for segment in wanted]


def _commit(records: Records, pack: ClosedPack | None, origins: dict[bytes, str]) -> None:
    if pack is not None:
        with records.write(pack.workspace_id) as tx:
            record_pack(tx, pack)
            move_segments(tx, pack, origins=origins)
