"""Clean-up: what nobody refers to is evicted, packs that are mostly dead are rewritten, and files go last.

A pack's file stays for a day after its last segment has gone, so that a reader that has begun can finish; and where
one takes longer, all that is taken away is what would have been before it began. Every step may be repeated, or cut
off at any point.
"""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.audit import delete_old_entries
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.callbacks import delete_ended_callbacks
from rhapsode.storage.deleted_files import drop_deleted_files
from rhapsode.storage.deleted_voices import remove_deleted_voices
from rhapsode.storage.exports import delete_old_exports
from rhapsode.storage.history import delete_old_copy, list_old_copies
from rhapsode.storage.history_downloads import delete_old_downloads
from rhapsode.storage.masters import drop_masters, is_at_work
from rhapsode.storage.packs import PackedSegment, SegmentKind, SpeechMeta, read_index
from rhapsode.storage.projects import list_deleted_projects, purge_chapters, purge_project
from rhapsode.storage.purge import purge_deleted_workspaces
from rhapsode.storage.records import Records, Transaction, list_workspaces
from rhapsode.storage.retention import delete_expired_items
from rhapsode.storage.rewrite import rewrite_packs
from rhapsode.storage.rows import chunks
from rhapsode.storage.segments import SEGMENT_KINDS, delete_pack, fill_wanted
from rhapsode.storage.sessions import delete_ended_sessions
from rhapsode.storage.speaking import end_speaking, list_abandoned
from rhapsode.storage.voice_blobs import delete_unused_blobs, drop_removed_voices
from rhapsode.storage.whole_files import delete_unused_files
from rhapsode.studio.errors import DataDamaged, ObjectStoreFailed
from rhapsode.studio.ids import WorkspaceId
from rhapsode.studio.limits import AUDIT_DAYS, DELETED_KEPT_MS
from rhapsode.telemetry.metrics import CLEANED_UP_BYTES

_DAY_MS = 24 * 3600 * 1000

BEFORE_DOWNLOADS_MS = _DAY_MS // 2
"""Clean-up runs more often than that. So what is due so long before a download begins is gone by then, and no
download is planned with it."""


@dataclass(frozen=True, slots=True)
class CleanupPolicy:
    """When something goes. Ages in milliseconds.

    unused_segment_ms: since a segment's last reference went; until then, going back to an earlier text is free.
    unused_export_ms: since an export was last asked for.
    unused_download_ms: since a download of history items was last asked for by its address.
    unused_file_ms: since clients were last sent to a whole file in an object store.
    unused_voice_ms: since a voice was removed, or deleted by the workspace that made it, or a file was put for one
      that was never finished.
    unused_bytes: segments without a reference beyond this go earlier, the longest unused first.
    deleted_ms: since a chapter or project was deleted.
    leftover_ms: since a history item was deleted, its copy in another format was made, or speaking began that
      never ended.
    ended_callback_ms: since a callback was delivered or given up.
    retired_pack_ms: since a pack's last segment went.
    audit_ms: since an entry of the audit log was written.
    download_ms: since a download began, whose client may only have forgotten it: it isn't waited for any longer.
    live_share: a pack of whose segments a smaller share of bytes is alive is rewritten.
    small_pack_bytes, small_pack_count: so many packs of one kind smaller than this are merged.
    """

    unused_segment_ms: int = 30 * _DAY_MS
    unused_export_ms: int = 30 * _DAY_MS
    unused_download_ms: int = 30 * _DAY_MS
    unused_file_ms: int = 7 * _DAY_MS
    unused_voice_ms: int = _DAY_MS
    unused_bytes: int = 10 * 2**30
    deleted_ms: int = DELETED_KEPT_MS
    leftover_ms: int = _DAY_MS
    ended_callback_ms: int = 30 * _DAY_MS
    retired_pack_ms: int = _DAY_MS
    audit_ms: int = AUDIT_DAYS * _DAY_MS
    download_ms: int = 30 * _DAY_MS
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
    purged_projects: int = 0
    dropped_masters: int = 0


def clean_up(
    records: Records,
    blobs: Blobs,
    policy: CleanupPolicy,
    *,
    now_ms: int,
    oldest_download_at_ms: int | None = None,
) -> CleanupReport:
    """Run all steps once, over every workspace; other writers get their turn between the steps.

    oldest_download_at_ms: when the download began that has run the longest; None where none runs.
    Raises: StorageFull, while packs are rewritten, after everything that frees space, or while masters are dropped,
    which writes a megabyte for each two thousand.
    """
    as_of_ms = now_ms
    if oldest_download_at_ms is not None:
        as_of_ms = as_of(policy, now_ms=now_ms, oldest_download_at_ms=oldest_download_at_ms)
    purge_deleted_workspaces(records, blobs, now_ms=now_ms, before_ms=as_of_ms)
    workspace_ids = list_workspaces(records)
    purged = evicted = rewritten = deleted = purged_projects = dropped = 0
    for workspace_id in workspace_ids:
        purged_projects += _purge_projects(records, workspace_id, before_ms=as_of_ms - policy.deleted_ms)
        with records.write(workspace_id) as tx:
            purged += purge_chapters(tx, before_ms=as_of_ms - policy.deleted_ms)
            delete_ended_callbacks(tx, before_ms=as_of_ms - policy.ended_callback_ms)
            delete_ended_sessions(tx)
            delete_old_entries(tx, before_ms=now_ms - policy.audit_ms)
        delete_expired_items(records, workspace_id, now_ms=as_of_ms)
        _drop_leftovers(records, workspace_id, before_ms=as_of_ms - policy.leftover_ms)
        _drop_unused(records, workspace_id, policy, as_of_ms=as_of_ms)
        delete_unused_files(records, blobs, workspace_id, before_ms=now_ms - policy.unused_file_ms)
        with records.write(workspace_id) as tx:
            remove_deleted_voices(tx, before_ms=as_of_ms - policy.unused_voice_ms)
            drop_removed_voices(tx, before_ms=as_of_ms - policy.unused_voice_ms)
        evicted += _evict(records, workspace_id, policy, as_of_ms=as_of_ms)
        before_ms = as_of_ms - policy.retired_pack_ms
        deleted += _delete_retired_packs(records, blobs, workspace_id, before_ms=before_ms)
        _retire_dead_packs(records, workspace_id, now_ms=now_ms)
    for workspace_id in workspace_ids:
        # One file serves all workspaces, which have let go of it by now.
        delete_unused_blobs(records, blobs, workspace_id, before_ms=as_of_ms - policy.unused_voice_ms)
    for workspace_id in workspace_ids:
        dropped += drop_masters(records, blobs, workspace_id, now_ms=as_of_ms)
        _retire_dead_packs(records, workspace_id, now_ms=now_ms)
    # Last, for it needs space, and a disk that is full ends it.
    for workspace_id in workspace_ids:
        for kind in SEGMENT_KINDS:
            with records.read(workspace_id) as tx:
                wasteful = _find_wasteful_packs(tx, kind, policy)
            rewritten += rewrite_packs(records, blobs, workspace_id, kind, wasteful)
        _retire_dead_packs(records, workspace_id, now_ms=now_ms)
    return CleanupReport(purged, evicted, rewritten, deleted, purged_projects, dropped)


def as_of(policy: CleanupPolicy, *, now_ms: int, oldest_download_at_ms: int) -> int:
    """The moment whose clean-up this one is while downloads run: some hours before the oldest of them began.

    So nothing that was there then goes as long as it runs, whatever was deleted, dropped, evicted or replaced since.
    """
    began_at_ms = max(oldest_download_at_ms, now_ms - policy.download_ms)
    return min(now_ms, began_at_ms - BEFORE_DOWNLOADS_MS)


def _purge_projects(records: Records, workspace_id: WorkspaceId, *, before_ms: int) -> int:
    with records.read(workspace_id) as tx:
        project_ids = list_deleted_projects(tx, before_ms=before_ms)
    for project_id in project_ids:
        with records.write(workspace_id) as tx:
            # Somebody may have restored it meanwhile.
            if project_id in list_deleted_projects(tx, before_ms=before_ms):
                purge_project(tx, project_id)
    return len(project_ids)


def _drop_leftovers(records: Records, workspace_id: WorkspaceId, *, before_ms: int) -> None:
    """Let go of what was kept for a while: files of deleted items, copies of others, what a killed process spoke."""
    with records.read(workspace_id) as tx:
        copies = list_old_copies(tx, before_ms=before_ms)
        abandoned = list_abandoned(tx, before_ms=before_ms)
    with records.write(workspace_id) as tx:
        drop_deleted_files(tx, before_ms=before_ms)
    for history_item_id, output_format in copies:
        with records.write(workspace_id) as tx:
            delete_old_copy(tx, history_item_id, output_format, before_ms=before_ms)
    for work_id in abandoned:
        with records.write(workspace_id) as tx:
            end_speaking(tx, work_id)


def _drop_unused(
    records: Records, workspace_id: WorkspaceId, policy: CleanupPolicy, *, as_of_ms: int
) -> None:
    """Forget what is kept only because somebody may ask for it again, and nobody has for long."""
    with records.write(workspace_id) as tx:
        delete_old_exports(tx, before_ms=as_of_ms - policy.unused_export_ms)
        delete_old_downloads(tx, before_ms=as_of_ms - policy.unused_download_ms)


def _unreferenced(tx: Transaction) -> sa.ColumnElement[bool]:
    reference, segment = schema.segment_references.c, schema.segments.c
    owned = sa.exists().where(reference.segment_id == segment.segment_id)
    return sa.and_(segment.workspace_id == tx.workspace_id, ~owned)


def _evict(records: Records, workspace_id: WorkspaceId, policy: CleanupPolicy, *, as_of_ms: int) -> int:
    """Look for what is too old or too much without keeping anybody waiting, then delete what still is."""
    segment = schema.segments.c
    with records.read(workspace_id) as tx:
        surplus = _find_surplus(tx, policy, as_of_ms=as_of_ms)
    evicted = 0
    for chunk in chunks(surplus):
        with records.write(workspace_id) as tx:
            # One by one: for a list of ids SQLite would rather walk through all segments of the workspace.
            statement = schema.segments.delete().where(
                _unreferenced(tx),
                segment.segment_id == sa.bindparam("b_segment_id"),
                segment.used_at_ms == sa.bindparam("b_used_at_ms"),
            )
            evicted += tx.connection.execute(statement, chunk).rowcount
    return evicted


def _find_surplus(tx: Transaction, policy: CleanupPolicy, *, as_of_ms: int) -> list[dict[str, int]]:
    segment, before_ms = schema.segments.c, as_of_ms - policy.unused_segment_ms
    rows = tx.connection.execute(
        sa.select(segment.segment_id, segment.used_at_ms, sa.func.coalesce(segment.size_bytes, 0))
        .where(_unreferenced(tx))
        .order_by(segment.used_at_ms.desc(), segment.segment_id.desc())
    )
    kept_bytes, surplus = 0, []
    for segment_id, used_at_ms, size_bytes in rows:
        kept_bytes += size_bytes
        is_too_much = size_bytes > 0 and kept_bytes > policy.unused_bytes and used_at_ms <= as_of_ms
        if used_at_ms < before_ms or is_too_much:
            surplus.append({"b_segment_id": segment_id, "b_used_at_ms": used_at_ms})
    return surplus


def _find_wasteful_packs(tx: Transaction, kind: SegmentKind, policy: CleanupPolicy) -> list[str]:
    """Packs to rewrite, the oldest first, so that the order of reading stays. A pack just written is none."""
    pack, segment = schema.packs.c, schema.segments.c
    live_bytes = sa.func.sum(segment.size_bytes)
    rows = tx.connection.execute(
        sa.select(pack.pack_id, pack.size_bytes, pack.payload_bytes, live_bytes.label("live_bytes"))
        .join_from(schema.packs, schema.segments, segment.pack_id == pack.pack_id)
        .where(pack.workspace_id == tx.workspace_id, pack.kind == kind)
        .group_by(pack.pack_id, pack.size_bytes, pack.payload_bytes, pack.created_at_ms)
        .order_by(pack.created_at_ms, pack.pack_id)
    ).all()
    wasteful = {row.pack_id for row in rows if row.live_bytes < row.payload_bytes * policy.live_share}
    # One with many masters that were dropped is nothing but its index, and that may be large enough.
    small = {
        row.pack_id
        for row in rows
        if max(row.payload_bytes, row.size_bytes - row.payload_bytes) < policy.small_pack_bytes
    }
    if len(small) >= policy.small_pack_count:
        wasteful |= small
    return [row.pack_id for row in rows if row.pack_id in wasteful]


def _dead(tx: Transaction) -> sa.ColumnElement[bool]:
    used = sa.exists().where(schema.segments.c.pack_id == schema.packs.c.pack_id)
    return sa.and_(schema.packs.c.workspace_id == tx.workspace_id, ~used)


def _retire_dead_packs(records: Records, workspace_id: WorkspaceId, *, now_ms: int) -> None:
    with records.write(workspace_id) as tx:
        tx.connection.execute(
            schema.packs.update()
            .where(_dead(tx), schema.packs.c.retired_at_ms.is_(None))
            .values(retired_at_ms=now_ms)
        )


def _delete_retired_packs(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, *, before_ms: int
) -> int:
    with records.read(workspace_id) as tx:
        deletable = sa.select(schema.packs.c.pack_id).where(_deletable(tx, before_ms))
        pack_ids = tx.connection.execute(deletable).scalars().all()
    return sum(_delete_pack(records, blobs, workspace_id, pack_id, before_ms) for pack_id in pack_ids)


def _deletable(tx: Transaction, before_ms: int) -> sa.ColumnElement[bool]:
    return sa.and_(_dead(tx), schema.packs.c.retired_at_ms <= before_ms)


def _delete_pack(
    records: Records, blobs: Blobs, workspace_id: WorkspaceId, pack_id: str, before_ms: int
) -> bool:
    """Delete a pack's file and then its record, or keep it when its segments are wanted again.

    A pack is named by its contents. Whoever makes the same segments again puts the same pack, which is there
    already, and commits it a moment later: the file must not go in between. Segments are wanted, by a row of
    theirs, before they are made.
    File first: a crash in between leaves a record without a file, which the next run deletes.
    """
    pack = schema.packs.c
    with records.write(workspace_id) as tx:
        deletable = sa.select(pack.size_bytes).where(_deletable(tx, before_ms), pack.pack_id == pack_id)
        size_bytes = tx.connection.execute(deletable).scalar()
        if size_bytes is None:
            return False
        if _revive(tx, blobs, pack_id):
            return False
        delete_pack(tx, blobs, pack_id)
    CLEANED_UP_BYTES.add(size_bytes)
    return True


def _is_dropped(packed: PackedSegment) -> bool:
    return isinstance(packed.meta, SpeechMeta) and packed.meta.dropped_bytes is not None


def _revive(tx: Transaction, blobs: Blobs, pack_id: str) -> bool:
    """Give those who wait for a segment of a pack what is there; False when there is nobody."""
    try:
        pack = read_index(blobs, pack_id)
    except ObjectStoreFailed:
        # It may delete a moment later, although it couldn't say what is in the pack.
        raise
    except (DataDamaged, OSError):
        return False
    segment = schema.segments.c
    # Dropped speech without a row is no help to anybody.
    pack = replace(pack, segments=tuple(s for s in pack.segments if not _is_dropped(s)))
    for chunk in chunks([packed.key for packed in pack.segments]):
        # A master that was dropped is waited for only by work under way: otherwise none would ever be gone.
        is_missed = sa.or_(
            segment.pack_id.is_(None), sa.and_(segment.dropped_bytes.is_not(None), is_at_work())
        )
        wanted = sa.select(segment.segment_id).where(
            segment.workspace_id == tx.workspace_id, segment.key.in_(chunk), is_missed
        )
        if tx.connection.execute(wanted).first() is not None:
            fill_wanted(tx, pack)
            return True
    return False
