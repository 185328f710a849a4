"""Check: every stored byte against its checksum, and records against packs; mend.py mends."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.mend import adopt_unknown_packs, rebuild_segments
from rhapsode.storage.packs import ClosedPack, PackProblem, list_pack_ids, read_index, verify_pack
from rhapsode.storage.records import Records, Transaction, list_workspaces
from rhapsode.storage.segments import packed_values
from rhapsode.storage.snapshot_document import chapter_digest, project_digest, unpack_document
from rhapsode.storage.snapshots import (
    get_chapter_snapshot,
    get_document,
    get_project_snapshot,
    needed_keys,
)
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import ChapterSnapshotId

__all__ = ["CheckReport", "adopt_unknown_packs", "check_storage", "rebuild_segments"]


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
        problems += _damage_in_pack(blobs, pack_id)
        done += size_bytes
        if on_progress is not None:
            on_progress(done, total)
    segment_count = snapshot_count = 0
    try:
        for workspace_id in list_workspaces(records):
            with records.read(workspace_id) as tx:
                segment_count += count_segments(tx)
                snapshot_count += _count_snapshots(tx)
                problems += _wrong_packs(tx, blobs, packs)
                problems += _foreign_places(tx)
                problems += _damaged_chapter_snapshots(tx)
                problems += _damaged_project_snapshots(tx)
    except DataDamaged as error:
        problems.append(str(error))
    return CheckReport(len(packs), segment_count, total, snapshot_count, tuple(problems))


def _damage_in_pack(blobs: Blobs, pack_id: str) -> Iterator[str]:
    try:
        problems = verify_pack(blobs, pack_id)
    except OSError as error:
        yield f"Pack {pack_id} can't be read: {error}."
        return
    yield from map(_in_words, problems)


def _in_words(problem: PackProblem) -> str:
    if problem.segment_key is None:
        return problem.what
    return f"{problem.what} They are segment {problem.segment_key.hex()}."


def count_segments(tx: Transaction) -> int:
    """How many segments of the workspace exist."""
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


def _wrong_packs(tx: Transaction, blobs: Blobs, stored: Mapping[str, int]) -> Iterator[str]:
    """What the records say of packs that isn't so. A pack without segments may be gone: clean-up does that."""
    pack, segment = schema.packs.c, schema.segments.c
    used = sa.exists().where(segment.workspace_id == tx.workspace_id, segment.pack_id == pack.pack_id)
    rows = tx.connection.execute(
        sa.select(schema.packs, used.label("is_used")).where(pack.workspace_id == tx.workspace_id)
    ).all()
    for row in rows:
        if row.pack_id not in stored:
            if row.is_used or row.retired_at_ms is None:
                yield f"Pack {row.pack_id} is missing."
            continue
        try:
            packed = read_index(blobs, row.pack_id)
        except (DataDamaged, OSError):
            continue  # `_damage_in_pack` has said so
        if (row.workspace_id, row.kind, row.size_bytes) != (
            packed.workspace_id,
            packed.kind,
            packed.size_bytes,
        ):
            yield f"The record of pack {row.pack_id} doesn't agree with it."
        yield from _misplaced_segments(tx, packed)


def _misplaced_segments(tx: Transaction, pack: ClosedPack) -> Iterator[str]:
    segment = schema.segments.c
    rows = tx.connection.execute(
        sa.select(schema.segments).where(
            segment.workspace_id == tx.workspace_id, segment.pack_id == pack.pack_id
        )
    ).mappings()
    expected = {s.key: packed_values(s) for s in pack.segments}
    for row in rows:
        values = expected.get(row["key"])
        if values is None or any(row[name] != value for name, value in values.items()):
            yield f"The record of segment {row['key'].hex()} doesn't agree with pack {pack.pack_id}."


def _foreign_places(tx: Transaction) -> Iterator[str]:
    segment, pack = schema.segments.c, schema.packs.c
    rows = tx.connection.execute(
        sa.select(segment.key, segment.pack_id)
        .join_from(schema.segments, schema.packs, pack.pack_id == segment.pack_id)
        .where(segment.workspace_id == tx.workspace_id, pack.workspace_id != tx.workspace_id)
    ).all()
    return (f"The record of segment {key.hex()} is in {pack_id}, a foreign pack." for key, pack_id in rows)


def _damaged_chapter_snapshots(tx: Transaction) -> Iterator[str]:
    table = schema.chapter_snapshots
    ids = (
        tx.connection.execute(
            sa.select(table.c.chapter_snapshot_id).where(table.c.workspace_id == tx.workspace_id)
        )
        .scalars()
        .all()
    )
    for snapshot_id in ids:
        yield from _damage_in_chapter_snapshot(tx, ChapterSnapshotId(snapshot_id))


def _damage_in_chapter_snapshot(tx: Transaction, snapshot_id: ChapterSnapshotId) -> Iterator[str]:
    snapshot = get_chapter_snapshot(tx, snapshot_id)
    document, digest = get_document(tx, snapshot_id)
    if chapter_digest(snapshot, document) != digest:
        yield f"Snapshot {snapshot_id} of chapter “{snapshot.name}” differs from its checksum."
        return
    parts = unpack_document(document)
    sizes = _owned_sizes(tx, snapshot_id)
    wrong = [key for key in needed_keys(snapshot.head, parts) if key not in sizes]
    wrong += [p.segment_key for p in parts if sizes.get(p.segment_key, p.size_bytes) != p.size_bytes]
    if wrong:
        yield (
            f"Snapshot {snapshot_id} of chapter “{snapshot.name}” lacks {len(wrong)} of its segments, "
            f"the first is {wrong[0].hex()}."
        )


def _owned_sizes(tx: Transaction, owner_id: str) -> dict[bytes, int]:
    """The size in bytes of each existing segment that an owner refers to, by its key."""
    segment, reference = schema.segments.c, schema.segment_references.c
    rows = tx.connection.execute(
        sa.select(segment.key, segment.size_bytes)
        .join_from(schema.segment_references, schema.segments, reference.segment_id == segment.segment_id)
        .where(
            segment.workspace_id == tx.workspace_id,
            reference.owner_id == owner_id,
            segment.pack_id.is_not(None),
        )
    )
    return {row.key: row.size_bytes for row in rows}


def _damaged_project_snapshots(tx: Transaction) -> Iterator[str]:
    table = schema.project_snapshots
    rows = tx.connection.execute(
        sa.select(table.c.project_snapshot_id, table.c.digest).where(table.c.workspace_id == tx.workspace_id)
    ).all()
    for row in rows:
        snapshot = get_project_snapshot(tx, row.project_snapshot_id)
        if project_digest(snapshot) != row.digest:
            yield f"Snapshot {row.project_snapshot_id} of “{snapshot.name}” differs from its checksum."
