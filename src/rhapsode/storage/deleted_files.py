"""Files of history items that were deleted: kept for a day, and longer while downloads run that had begun with them.

Nobody else finds them. Until then they refer to their audio as they did before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.records import Transaction
from rhapsode.storage.references import drop_owner
from rhapsode.storage.snapshot_document import unpack_document
from rhapsode.studio.ids import HistoryItemId
from rhapsode.studio.snapshot import SnapshotPart

_FILES, _DELETED = schema.history_files, schema.deleted_files


@dataclass(frozen=True, slots=True)
class DeletedFile:
    """What is needed of a file to read it: the bytes that it begins with, and its parts in order."""

    head: bytes
    parts: Sequence[SnapshotPart]


def keep_deleted_files(tx: Transaction, history_item_id: HistoryItemId) -> None:
    """Keep the files of an item that is deleted in the same transaction."""
    owner_id = _FILES.c.history_item_id + "/" + _FILES.c.output_format
    deleted_at_ms = sa.literal(tx.now_ms, sa.BigInteger())
    selected = sa.select(
        owner_id, _FILES.c.workspace_id, deleted_at_ms, _FILES.c.head, _FILES.c.document
    ).where(_FILES.c.workspace_id == tx.workspace_id, _FILES.c.history_item_id == history_item_id)
    columns = ["owner_id", "workspace_id", "deleted_at_ms", "head", "document"]
    tx.connection.execute(_DELETED.insert().from_select(columns, selected))


def find_deleted_file(tx: Transaction, owner_id: str) -> DeletedFile | None:
    """A file of an item that was deleted, by who referred to its segments (storage.history.file_owner)."""
    row = tx.connection.execute(
        sa.select(_DELETED.c.head, _DELETED.c.document).where(
            _DELETED.c.workspace_id == tx.workspace_id, _DELETED.c.owner_id == owner_id
        )
    ).first()
    return None if row is None else DeletedFile(row.head, unpack_document(row.document))


def drop_deleted_files(tx: Transaction, *, before_ms: int) -> int:
    """Let go of the files that were deleted before a moment, with their audio; how many they were."""
    old = (_DELETED.c.workspace_id == tx.workspace_id, _DELETED.c.deleted_at_ms < before_ms)
    owner_ids = tx.connection.execute(sa.select(_DELETED.c.owner_id).where(*old)).scalars().all()
    for owner_id in owner_ids:
        drop_owner(tx, owner_id, useless=schema.segments.c.kind == "audio")
    if owner_ids:
        tx.connection.execute(_DELETED.delete().where(*old))
    return len(owner_ids)
