"""Check: every stored byte against its checksum, and records against packs; mend.py mends."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.check_exports import find_damaged_exports
from rhapsode.storage.check_voices import find_damaged_voices
from rhapsode.storage.checksums import crc32_of, crc32_of_join
from rhapsode.storage.history import (
    file_owner,
    find_file,
    get_file_parts,
    get_item,
    list_files,
    list_lost_chapters,
)
from rhapsode.storage.mend import adopt_unknown_packs, rebuild_segments
from rhapsode.storage.packs import ClosedPack, PackProblem, list_pack_ids, pack_key, read_index, verify_pack
from rhapsode.storage.records import Records, Transaction, list_workspaces
from rhapsode.storage.segments import find_owned_segments, packed_values
from rhapsode.storage.snapshot_document import chapter_digest, project_digest, unpack_document
from rhapsode.storage.snapshots import (
    get_chapter_snapshot,
    get_document,
    get_project_snapshot,
    needed_keys,
)
from rhapsode.studio.errors import BlobMissing, DataDamaged
from rhapsode.studio.ids import ChapterSnapshotId, HistoryItemId

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

    Packs that come and go meanwhile, while a server works, are no problem: what counts is what the records say at
    the end, and which packs are there then.
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
                problems += _wrong_packs(tx, blobs)
                problems += _foreign_places(tx)
                problems += _damaged_chapter_snapshots(tx)
                problems += _damaged_project_snapshots(tx)
                problems += _damaged_history_files(tx)
                problems += find_damaged_exports(tx)
            problems += find_damaged_voices(records, blobs, workspace_id)
    except DataDamaged as error:
        problems.append(str(error))
    return CheckReport(len(packs), segment_count, total, snapshot_count, tuple(problems))


def _damage_in_pack(blobs: Blobs, pack_id: str) -> Iterator[str]:
    try:
        problems = verify_pack(blobs, pack_id)
        # Asked afterwards, since clean-up may have deleted it while it was read. `_wrong_packs` says if it is missed.
        if problems and not _is_stored(blobs, pack_id):
            return
    except OSError as error:
        yield f"Pack {pack_id} can't be read: {error}."
        return
    yield from map(_in_words, problems)


def _is_stored(blobs: Blobs, pack_id: str) -> bool:
    try:
        blobs.size_bytes(pack_key(pack_id))
    except BlobMissing:
        return False
    return True


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


def _wrong_packs(tx: Transaction, blobs: Blobs) -> Iterator[str]:
    """What the records say of packs that isn't so. A pack without segments may be gone: clean-up does that."""
    pack, segment = schema.packs.c, schema.segments.c
    used = sa.exists().where(segment.workspace_id == tx.workspace_id, segment.pack_id == pack.pack_id)
    rows = tx.connection.execute(
        sa.select(schema.packs, used.label("is_used")).where(pack.workspace_id == tx.workspace_id)
    ).all()
    for row in rows:
        if not _is_stored(blobs, row.pack_id):
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


def _damaged_history_files(tx: Transaction) -> Iterator[str]:
    for history_item_id in list_lost_chapters(tx):
        yield f"History item {history_item_id} is of a converted chapter that is missing."
    for history_item_id, output_format in list_files(tx):
        try:
            problem = _find_file_problem(tx, history_item_id, output_format)
        except DataDamaged as error:
            problem = str(error).rstrip(".")
        if problem is not None:
            yield f"History item {history_item_id} in {output_format}: {problem}."


def _find_file_problem(tx: Transaction, history_item_id: HistoryItemId, output_format: str) -> str | None:
    """Compare a file with its item's text, and with the segments it is made of."""
    file = find_file(tx, history_item_id, output_format)
    assert file is not None
    parts = get_file_parts(tx, history_item_id, output_format)
    stored = find_owned_segments(tx, file_owner(history_item_id, output_format))
    missing = [key for key in needed_keys(file.head, parts) if key not in stored]
    if missing:
        return f"{len(missing)} of its segments are missing, the first is {missing[0].hex()}"
    if "".join(part.text for part in parts) != get_item(tx, history_item_id).text:
        return "its alignment is that of another text"
    audio = [stored[part.segment_key] for part in parts]
    checksums = [(crc32_of(file.head.content), len(file.head.content))]
    checksums += [(segment.crc32, segment.location.size_bytes) for segment in audio]
    found = (
        crc32_of_join(checksums),
        sum(size_bytes for _, size_bytes in checksums),
        [segment.frame_count for segment in audio],
        sum(part.frame_count for part in parts),
    )
    said = (file.crc32, file.size_bytes, [part.frame_count for part in parts], file.frame_count)
    return None if found == said else "its record doesn't agree with its segments"
