"""Check and mend: every stored byte against its checksum, and records against packs."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.packs import list_pack_ids, read_index, verify_pack
from rhapsode.storage.records import Records, Transaction, ensure_workspace, list_workspaces
from rhapsode.storage.segments import commit_pack, location_values
from rhapsode.storage.snapshots import snapshot_digest
from rhapsode.studio.errors import DataDamaged


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was checked, and each problem in words. size_bytes: of the packs."""

    pack_count: int
    segment_count: int
    size_bytes: int
    snapshot_count: int
    problems: tuple[str, ...]


def check_storage(
    records: Records, blobs: Blobs, *, on_progress: Callable[[int, int], None] | None = None
) -> CheckReport:
    """Read everything once and compare it with its checksums; finds every changed, missing and added byte.

    on_progress: called with (bytes checked, bytes in all).    Memory doesn't grow with what is stored.
    """
    problems = [f"The records: {damage}." for damage in records.find_damage()]
    packs = dict(list_pack_ids(blobs))
    total, done = sum(packs.values()), 0
    for pack_id, size_bytes in packs.items():
        problems += (problem.what for problem in verify_pack(blobs, pack_id))
        done += size_bytes
        if on_progress is not None:
            on_progress(done, total)
    segment_count = snapshot_count = 0
    for workspace_id in list_workspaces(records):
        with records.read(workspace_id) as tx:
            segment_count += _count_segments(tx)
            snapshot_count += _count_snapshots(tx)
            problems += _lost_packs(tx, packs)
            problems += _misplaced_segments(tx, blobs, packs)
            problems += _damaged_snapshots(tx)
    return CheckReport(len(packs), segment_count, total, snapshot_count, tuple(problems))


def _count_segments(tx: Transaction) -> int:
    segment = schema.segments.c
    return tx.connection.execute(
        sa.select(sa.func.count(segment.pack_id)).where(segment.workspace_id == tx.workspace_id)
    ).scalar_one()


def _count_snapshots(tx: Transaction) -> int:
    return sum(
        tx.connection.execute(
            sa.select(sa.func.count()).select_from(table).where(table.c.workspace_id == tx.workspace_id)
        ).scalar_one()
        for table in (schema.chapter_snapshots, schema.project_snapshots)
    )


def _lost_packs(tx: Transaction, packs: Collection[str]) -> Iterator[str]:
    pack = schema.packs.c
    known = tx.connection.execute(
        sa.select(pack.pack_id).where(pack.workspace_id == tx.workspace_id, pack.retired_at_ms.is_(None))
    ).scalars()
    return (f"Pack {pack_id} is missing." for pack_id in known if pack_id not in packs)


def _misplaced_segments(tx: Transaction, blobs: Blobs, packs: Collection[str]) -> Iterator[str]:
    """Records that say something else of a segment than its pack does."""
    segment = schema.segments.c
    for pack_id in packs:
        rows = tx.connection.execute(
            sa.select(schema.segments).where(
                segment.workspace_id == tx.workspace_id, segment.pack_id == pack_id
            )
        ).all()
        if not rows:
            continue
        try:
            packed = {s.key: location_values(s) for s in read_index(blobs, pack_id).segments}
        except DataDamaged:
            continue  # `verify_pack` has said so
        for row in rows:
            expected = packed.get(row.key)
            if expected is None or any(row._mapping[name] != value for name, value in expected.items()):
                yield f"The record of segment {row.key.hex()} doesn't agree with pack {pack_id}."


def _damaged_snapshots(tx: Transaction) -> Iterator[str]:
    chapter, project = schema.chapter_snapshots.c, schema.project_snapshots.c
    rows = tx.connection.execute(
        sa.select(chapter.chapter_snapshot_id, chapter.head, chapter.document, chapter.digest)
        .where(chapter.workspace_id == tx.workspace_id)
        .union_all(
            sa.select(project.project_snapshot_id, project.head, sa.literal(b""), project.digest).where(
                project.workspace_id == tx.workspace_id
            )
        )
    )
    for snapshot_id, head, document, digest in rows:
        if snapshot_digest(head, document) != digest:
            yield f"Snapshot {snapshot_id} differs from its checksum."


def rebuild_segments(records: Records, blobs: Blobs) -> int:
    """Bring the records of segments back from all packs; return how many were missing.

    What is there stays. Packs that are damaged are passed over: `check_storage` names them.
    """
    return _commit_packs(records, blobs, [pack_id for pack_id, _ in list_pack_ids(blobs)])


def adopt_unknown_packs(records: Records, blobs: Blobs) -> int:
    """Record packs that were finished when their process died before the records heard of it.

    Returns: how many segments need not be made again.
    """
    known: set[str] = set()
    for workspace_id in list_workspaces(records):
        with records.read(workspace_id) as tx:
            pack = schema.packs.c
            rows = tx.connection.execute(sa.select(pack.pack_id).where(pack.workspace_id == tx.workspace_id))
            known |= set(rows.scalars())
    return _commit_packs(records, blobs, [p for p, _ in list_pack_ids(blobs) if p not in known])


def _commit_packs(records: Records, blobs: Blobs, pack_ids: Sequence[str]) -> int:
    if not pack_ids:
        return 0
    before = _count_all_segments(records)
    for pack_id in pack_ids:
        try:
            pack = read_index(blobs, pack_id)
        except DataDamaged:
            continue
        with records.write(pack.workspace_id) as tx:
            ensure_workspace(tx)
            commit_pack(tx, pack)
    return _count_all_segments(records) - before


def _count_all_segments(records: Records) -> int:
    count = 0
    for workspace_id in list_workspaces(records):
        with records.read(workspace_id) as tx:
            count += _count_segments(tx)
    return count
