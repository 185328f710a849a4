"""Clean-up: what nobody refers to is evicted, packs that are mostly dead are rewritten, and files go last.

A pack's file stays for a day after its last segment has gone, so that a reader that has begun can finish. Every
step may be repeated, or cut off at any point.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.packs import (
    ClosedPack,
    PackWriter,
    SegmentKind,
    pack_key,
    read_index,
    read_segment,
)
from rhapsode.storage.projects import purge_chapters
from rhapsode.storage.records import Records, Transaction, list_workspaces
from rhapsode.storage.rows import chunks
from rhapsode.storage.segments import SEGMENT_KINDS, move_segments, record_pack
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import WorkspaceId

_DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class CleanupPolicy:
    """When something goes. Ages in milliseconds.

    unused_segment_ms: since a segment's last reference went; until then, going back to an earlier text is free.
    unused_bytes: segments without a reference beyond this go earlier, the longest unused first.
    deleted_ms: since a chapter was deleted.    retired_pack_ms: since a pack's last segment went.
    live_share: a pack with a smaller share of living bytes is rewritten.
    small_pack_bytes, small_pack_count: so many packs of one kind smaller than this are merged.
    """

    unused_segment_ms: int = 30 * _DAY_MS
    unused_bytes: int = 10 * 2**30
    deleted_ms: int = _DAY_MS
    retired_pack_ms: int = _DAY_MS
    live_share: float = 0.5
    small_pack_bytes: int = 2**18
    small_pack_count: int = 64


@dataclass(frozen=True, slots=True)
class CleanupReport:
    """What one run did."""

    purged_chapters: int
    evicted_segments: int
    rewritten_packs: int
    deleted_packs: int


def clean_up(records: Records, blobs: Blobs, policy: CleanupPolicy, *, now_ms: int) -> CleanupReport:
    """Run all steps once, over every workspace. Raises: StorageFull, while packs are rewritten."""
    purged = evicted = rewritten = deleted = 0
    for workspace_id in list_workspaces(records):
        with records.write(workspace_id) as tx:
            purged += purge_chapters(tx, before_ms=now_ms - policy.deleted_ms)
            evicted += _evict_old(tx, before_ms=now_ms - policy.unused_segment_ms)
            evicted += _evict_over(tx, limit_bytes=policy.unused_bytes)
        for kind in SEGMENT_KINDS:
            rewritten += _rewrite(records, blobs, workspace_id, kind, policy)
        with records.write(workspace_id) as tx:
            _retire_dead_packs(tx, now_ms=now_ms)
            deleted += _delete_retired_packs(tx, blobs, before_ms=now_ms - policy.retired_pack_ms)
    return CleanupReport(purged, evicted, rewritten, deleted)


def _unreferenced(tx: Transaction) -> sa.ColumnElement[bool]:
    reference = schema.segment_references.c
    owned = sa.exists().where(reference.segment_id == schema.segments.c.segment_id)
    return sa.and_(schema.segments.c.workspace_id == tx.workspace_id, ~owned)


def _evict_old(tx: Transaction, *, before_ms: int) -> int:
    deleted = tx.connection.execute(
        schema.segments.delete().where(_unreferenced(tx), schema.segments.c.used_at_ms < before_ms)
    )
    return deleted.rowcount


def _evict_over(tx: Transaction, *, limit_bytes: int) -> int:
    rows = tx.connection.execute(
        sa.select(schema.segments.c.segment_id, schema.segments.c.size_bytes)
        .where(_unreferenced(tx), schema.segments.c.pack_id.is_not(None))
        .order_by(schema.segments.c.used_at_ms.desc(), schema.segments.c.segment_id.desc())
    )
    kept_bytes, surplus = 0, []
    for segment_id, size_bytes in rows:
        kept_bytes += size_bytes
        if kept_bytes > limit_bytes:
            surplus.append(segment_id)
    for chunk in chunks(surplus):
        tx.connection.execute(schema.segments.delete().where(schema.segments.c.segment_id.in_(chunk)))
    return len(surplus)


def _rewrite(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, kind: SegmentKind, policy: CleanupPolicy
) -> int:
    """Write the living segments of wasteful packs to new ones; the old ones have no segments then."""
    with records.read(workspace_id) as tx:
        wasteful = _find_wasteful_packs(tx, kind, policy)
        living = _living_keys(tx, wasteful)
    writer = PackWriter(blobs.temporary_directory(), workspace_id, kind)
    sources: list[str] = []
    for pack_id in wasteful:
        if _copy_living(writer, blobs, pack_id, living):
            sources.append(pack_id)
        if writer.is_due:
            _commit_rewritten(records, writer.close(blobs), sources)
            sources = []
    _commit_rewritten(records, writer.close(blobs), sources)
    return len(wasteful)


def _find_wasteful_packs(tx: Transaction, kind: SegmentKind, policy: CleanupPolicy) -> list[str]:
    pack, segment = schema.packs.c, schema.segments.c
    live_bytes = sa.func.sum(segment.size_bytes)
    rows = tx.connection.execute(
        sa.select(pack.pack_id, pack.size_bytes, live_bytes)
        .join_from(schema.packs, schema.segments, segment.pack_id == pack.pack_id)
        .where(pack.workspace_id == tx.workspace_id, pack.kind == kind)
        .group_by(pack.pack_id, pack.size_bytes)
        .order_by(pack.created_at_ms, pack.pack_id)
    ).all()
    wasteful = [pack_id for pack_id, size, live in rows if live < size * policy.live_share]
    small = [pack_id for pack_id, size, _ in rows if size < policy.small_pack_bytes]
    return (
        wasteful + [p for p in small if p not in wasteful]
        if len(small) >= policy.small_pack_count
        else wasteful
    )


def _living_keys(tx: Transaction, pack_ids: Sequence[str]) -> set[bytes]:
    living: set[bytes] = set()
    for chunk in chunks(pack_ids):
        living |= set(
            tx.connection.execute(
                sa.select(schema.segments.c.key).where(
                    schema.segments.c.workspace_id == tx.workspace_id, schema.segments.c.pack_id.in_(chunk)
                )
            ).scalars()
        )
    return living


def _copy_living(writer: PackWriter, blobs: Blobs, pack_id: str, living: set[bytes]) -> bool:
    """Append a pack's living segments. False, with nothing appended, when it is damaged: `check` reports it."""
    try:
        wanted = [segment for segment in read_index(blobs, pack_id).segments if segment.key in living]
        contents = [read_segment(blobs, segment.location) for segment in wanted]
    except DataDamaged:
        return False
    for segment, content in zip(wanted, contents, strict=True):
        writer.append(segment.key, content, segment.meta)
    return True


def _commit_rewritten(records: Records, pack: ClosedPack | None, sources: Sequence[str]) -> None:
    if pack is not None:
        with records.write(pack.workspace_id) as tx:
            record_pack(tx, pack)
            move_segments(tx, pack, from_packs=sources)


def _dead(tx: Transaction) -> sa.ColumnElement[bool]:
    used = sa.exists().where(schema.segments.c.pack_id == schema.packs.c.pack_id)
    return sa.and_(schema.packs.c.workspace_id == tx.workspace_id, ~used)


def _retire_dead_packs(tx: Transaction, *, now_ms: int) -> None:
    tx.connection.execute(
        schema.packs.update()
        .where(_dead(tx), schema.packs.c.retired_at_ms.is_(None))
        .values(retired_at_ms=now_ms)
    )


def _delete_retired_packs(tx: Transaction, blobs: Blobs, *, before_ms: int) -> int:
    """Files first: a crash in between leaves a record without a file, which the next run deletes."""
    pack = schema.packs.c
    pack_ids = (
        tx.connection.execute(sa.select(pack.pack_id).where(_dead(tx), pack.retired_at_ms <= before_ms))
        .scalars()
        .all()
    )
    for pack_id in pack_ids:
        blobs.delete(pack_key(pack_id))
    for chunk in chunks(pack_ids):
        tx.connection.execute(schema.packs.delete().where(pack.pack_id.in_(chunk)))
    return len(pack_ids)
