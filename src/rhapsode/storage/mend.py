"""Mend: bring the records of segments back from packs, and references back from those who refer."""

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.exports import get_pieces, list_exports
from rhapsode.storage.history import file_owner, get_file_parts, list_files
from rhapsode.storage.packs import ClosedPack, list_pack_ids, pack_key, read_index
from rhapsode.storage.records import (
    DEFAULT_WORKSPACE_ID,
    Records,
    Transaction,
    ensure_workspace,
    list_workspaces,
)
from rhapsode.storage.references import add_references
from rhapsode.storage.segments import commit_pack, correct_segments
from rhapsode.storage.snapshots import get_chapter_snapshot, get_parts, needed_keys
from rhapsode.storage.take_parts import parts_from_json
from rhapsode.storage.workspaces import list_deleted_workspaces
from rhapsode.studio.errors import DataDamaged
from rhapsode.studio.ids import ChapterSnapshotId, HistoryItemId
from rhapsode.studio.snapshot import FileHead

_TAKES_AT_ONCE = 1000


def adopt_unknown_packs(records: Records, blobs: Blobs) -> int:
    """Record packs that were finished when their process died before the records heard of it.

    Returns: how many segments need not be made again.
    """
    known = set(_recorded_packs(records))
    return _commit_all(records, blobs, (p for p, _ in list_pack_ids(blobs) if p not in known))


def rebuild_segments(records: Records, blobs: Blobs) -> int:
    """Let the records of segments agree with all packs; return how many were missing.

    Where two packs have bytes for a key, the pack that was recorded first wins, as it did before. References
    are put back for takes, snapshots, history items, exports and covers; those of running conversions are not. Packs
    that can't be read are passed over: `check_storage` names them.
    """
    with records.write(DEFAULT_WORKSPACE_ID) as tx:
        _drop_dangling_references(tx)
    stored = dict(list_pack_ids(blobs))
    recorded = [pack_id for pack_id in _recorded_packs(records) if pack_id in stored]
    pack_ids = list(dict.fromkeys([*recorded, *stored]))
    for pack in _readable_packs(blobs, pack_ids):
        with records.write(pack.workspace_id) as tx:
            _forget_strangers(tx, pack)
            correct_segments(tx, pack)
    missing = _commit_all(records, blobs, pack_ids)
    for workspace_id in list_workspaces(records):
        with records.write(workspace_id) as tx:
            _rebuild_references(tx)
    return missing


def _commit_all(records: Records, blobs: Blobs, pack_ids: Iterable[str]) -> int:
    """Commit packs in their order; return how many segments didn't exist before.

    What is left of a workspace that was deleted goes, as the rest of it did.
    """
    added, deleted = 0, list_deleted_workspaces(records)
    for pack in _readable_packs(blobs, pack_ids):
        if pack.workspace_id in deleted:
            blobs.delete(pack_key(pack.pack_id))
            continue
        with records.write(pack.workspace_id) as tx:
            ensure_workspace(tx)
            added += commit_pack(tx, pack)
    return added


def _recorded_packs(records: Records) -> list[str]:
    """All packs that the records know, the oldest first."""
    found: list[tuple[int, str]] = []
    pack = schema.packs.c
    for workspace_id in list_workspaces(records):
        with records.read(workspace_id) as tx:
            rows = tx.connection.execute(
                sa.select(pack.created_at_ms, pack.pack_id).where(pack.workspace_id == workspace_id)
            )
            found += [(row.created_at_ms, row.pack_id) for row in rows]
    return [pack_id for _, pack_id in sorted(found)]


def _readable_packs(blobs: Blobs, pack_ids: Iterable[str]) -> Iterator[ClosedPack]:
    for pack_id in pack_ids:
        try:
            pack = read_index(blobs, pack_id)
        except (DataDamaged, OSError):
            continue
        yield pack


def _drop_dangling_references(tx: Transaction) -> None:
    """Before rows are made anew, whose numbers the references to lost ones might fit by chance.

    They belong to no workspace, since they have it from their segment.
    """
    reference = schema.segment_references
    known = sa.exists().where(schema.segments.c.segment_id == reference.c.segment_id)
    tx.connection.execute(reference.delete().where(~known))


def _forget_strangers(tx: Transaction, pack: ClosedPack) -> None:
    """Delete records of segments, in whatever workspace, that are said to be in a pack and aren't."""
    segment, reference = schema.segments.c, schema.segment_references.c
    packed = {(pack.workspace_id, packed.key) for packed in pack.segments}
    rows = tx.connection.execute(
        sa.select(segment.segment_id, segment.workspace_id, segment.key).where(
            segment.pack_id == pack.pack_id
        )
    ).all()
    for row in rows:
        if (row.workspace_id, row.key) not in packed:
            identity = row.segment_id
            tx.connection.execute(schema.segment_references.delete().where(reference.segment_id == identity))
            tx.connection.execute(schema.segments.delete().where(segment.segment_id == identity))


def _rebuild_references(tx: Transaction) -> None:
    projects, project_snapshots = schema.projects.c, schema.project_snapshots.c
    for column in (projects.cover_key, projects.document_key, project_snapshots.cover_key):
        add_references(tx, _kept(tx, column))
    for snapshot_id in _ids(tx, schema.chapter_snapshots):
        _refer_from_snapshot(tx, ChapterSnapshotId(snapshot_id))
    for history_item_id, output_format in list_files(tx):
        _refer_from_file(tx, history_item_id, output_format)
    for export in list_exports(tx):
        _refer_from_export(tx, export.export_id)
    take = schema.takes.c
    takes = tx.connection.execute(
        sa.select(take.take_id, take.parts).where(take.workspace_id == tx.workspace_id)
    )
    for page in takes.partitions(_TAKES_AT_ONCE):
        owned = [(row.take_id, part.speech_key) for row in page for part in parts_from_json(row.parts)]
        add_references(tx, owned)


def _kept(tx: Transaction, column: sa.Column[bytes]) -> list[tuple[str, bytes]]:
    """Covers and documents: who refers to which by a column of its own."""
    (identity,) = column.table.primary_key.columns
    where = (column.table.c.workspace_id == tx.workspace_id, column.is_not(None))
    rows = tx.connection.execute(sa.select(identity, column).where(*where))
    return [(owner_id, key) for owner_id, key in rows]


def _ids(tx: Transaction, table: sa.Table) -> list[str]:
    (identity,) = table.primary_key.columns
    return list(
        tx.connection.execute(sa.select(identity).where(table.c.workspace_id == tx.workspace_id)).scalars()
    )


def _refer_from_snapshot(tx: Transaction, snapshot_id: ChapterSnapshotId) -> None:
    try:
        keys = needed_keys(get_chapter_snapshot(tx, snapshot_id).head, get_parts(tx, snapshot_id))
    except DataDamaged:
        return  # a damaged document names nothing; `check_storage` reports it
    add_references(tx, [(snapshot_id, key) for key in keys])


def _refer_from_export(tx: Transaction, export_id: str) -> None:
    try:
        keys = [piece.segment_key for piece in get_pieces(tx, export_id)]
    except DataDamaged:
        return  # as above
    add_references(tx, ((export_id, key) for key in dict.fromkeys(keys)))


def _refer_from_file(tx: Transaction, history_item_id: HistoryItemId, output_format: str) -> None:
    try:
        keys = needed_keys(FileHead(b""), get_file_parts(tx, history_item_id, output_format))
    except DataDamaged:
        return  # as above
    add_references(tx, [(file_owner(history_item_id, output_format), key) for key in keys])
