"""Damage: packs that aren't what they were, which of their segments are hit, and how such a pack is written again."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import cast

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.checksums import crc32_of
from rhapsode.storage.packed import META_TYPES, SegmentKind, SegmentMeta
from rhapsode.storage.packs import PackWriter, read_segment, verify_pack
from rhapsode.storage.records import Records, Transaction
from rhapsode.storage.segments import (
    StoredSegment,
    delete_pack,
    is_recorded,
    list_segments_in,
    move_segments,
    record_pack,
)
from rhapsode.studio.errors import DataDamaged, ObjectStoreFailed
from rhapsode.studio.ids import WorkspaceId


@dataclass(frozen=True, slots=True)
class DamagedPack:
    """A recorded pack whose file isn't what it was, or is gone.

    segments: those that are in it, in their order.    lost: keys of those whose bytes aren't there any more.
    """

    pack_id: str
    kind: SegmentKind
    segments: tuple[StoredSegment, ...]
    lost: frozenset[bytes]


def list_damaged_packs(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    *,
    on_progress: Callable[[int], None],
) -> list[DamagedPack]:
    """Read all packs of a workspace and find those that are damaged, the oldest first.

    on_progress: called with the size in bytes of each pack that has been read.
    Raises: ObjectStoreFailed, which says nothing of what is stored.
    """
    pack = schema.packs.c
    with records.read(workspace_id) as tx:
        listed = tx.connection.execute(
            sa.select(pack.pack_id, pack.kind, pack.size_bytes)
            .where(pack.workspace_id == workspace_id)
            .order_by(pack.created_at_ms, pack.pack_id)
        ).all()
    found: list[DamagedPack] = []
    for pack_id, kind, size_bytes in listed:
        if _is_damaged(blobs, pack_id):
            found += _look_into(records, blobs, workspace_id, pack_id, kind)
        on_progress(size_bytes)
    return found


def _is_damaged(blobs: Blobs, pack_id: str) -> bool:
    try:
        return bool(verify_pack(blobs, pack_id))
    except ObjectStoreFailed:
        raise
    except OSError:
        return True


def _look_into(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, pack_id: str, kind: str
) -> Iterator[DamagedPack]:
    """Nothing for a pack that clean-up has deleted while it was read."""
    with records.read(workspace_id) as tx:
        is_known = is_recorded(tx, pack_id)
        segments = tuple(list_segments_in(tx, pack_id))
    if is_known:
        lost = frozenset(segment.key for segment in segments if not _is_readable(blobs, segment))
        yield DamagedPack(pack_id, cast("SegmentKind", kind), segments, lost)


def _is_readable(blobs: Blobs, segment: StoredSegment) -> bool:
    if segment.is_dropped:
        return True  # the records know all that its pack did
    try:
        return is_content_of(segment, read_segment(blobs, segment.location))
    except ObjectStoreFailed:
        raise
    except (DataDamaged, OSError):
        return False


def is_content_of(segment: StoredSegment, content: bytes) -> bool:
    """Whether bytes are those that the records know of a segment; of one that was dropped, those that it had."""
    had = (segment.dropped_bytes, segment.dropped_crc32)
    known = had if segment.is_dropped else (segment.location.size_bytes, segment.crc32)
    return (len(content), crc32_of(content)) == known


def write_again(
    records: Records,
    blobs: Blobs,
    workspace_id: WorkspaceId,
    damaged: DamagedPack,
    remade: Mapping[bytes, bytes],
) -> None:
    """Write a pack anew, of what can be read in it and of what was made again; what it can't have stays where it is.

    Where it has all that it had, it has its old name, and takes the place of the damaged one at once. Otherwise the
    damaged one goes, as soon as nothing is in it any more.
    remade: by key, bytes that `is_content_of` its segments.    Raises: StorageFull; then everything is as it was.
    """
    writer = PackWriter(blobs.temporary_directory(), workspace_id, damaged.kind)
    try:
        for segment in damaged.segments:
            if segment.key in remade:
                writer.append(segment.key, remade[segment.key], _meta_of(segment))
            elif segment.key not in damaged.lost:
                content = b"" if segment.is_dropped else read_segment(blobs, segment.location)
                writer.append(segment.key, content, _meta_of(segment))
        pack = writer.close(blobs, again=True)
    finally:
        writer.abandon()
    with records.write(workspace_id) as tx:
        if pack is not None:
            record_pack(tx, pack)
            move_segments(tx, pack, origins=dict.fromkeys((s.key for s in pack.segments), damaged.pack_id))
        if pack is None or pack.pack_id != damaged.pack_id:
            _forget_empty(tx, blobs, damaged.pack_id)


def _meta_of(segment: StoredSegment) -> SegmentMeta:
    """What the records say of a segment, which its pack may not be able to tell any more."""
    kind = META_TYPES[cast("SegmentKind", segment.kind)]
    return kind(**{field.name: getattr(segment, field.name) for field in fields(kind)})


def _forget_empty(tx: Transaction, blobs: Blobs, pack_id: str) -> None:
    if next(iter(list_segments_in(tx, pack_id)), None) is None:
        delete_pack(tx, blobs, pack_id)
