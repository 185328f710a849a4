"""Downloads that an object store has as one blob too, so that clients can be sent to fetch them from there.

A file has a row before its blob, and loses it after: none is in the store that nobody would ever delete.
"""

import sqlalchemy as sa

from rhapsode.storage import schema
from rhapsode.storage.blobs import Blobs
from rhapsode.storage.records import Records, Transaction, check_alone
from rhapsode.storage.rows import insert_or_ignore
from rhapsode.studio.ids import WorkspaceId

_FILES = schema.whole_files
_TOUCHED_AGAIN_AFTER_MS = 24 * 3600 * 1000
"""A file that is fetched all the time need not be written to each time."""


def file_key(digest: bytes) -> str:
    """The key of the blob that is this file."""
    name = digest.hex()
    return f"files/{name[:2]}/{name}"


def begin_file(tx: Transaction, digest: bytes, *, size_bytes: int) -> None:
    """Say that a file is about to be put, and used just now; one that is there stays there."""
    values = {
        "workspace_id": tx.workspace_id,
        "digest": digest,
        "size_bytes": size_bytes,
        "created_at_ms": tx.now_ms,
        "used_at_ms": tx.now_ms,
    }
    tx.connection.execute(insert_or_ignore(tx.connection, _FILES), values)
    touch_file(tx, digest)


def end_file(tx: Transaction, digest: bytes) -> None:
    """Say that the store has all of a file."""
    tx.connection.execute(_FILES.update().where(*_of(tx, digest)).values(put_at_ms=tx.now_ms))


def is_put(tx: Transaction, digest: bytes) -> bool:
    """Whether the store has all of a file."""
    found = sa.exists().where(*_of(tx, digest), _FILES.c.put_at_ms.is_not(None))
    return bool(tx.connection.execute(sa.select(found)).scalar())


def is_due_for_touch(tx: Transaction, digest: bytes) -> bool:
    """Whether nobody has said for a day that the file is used."""
    before_ms = tx.now_ms - _TOUCHED_AGAIN_AFTER_MS
    found = sa.exists().where(*_of(tx, digest), _FILES.c.used_at_ms < before_ms)
    return bool(tx.connection.execute(sa.select(found)).scalar())


def touch_file(tx: Transaction, digest: bytes) -> None:
    """Let a file count as used just now."""
    tx.connection.execute(_FILES.update().where(*_of(tx, digest)).values(used_at_ms=tx.now_ms))


def delete_unused_files(records: Records, blobs: Blobs, workspace_id: WorkspaceId, *, before_ms: int) -> int:
    """Delete the files that were last used before a moment, with their blobs; how many they were."""
    unused = (_FILES.c.workspace_id == workspace_id, _FILES.c.used_at_ms < before_ms)
    with records.read(workspace_id) as tx:
        digests = tx.connection.execute(sa.select(_FILES.c.digest).where(*unused)).scalars().all()
    deleted = 0
    for digest in digests:
        # Whoever puts it again says so first, which has to wait for the end of this.
        with records.write(workspace_id) as tx:
            one = (*unused, _FILES.c.digest == digest)
            if tx.connection.execute(sa.select(_FILES.c.digest).where(*one)).first() is not None:
                check_alone(tx)
                blobs.delete(file_key(digest))
                deleted += tx.connection.execute(_FILES.delete().where(*one)).rowcount
    return deleted


def _of(tx: Transaction, digest: bytes) -> tuple[sa.ColumnElement[bool], ...]:
    return (_FILES.c.workspace_id == tx.workspace_id, _FILES.c.digest == digest)
